"""The trials one by one: leaderboard, details and failures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import analysis, charts
from dashboard.app_pages.common.wording import score, verbatim
from dashboard.app_pages.results.attempts_view import trial_attempts
from shared.domain import RoundsCurve, Sweep, TrialOutcome, TrialState
from shared.planning.winning import point_of
from shared.wording import agreeing, counted

#: session-state key of the trial whose details are shown
CHOSEN_TRIAL = "trial"
_MOST_ROWS = 5_000


def leaderboard(sweep: Sweep, frame: pd.DataFrame, outcomes: Mapping[str, TrialOutcome]) -> None:
    """Draw the trials, best first, with filters; and the details of the one that is selected."""
    shown = _filtered(sweep, frame)
    st.caption(
        f"{counted(len(shown), 'trial')}"
        + (f", the first {_MOST_ROWS:,} shown" if len(shown) > _MOST_ROWS else "")
        + ". Select a row for its details; click a column's head to sort."
    )
    shown = shown.head(_MOST_ROWS)
    shown = shown.assign(state=[_state(*of) for of in zip(shown["state"], shown["folds"], strict=True)])
    ids = shown["trial_id"].tolist()
    st.dataframe(
        shown,
        key="leaderboard",
        hide_index=True,
        placeholder="",
        column_config=_columns(sweep),
        column_order=_column_order(sweep, shown),
        on_select=lambda: _choose(ids),
        selection_mode="single-row",
        alt="Trials, best first",
    )
    best = analysis.best_outcome(sweep, outcomes.values())
    chosen = outcomes.get(st.session_state.get(CHOSEN_TRIAL, "")) or best
    if chosen is not None:
        trial_details(sweep, frame, chosen, "The best trial" if chosen is best else "The selected trial")


def _choose(ids: list[str]) -> None:
    rows = st.session_state["leaderboard"].selection.rows
    st.session_state[CHOSEN_TRIAL] = ids[rows[0]] if rows and rows[0] < len(ids) else ""


def _filtered(sweep: Sweep, frame: pd.DataFrame) -> pd.DataFrame:
    varied = analysis.varied_parameters(sweep)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        states = st.pills(
            "State",
            [state for state in TrialState if (frame["state"] == state).any()],
            selection_mode="multi",
            key="trial_states",
            label_visibility="collapsed",
        )
        wanted: dict[str, list[object]] = {}
        with st.popover("Filter by parameter", icon=":material/filter_list:", type="tertiary"):
            for name in varied:
                values = list(dict.fromkeys(frame[name].tolist()))
                wanted[name] = st.multiselect(
                    f"`{name}`", values, key=f"filter_{name}", format_func=analysis.value_label
                )
    shown = frame.assign(same_model=analysis.others_of_each(frame))
    if states:
        shown = shown[shown["state"].isin([str(state) for state in states])]
    for name, values in wanted.items():
        if values:
            shown = shown[shown[name].isin(values)]
    shown = shown.drop_duplicates("trial_id")  # a trial is found by any of its points
    # what has no rank comes below: first what racing dropped, the latest dropped first, since that alone has folds
    order = ["rank", "folds", "trial_id"]
    return shown.sort_values(order, ascending=[True, False, True], na_position="last", ignore_index=True)


def _state(state: str, folds: int) -> str:
    return f"dropped after {counted(folds, 'fold')}" if state == TrialState.DROPPED else state


def _column_order(sweep: Sweep, frame: pd.DataFrame) -> list[str]:
    scores = [
        column
        for metric in sweep.spec.metrics
        for column in (analysis.mean_column(metric), analysis.std_column(metric))
    ]
    varied = analysis.varied_parameters(sweep)
    fixed = [name for name in analysis.grid_parameters(sweep) if name not in varied]
    same = ["same_model"] if frame["same_model"].notna().any() else []
    return ["rank", *scores[:2], *varied, *same, *scores[2:], *fixed, "state", "fit_seconds", "attempts", "worker"]


def _columns(sweep: Sweep) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "rank": st.column_config.NumberColumn("#", width=48, pinned=True),
        "same_model": st.column_config.NumberColumn(
            "same model",
            format="+%d",
            help="How many other points of the grid are this trial; its details name them and say why.",
        ),
        "fit_seconds": st.column_config.NumberColumn(
            "fit (s)", format="%.2f", help="Wall time over the folds; where trials share a fit, an equal share."
        ),
    }
    for metric in sweep.spec.metrics:
        label = sweep.metric_label(metric)
        columns[analysis.mean_column(metric)] = st.column_config.NumberColumn(
            label, format="%.5g", help="Mean over the folds"
        )
        columns[analysis.std_column(metric)] = st.column_config.NumberColumn(
            f"± {label}", format="%.2g", help="Standard deviation"
        )
    return columns


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
                charts.fold_scores(outcome, sweep.spec.ranking_metric),
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
        f"{verbatim(sweep.metric_label(metric))} {score(curve.best_mean_score)} ± {curve.best_std_score:.2g}"
    )
    st.plotly_chart(
        charts.rounds_curve(curve, metric),
        key="rounds_curve",
        config=charts.CONFIG,
        alt=f"{sweep.metric_label(metric)} over the number of rounds",
    )


def _facts(sweep: Sweep, outcome: TrialOutcome) -> list[str]:
    facts = [
        f"{sweep.metric_label(metric)} {score(found.mean_score)} ± {found.std_score:.2g}"
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
    facts.append(f"{outcome.finished_at:%Y-%m-%d %H:%M:%S} UTC")
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
