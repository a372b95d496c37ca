"""How the score depends on the parameters: curves, effects and a heat map."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import analysis, charts
from dashboard.app_pages.common.kept_charts import KeptCharts
from dashboard.app_pages.common.wording import verbatim
from shared.catalog import Metric, metric_info
from shared.domain import Sweep, TrialOutcome
from shared.wording import agreeing, counted


def choose_metric(sweep: Sweep, key: str) -> Metric:
    """Draw a choice among the sweep's metrics where there are several, and return the chosen one."""
    if len(sweep.spec.metrics) == 1:
        return sweep.spec.ranking_metric
    chosen: Metric | None = st.segmented_control(
        "Metric",
        sweep.spec.metrics,
        default=sweep.spec.ranking_metric,
        required=True,
        format_func=lambda metric: verbatim(sweep.metric_label(metric)),
        key=key,
        label_visibility="collapsed",
    )
    return chosen or sweep.spec.ranking_metric


def score_curves(sweep: Sweep, frame: pd.DataFrame, outcomes: Sequence[TrialOutcome]) -> None:
    """Draw one curve a varied parameter, then what explains the scores and how the best one improved."""
    metric = choose_metric(sweep, "curve_metric")
    covers, label = analysis.coverage(sweep, frame, metric), sweep.metric_label(metric)
    with st.container():  # always there, so that charts keep their place, and what was zoomed, when its lines change
        st.caption(
            f"For each value: the mean over the other parameters, the middle half of the trials around it, and the "
            f"best trial with it. {verbatim(label)}: {metric_info(metric).better} is better."
        )
        _stands_on(covers, are_means=True)
    varied = analysis.varied_parameters(sweep)
    if not varied:
        st.info("Every parameter has one value, so there is no curve to draw. Clone the sweep and widen its grid.")
    kept = KeptCharts(sweep.sweep_id)
    with st.grid(2, min_column_width=380):
        for parameter in varied:
            kept.draw(
                charts.score_curve(analysis.score_curve(sweep, frame, parameter, metric), label),
                key=f"curve_{parameter}",
                of=metric,
                alt=f"{label} for each value of {parameter}",
            )
        if len(varied) > 1:
            kept.draw(
                charts.importance(analysis.importance(sweep, frame, varied, metric)),
                key="importance",
                of=metric,
                alt="Share of the score's variance that each parameter explains",
            )
        kept.draw(
            charts.best_so_far(analysis.best_so_far(sweep, outcomes, metric), metric, covers, label),
            key="best_so_far",
            of=metric,
            alt=f"Best {label} so far",
        )
    kept.listen()


def _stands_on(covers: analysis.Coverage, *, are_means: bool) -> None:
    """Say how many trials the charts stand on, and what that makes of what they show."""
    st.caption(f":material/data_usage: These charts stand on {covers.sentence()}.")
    if covers.dropped:
        have = agreeing(covers.dropped, "has", "have")
        st.caption(
            f":material/flag: {counted(covers.dropped, 'trial')} that racing dropped {have} no mean and no place here. "
            "They were worse than the rest, so means over the rest would look better than they are: none is drawn "
            "where one is missing."
        )
    elif are_means and covers.scored and not covers.is_complete:
        st.caption(
            ":material/info: Where trials are missing, a mean is estimated (hollow, dashed): each missing trial counts "
            "with what the parameters' separate effects say of it, and in about nine of ten cases the mean over all "
            "trials is within the bar. Means whose bars overlap may change places. Best is the best of what is there."
        )


def score_map(sweep: Sweep, frame: pd.DataFrame) -> None:
    """Draw the score over two parameters that are chosen."""
    varied = analysis.varied_parameters(sweep)
    if len(varied) < 2:
        st.info("A heat map needs two parameters with several values each.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        x = st.selectbox("Across", varied, key="map_x", width=240)
        others = [name for name in varied if name != x]
        y = st.selectbox("Up", others, key="map_y", width=240)
        how = st.segmented_control(
            "Each cell",
            list(analysis.HeatMapValue),
            default=analysis.HeatMapValue.BEST,
            required=True,
            key="map_how",
            help="Over the other parameters: the best trial in the cell, or the mean of its trials.",
        )
        metric = choose_metric(sweep, "map_metric")
    cells = analysis.heat_map(sweep, frame, x, y, metric, how)
    with st.container():
        _stands_on(cells.coverage, are_means=False)
    kept = KeptCharts(sweep.sweep_id)
    kept.draw(
        charts.heat_map(cells, sweep.metric_label(metric)),
        key="heat_map",
        of=f"{metric} {how} {x} {y}",
        alt=f"{sweep.metric_label(metric)} over {x} and {y}",
    )
    kept.listen()
