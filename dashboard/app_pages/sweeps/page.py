"""Every sweep: how far it is, its best score, and what can be done to it."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.outage import REFRESH_SECONDS, drawn_anew_when_changed, live
from dashboard.app_pages.common.sweep_actions import (
    action_menu,
    interruption_notice,
    run_pending_action,
    suitability_notice,
)
from dashboard.app_pages.common.task_location import TaskLocation, is_interrupted
from dashboard.app_pages.common.wording import age, ranking_label, score, status_badge, verbatim
from shared.catalog import library_catalog
from shared.domain import Priority, SweepStatus, SweepSummary, UnreadSweep
from shared.ports import WorkerReport
from shared.wording import counted

ROWS_PER_PAGE = 15


def sweep_row(
    summary: SweepSummary, task_location: TaskLocation, workers: list[WorkerReport], alike: frozenset[str]
) -> None:
    lost, mute = task_location.is_lost(summary), task_location.is_mute(summary)
    interrupted = lost or is_interrupted(summary)
    with st.container(border=True):
        state_and_actions(summary, task_location, interrupted, alike)
        if interrupted or mute:
            interruption_notice(summary, key=f"resume_{summary.sweep.sweep_id}", lost=lost, mute=mute)
        suitability_notice(summary, workers, key=f"anew_{summary.sweep.sweep_id}")


def state_and_actions(
    summary: SweepSummary, task_location: TaskLocation, interrupted: bool, alike: frozenset[str]
) -> None:
    sweep, spec = summary.sweep, summary.sweep.spec
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None, width="stretch"):
            st.page_link(
                "app_pages/results/page.py", label=f"**{verbatim(spec.name)}**", query_params={"sweep": sweep.sweep_id}
            )
            library, dataset = library_catalog(spec.library).label, verbatim(spec.dataset.name)
            which = f" · `{sweep.sweep_id.rpartition('-')[2]}`" if sweep.sweep_id in alike else ""
            first = "" if sweep.priority is Priority.NORMAL else f" · {sweep.priority} priority"
            st.caption(f"&nbsp; {library} · {dataset} · {age(sweep.created_at)}{first}{which}")
        badge = status_badge(summary, interrupted=interrupted)
        with st.container(width=110):
            st.badge(badge.label, color=badge.color, icon=badge.icon)
        done = sweep.size - summary.open
        failed = f" · :red[{summary.failed:,} failed]" if summary.failed else ""
        dropped = f" · {summary.dropped:,} dropped" if summary.dropped else ""
        with st.container(width=260):
            st.progress(min(1.0, done / sweep.size), f"{done:,} of {counted(sweep.size, 'trial')}{failed}{dropped}")
        with st.container(width=100, gap=None):
            st.markdown(f"**{score(summary.best_score)}**")
            st.caption(f"best {ranking_label(summary)}")
        action_menu(summary, task_location, key=f"actions_{sweep.sweep_id}")


def matches(summary: SweepSummary, words: str, states: list[SweepStatus]) -> bool:
    spec = summary.sweep.spec
    text = f"{spec.name} {spec.library} {spec.dataset.name} {summary.sweep.sweep_id}".lower()
    return all(word in text for word in words.lower().split()) and (not states or summary.status in states)


def sweep_list() -> None:
    summaries = services.store().summaries()
    states = st.session_state.get("states") or []
    shown = [each for each in summaries if matches(each, st.session_state.get("find") or "", states)]
    pages = max(1, -(-len(shown) // ROWS_PER_PAGE))
    first = (min(st.session_state.get("page", 1), pages) - 1) * ROWS_PER_PAGE
    task_location, workers = TaskLocation(), services.store().workers()
    names = Counter(each.sweep.spec.name for each in summaries)
    alike = frozenset(each.sweep.sweep_id for each in summaries if names[each.sweep.spec.name] > 1)
    with st.container(gap="xsmall"):
        for summary in shown[first : first + ROWS_PER_PAGE]:
            sweep_row(summary, task_location, workers, alike)
    if not shown:
        st.info("No sweep matches. Clear the search and the states to see all.", icon=":material/filter_alt_off:")
    if pages > 1:
        st.pagination(pages, key="page")
    if watch and not any(each.status.goes_on for each in summaries):
        st.rerun()  # nothing is left to watch; not before the actions, else one just chosen is lost


def list_state(summaries: list[SweepSummary]) -> object:
    """What others may change of a list in which nothing goes on."""
    return {(each.sweep.sweep_id, each.status, each.sweep.epoch) for each in summaries}


def unread_list(unread: list[UnreadSweep]) -> None:
    """Say which sweeps there are beside those that this version can show."""
    for each in unread:
        name = f" {verbatim(each.name)}" if each.name else ""
        st.warning(
            f"**{verbatim(each.sweep_id)}**{name} · {age(each.created_at)}. {verbatim(each.sentence)}",
            icon=":material/update:",
        )


st.title("Sweeps")
run_pending_action()
found, unread = services.store().summaries(), services.store().unread_sweeps()
unread_list(unread)
if not found and not unread:
    with st.container(border=True):
        st.subheader("No sweep yet")
        st.write("A sweep evaluates every point of a parameter grid by cross-validation.")
        st.page_link("app_pages/new_sweep/page.py", label="Build your first sweep", icon=":material/add_circle:")
watch = any(each.status.goes_on for each in found)
if found:
    st.query_params.pop("sweep", None)  # the browser's way back from results leaves it there
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text_input(
            "Find",
            key="find",
            type="search",
            live=True,
            placeholder="Name, library or data set",
            label_visibility="collapsed",
            bind="query-params",
            width=320,
        )
        st.pills(
            "State",
            list(SweepStatus),
            selection_mode="multi",
            key="states",
            label_visibility="collapsed",
            bind="query-params",
        )
    live(sweep_list, every=REFRESH_SECONDS if watch else None)
if not watch:
    drawn_anew_when_changed(lambda: list_state(services.store().summaries()), list_state(found))
