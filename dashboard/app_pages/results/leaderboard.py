"""All trials of a sweep, best first, with filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import analysis
from dashboard.app_pages.common.wording import verbatim
from dashboard.app_pages.results.trial_views import trial_details
from shared.domain import Sweep, TrialOutcome, TrialState
from shared.wording import counted

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
    row, key = _selected_row(sweep, ids)
    st.dataframe(
        _with_none_written(sweep, shown),
        key=key,
        hide_index=True,
        placeholder="",
        column_config=_columns(sweep, frame),
        column_order=_column_order(sweep, shown),
        on_select=lambda: _choose(sweep, ids, key),
        selection_mode="single-row",
        selection_default=None if row is None else {"selection": {"rows": [row]}},
        alt="Trials, best first",
    )
    best = analysis.best_outcome(sweep, outcomes.values())
    chosen = outcomes.get(st.session_state.get(CHOSEN_TRIAL, "")) or best
    if chosen is not None:
        trial_details(sweep, frame, chosen, "The best trial" if chosen is best else "The selected trial")


def _selected_row(sweep: Sweep, ids: list[str]) -> tuple[int | None, str]:
    """Return where the selected trial is now, and the table's key.

    A table remembers its selection by row. Where results that arrived moved the trial, it is another table.
    """
    chosen = st.session_state.get(CHOSEN_TRIAL, "")
    row = ids.index(chosen) if chosen in ids else None
    drawn = st.session_state.setdefault(_drawn_key(sweep), {"row": row, "number": 0})
    if drawn["row"] != row:
        drawn["row"], drawn["number"] = row, drawn["number"] + 1
    return row, f"leaderboard_{sweep.sweep_id}_{drawn['number']}"


def _choose(sweep: Sweep, ids: list[str], key: str) -> None:
    rows = st.session_state[key].selection.rows
    row = rows[0] if rows and rows[0] < len(ids) else None
    st.session_state[CHOSEN_TRIAL] = "" if row is None else ids[row]
    st.session_state[_drawn_key(sweep)]["row"] = row


def _drawn_key(sweep: Sweep) -> str:
    return f"leaderboard_drawn_{sweep.sweep_id}"


def _filtered(sweep: Sweep, frame: pd.DataFrame) -> pd.DataFrame:
    varied = analysis.varied_parameters(sweep)
    # keys of the sweep: a filter that was set on another one is none here
    states_key, keys = f"trial_states_{sweep.sweep_id}", {name: f"filter_{name}_{sweep.sweep_id}" for name in varied}
    wanted: dict[str, list[Any]] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        states = st.pills(
            "State",
            [state for state in TrialState if (frame["state"] == state).any()],
            selection_mode="multi",
            key=states_key,
            label_visibility="collapsed",
        )
        with st.popover("Filter by parameter", icon=":material/filter_list:", type="tertiary"):
            for name in varied:
                wanted[name] = st.multiselect(
                    f"`{name}`",
                    list(dict.fromkeys(frame[name].tolist())),
                    key=keys[name],
                    format_func=_labels(frame[name].tolist()).__getitem__,
                )
    shown = frame.assign(same_model=analysis.others_of_each(frame))
    if states:
        shown = shown[shown["state"].isin([str(state) for state in states])]
    for name, values in wanted.items():
        if values:
            shown = shown[shown[name].isin(values)]
    shown = shown.drop_duplicates("trial_id")  # a trial is found by any of its points
    _say_what_is_filtered(states, wanted, len(shown), frame["trial_id"].nunique(), [states_key, *keys.values()])
    # what has no rank comes below: first what racing dropped, the latest dropped first, since that alone has folds
    order = ["rank", "folds", "trial_id"]
    return shown.sort_values(order, ascending=[True, False, True], na_position="last", ignore_index=True)


def _say_what_is_filtered(
    states: list[TrialState], wanted: Mapping[str, list[Any]], count: int, of: int, keys: list[str]
) -> None:
    said = [
        f"`{name}` {verbatim(' or '.join(analysis.value_labels(values)))}" for name, values in wanted.items() if values
    ]
    if states:
        said.insert(0, " or ".join(states))
    with st.container(
        horizontal=True, vertical_alignment="center"
    ):  # there without a filter too: tables keep their place
        if said:
            st.markdown(
                f":material/filter_list: **Filtered**: {' · '.join(said)} – {count:,} of {counted(of, 'trial')}"
            )
            st.button("Show all", key="show_all_trials", type="tertiary", on_click=_show_all, args=(keys,))


def _show_all(keys: list[str]) -> None:
    for key in keys:
        st.session_state[key] = []


def _with_none_written(sweep: Sweep, shown: pd.DataFrame) -> pd.DataFrame:
    """Return the table with labels for a parameter of which some value is none: an empty cell would be no value."""
    written = {}
    for name in analysis.grid_parameters(sweep):
        values = shown[name].tolist()
        if None in values:
            labels = _labels(values)
            written[name] = [labels[value] for value in values]
    return shown.assign(**written)


def _labels(values: Iterable[Any]) -> dict[Any, str]:
    """Return a label for each of the values; different ones do not look alike."""
    distinct = list(dict.fromkeys(values))
    return dict(zip(distinct, analysis.value_labels(distinct), strict=True))


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


def _columns(sweep: Sweep, frame: pd.DataFrame) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "rank": st.column_config.NumberColumn("#", width=48, pinned=True),
        "same_model": st.column_config.NumberColumn(
            "same model",
            format="+%d",
            help="How many other points of the grid are this trial; its details name them and say why.",
        ),
        "fit_seconds": st.column_config.NumberColumn(
            "fit (s)",
            format=f"%{analysis.number_format(frame['fit_seconds'], digits=3)}",
            help="Wall time over the folds; where trials share a fit, an equal share.",
        ),
    }
    for name in analysis.grid_parameters(sweep):
        if frame[name].dtype.kind == "f":  # else four decimals: 0.000464 would be 0.0005
            columns[name] = st.column_config.NumberColumn(format="%.17g")
    for metric in sweep.spec.metrics:
        label, means = sweep.metric_label(metric), frame[analysis.mean_column(metric)]
        columns[analysis.mean_column(metric)] = st.column_config.NumberColumn(
            label, format=f"%{analysis.number_format(means)}", help="Mean over the folds"
        )
        columns[analysis.std_column(metric)] = st.column_config.NumberColumn(
            f"± {label}", format=f"%{analysis.number_format(means)}", help="Standard deviation"
        )
    return columns
