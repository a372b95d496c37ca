"""One sweep: how far it is, what is best, how the score depends on the parameters, and every trial."""

from __future__ import annotations

import streamlit as st

from dashboard import analysis, services
from dashboard.app_pages.common.outage import REFRESH_SECONDS, drawn_anew_when_changed, live
from dashboard.app_pages.common.sweep_actions import (
    action_menu,
    interruption_notice,
    run_pending_action,
    suitability_notice,
)
from dashboard.app_pages.common.task_location import TaskLocation, is_interrupted
from dashboard.app_pages.common.wording import age, moment, ranking_label, score, status_badge, verbatim
from dashboard.app_pages.results.exports import exports
from dashboard.app_pages.results.leaderboard import leaderboard
from dashboard.app_pages.results.score_views import score_curves, score_map
from dashboard.app_pages.results.sweep_data import SweepData, sweep_data
from dashboard.app_pages.results.trial_views import failed_trials
from shared import operations
from shared.catalog import library_catalog
from shared.domain import Sweep, SweepSummary
from shared.errors import SweepNotFound
from shared.operations import export
from shared.planning.winning import point_of
from shared.wording import counted, number, shown, with_spread

VIEWS = ["Curves", "Heat map", "Leaderboard", "Failed", "Export"]


def choose_sweep(summaries: list[SweepSummary]) -> str | None:
    # By hand, not with bind=: that would put the label into the link. The label is also how the browser says which one
    # is meant, so it stays the same with time and is the sweep's own.
    names = {each.sweep.sweep_id: sweep_label(each.sweep) for each in summaries}
    asked = st.query_params.get("sweep")
    if not asked:
        asked = st.query_params["sweep"] = next(iter(names))
    if asked not in names:
        unread = next((each for each in services.store().unread_sweeps() if each.sweep_id == asked), None)
        st.warning(
            f"{verbatim(asked)}: {verbatim(unread.sentence)}"
            if unread
            else f"There is no sweep {verbatim(asked)} here; it may have been deleted. Choose another.",
            icon=":material/search_off:",
        )
    st.session_state["chosen_sweep"] = asked if asked in names else None
    return st.selectbox(
        "Sweep",
        list(names),
        index=None,
        format_func=names.__getitem__,
        key="chosen_sweep",
        on_change=link_to_chosen,
        required=True,  # without a ×: no sweep chosen would be another one, the newest
        placeholder="Choose a sweep",
        label_visibility="collapsed",
    )


def sweep_label(sweep: Sweep) -> str:
    suffix = sweep.sweep_id.rpartition("-")[2]
    return f"{sweep.spec.name} · {moment(sweep.created_at)} · {suffix}"


def link_to_chosen() -> None:
    st.query_params["sweep"] = st.session_state["chosen_sweep"] or ""


def heading(summary: SweepSummary, task_location: TaskLocation, interrupted: bool) -> None:
    sweep, spec = summary.sweep, summary.sweep.spec
    badge = status_badge(summary, interrupted=interrupted)
    positive = f" · positive class {verbatim(shown(sweep.positive_class))}" if sweep.positive_class else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(badge.label, color=badge.color, icon=badge.icon)
        st.caption(
            f"{library_catalog(spec.library).label} {sweep.library_version} · {verbatim(spec.dataset.name)} · "
            f"{counted(spec.folds, 'fold')}, seed {spec.seed}{positive} · launched {age(sweep.created_at)}",
            width="content",
        )
        action_menu(summary, task_location, key="sweep_actions")


def progress(summary: SweepSummary, data: SweepData, interrupted: bool) -> None:
    goes_on, workers = summary.status.goes_on, services.store().workers()
    now = analysis.progress(
        summary,
        # where nothing is evaluated, the rate of before promises an end that does not come
        [outcome.finished_at for outcome in data.outcomes.values()] if workers and not interrupted else [],
        data.folds_of_open() if goes_on else None,
    )
    st.progress(now.fraction, now.sentence())
    if not goes_on:
        return
    tasks = [task for worker in workers for task in worker.running if task.sweep_id == summary.sweep.sweep_id]
    if tasks:
        task = max(tasks, key=lambda each: each.started_at)
        st.caption(
            f"{counted(len(tasks), 'engine')} at it now, the latest at {verbatim(analysis.params_label(task.params))}, "
            f"fold {task.fold} of {task.folds}"
        )
    elif not workers:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(":orange[:material/warning: No worker is running, so nothing is evaluated.]", width="content")
            st.page_link("app_pages/cluster/page.py", label="Start workers", icon=":material/dns:")


