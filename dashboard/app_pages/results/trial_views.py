"""One trial's details, and the trials that failed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard import analysis, charts
from dashboard.app_pages.common.wording import moment, score, verbatim
from dashboard.app_pages.results.attempts_view import trial_attempts
from shared.domain import RoundsCurve, Sweep, TrialOutcome
from shared.planning.winning import point_of
from shared.wording import agreeing, counted, with_spread

_MOST_ROWS = 5_000


def trial_details(sweep: Sweep, frame: pd.DataFrame, outcome: TrialOutcome, title: str) -> None:
    """Draw one trial: parameters, fold scores, costs, where it ran, and which points of the grid it is."""
    with st.container(border=True):
        st.markdown(f"**{title}** :gray[`{outcome.trial_id[:12]}`]")
        if outcome.error is not None:
            _error(outcome)
        left, right = st.columns([2, 3])
        declared = point_of(sweep, outcome)
        shown = outcome.params | declared
        left.dataframe(
            pd.DataFrame(
                [(name, analysis.value_label(value), name in declared) for name, value in shown.items()],
                columns=["parameter", "value", "in the grid"],
            ).sort_values(["in the grid", "parameter"], ascending=[False, True]),
            hide_index=True,
            height=300,
            alt="Every parameter of the trial, those of the grid first",
        )
        if outcome.scores:
            right.plotly_chart(
                charts.fold_scores(outcome, sweep.spec.ranking_metric, sweep.metric_label(sweep.spec.ranking_metric)),
                key="fold_scores",
                config=charts.CONFIG,
                height=300,
                alt="Scores of each fold",
            )
        _same_model(sweep, frame, outcome)
        if outcome.rounds_curve is not None:
            _rounds_curve(sweep, outcome.rounds_curve)
        trial_attempts(sweep, outcome)
        st.caption(verbatim(" · ".join(_facts(sweep, outcome))))


def _same_model(sweep: Sweep, frame: pd.DataFrame, outcome: TrialOutcome) -> None:
    """Say which points the grid writes otherwise than the trial's parameters above, and why they are this trial."""
    found = analysis.same_model(sweep, frame, outcome)
    if not found:
        return
    points = int((frame["trial_id"] == outcome.trial_id).sum())
    are = agreeing(points, "is", "are")
    lines = [f"**Same model**: {counted(points, 'point')} of the grid {are} this trial, also with:", ""]
    for each in found:
        named = " · ".join(f"`{point}`" for point in each.points)
        more = f" and {each.more:,} more" if each.more else ""
        lines.append(f"- {named}{more} – {verbatim(each.why)}")
    st.markdown("\n".join(lines))


def _rounds_curve(sweep: Sweep, curve: RoundsCurve) -> None:
    metric = sweep.spec.ranking_metric
    st.markdown(
        f"The curve chooses **{counted(curve.best_rounds, 'tree')}**: "
        f"{verbatim(sweep.metric_label(metric))} {with_spread(curve.best_mean_score, curve.best_std_score)}"
    )
    st.plotly_chart(
        charts.rounds_curve(curve, metric, sweep.metric_label(metric)),
        key="rounds_curve",
        config=charts.CONFIG,
        alt=f"{sweep.metric_label(metric)} over the number of rounds",
    )


def _facts(sweep: Sweep, outcome: TrialOutcome) -> list[str]:
    facts = [
        f"{sweep.metric_label(metric)} {with_spread(found.mean_score, found.std_score)}"
        for metric, found in outcome.scores.items()
    ]
    for metric, scores in outcome.partial_scores.items():
        folds = counted(len(scores), "fold")
        facts.append(f"dropped after {folds} with {sweep.metric_label(metric)} {', '.join(map(score, scores))}")
    if outcome.fit_seconds is not None:
        shared = f", a share of a fit for {outcome.fit_shared_by} trials" if outcome.fit_shared_by > 1 else ""
        wall = outcome.fit_seconds.wall
        facts.append(f"fitted in {analysis.duration(wall) if wall >= 10 else f'{wall:.2g} s'}{shared}")
    if outcome.rounds:
        facts.append(f"rounds {', '.join(map(str, sorted(set(outcome.rounds))))}")
    if outcome.threads:
        facts.append(counted(outcome.threads, "thread"))
    facts.append(counted(outcome.attempts, "attempt"))
    facts.append(outcome.pod or outcome.worker)
    facts.append(moment(outcome.finished_at, seconds=True))
    facts.append(", ".join(f"{name} {version}" for name, version in outcome.versions.items()))
    return [fact for fact in facts if fact]


def failed_trials(sweep: Sweep, frame: pd.DataFrame, outcomes: Mapping[str, TrialOutcome]) -> None:
    """Draw why trials failed, the commonest reason first, and the details of one."""
    failed = analysis.failures(outcomes.values())
    if failed.empty:
        st.success("No trial failed.", icon=":material/check:")
        return
    st.dataframe(
        analysis.failure_groups(outcomes.values()), hide_index=True, alt="Reasons of failure and how many trials each"
    )
    labels = {
        trial_id: analysis.params_label(
            {name: point_of(sweep, outcomes[trial_id])[name] for name in analysis.varied_parameters(sweep)}
        )
        for trial_id in failed["trial_id"].head(_MOST_ROWS)
    }
    chosen = st.selectbox(
        f"Details of one of {counted(len(failed), 'failed trial')}",
        list(labels),
        format_func=lambda trial_id: labels.get(trial_id) or trial_id[:12],
        key="failed_trial",
    )
    if chosen in outcomes:
        trial_details(sweep, frame, outcomes[chosen], "A failed trial")


def _error(outcome: TrialOutcome) -> None:
    if outcome.error is None:
        return
    st.error(verbatim(outcome.error.message), title=f"{outcome.error.type} ({outcome.error.cause.replace('_', ' ')})")
    if outcome.error.traceback:
        st.code(outcome.error.traceback, language="python", height=240)