def best(summary: SweepSummary, data: SweepData) -> None:
    winner = analysis.best_outcome(summary.sweep, data.outcomes.values())
    if winner is None:
        if summary.failed and summary.failed == len(data.outcomes):
            so_far = " so far" if summary.open else ""
            st.warning(
                f"Every trial{so_far} failed, so none is best. The view Failed says why.", icon=":material/error:"
            )
        return
    spec = summary.sweep.spec
    found = winner.scores[spec.ranking_metric]
    figure, params = st.columns([1, 3], vertical_alignment="center", border=True)
    figure.metric(
        f"Best {ranking_label(summary)}",
        score(found.mean_score),
        f"± {number(found.std_score, 2)} over {counted(len(found.fold_scores), 'fold')}",
        delta_color="off",
        delta_arrow="off",
    )
    params.caption("Best parameters")
    point = point_of(summary.sweep, winner)
    params.markdown(
        " ".join(f"`{name}` **{verbatim(analysis.value_label(value))}** &nbsp;" for name, value in point.items())
        or "the library's defaults"
    )
    if partly := export.best_of(summary.sweep, len(data.outcomes)):
        params.caption(f":material/data_usage: The {partly}.")
    if export.stops_early(winner):
        rounds = library_catalog(spec.library).rounds_parameter
        trees = export.all_rows_params(summary.sweep, winner).get(rounds)
        params.caption(
            f"For a fit on all rows: `{rounds}` **{trees}**, without `early_stopping_rounds` (the folds kept "
            f"{', '.join(map(str, winner.rounds))} rounds; their median)."
        )
    curve = analysis.better_rounds(summary.sweep, winner)
    if curve is not None:
        params.caption(
            f"Over the rounds it is better still with {counted(curve.best_rounds, 'tree')}: "
            f"{with_spread(curve.best_mean_score, curve.best_std_score)}. The leaderboard shows the curve."
        )


def views(summary: SweepSummary, data: SweepData) -> None:
    running = frozenset(
        trial_id
        for worker in services.store().workers()
        for task in worker.running
        for trial_id in task.trial_ids
        if task.sweep_id == summary.sweep.sweep_id
    )
    frame = data.frame(running)
    tabs = dict(zip(VIEWS, st.tabs(VIEWS, key="view", on_change="rerun", bind="query-params"), strict=True))
    for name, tab in tabs.items():
        if not tab.open:
            continue
        with tab:
            match name:
                case "Curves":
                    score_curves(summary.sweep, frame, tuple(data.outcomes.values()))
                case "Heat map":
                    score_map(summary.sweep, frame)
                case "Leaderboard":
                    leaderboard(summary.sweep, frame, data.outcomes)
                case "Failed":
                    failed_trials(summary.sweep, frame, data.outcomes)
                case "Export":
                    exports(summary.sweep, data.outcomes)


def sweep_state(summaries: list[SweepSummary]) -> object:
    """What others may change of a sweep that does not go on; nothing where it was deleted."""
    return [(each.status, each.sweep.epoch) for each in summaries]


def sweep_view() -> None:
    try:
        summary = data.refresh()
    except SweepNotFound:
        st.warning("This sweep was deleted meanwhile.", icon=":material/search_off:")
        return
    task_location = TaskLocation()
    lost, mute = task_location.is_lost(summary), task_location.is_mute(summary)
    interrupted = lost or is_interrupted(summary)
    heading(summary, task_location, interrupted)
    # containers are there whatever is in them, so that what follows keeps its place, and what was done to it
    with st.container():
        if interrupted or mute:
            interruption_notice(summary, key="resume", lost=lost, mute=mute)
    with st.container():
        suitability_notice(summary, services.store().workers(), key="launch_anew")
    if summary.status != shown_status:
        # its end stops the refreshing, a resume starts it again; not before the actions, else one just chosen is lost
        st.rerun()
    with st.container():
        progress(summary, data, interrupted)
    if not data.outcomes:
        st.info(
            "No result yet. The first one appears here by itself."
            if summary.status.goes_on and not interrupted
            else "No trial was evaluated. Resume the sweep to evaluate it.",
            icon=":material/hourglass_empty:",
        )
        return
    with st.container():
        best(summary, data)
        learned = operations.learned_nothing(summary.sweep, data.outcomes.values())
        if learned is not None:
            st.warning(verbatim(learned), icon=":material/sentiment_neutral:")
    views(summary, data)


st.title("Results")
run_pending_action()
found = services.store().summaries()
if not found:
    with st.container(border=True):
        st.subheader("Nothing to show yet")
        st.write("Results appear here as soon as the first sweep is launched.")
        st.page_link("app_pages/new_sweep/page.py", label="Build your first sweep", icon=":material/add_circle:")
elif chosen := choose_sweep(found):
    data = sweep_data(chosen)
    found_now = next(each for each in found if each.sweep.sweep_id == chosen)
    shown_status = found_now.status
    st.set_page_config(page_title=f"{found_now.sweep.spec.name} · Boostgrid")
    live(sweep_view, every=REFRESH_SECONDS if shown_status.goes_on else None)
    if not shown_status.goes_on:
        drawn_anew_when_changed(
            lambda: sweep_state(services.store().summaries([found_now.sweep.sweep_id])), sweep_state([found_now])
        )
