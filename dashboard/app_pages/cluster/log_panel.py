"""Logs of a chosen worker or pod, followed live, to be downloaded."""

from __future__ import annotations

import streamlit as st

from dashboard import services
from dashboard.app_pages.cluster.seen import seen_state
from dashboard.app_pages.common.outage import live
from dashboard.cluster import ClusterProcess

_FOLLOW_SECONDS = 2
_LINES = [100, 500, 2000]
#: of a file to be downloaded
_ALL_LINES = 100_000


def log_panel() -> None:
    """Draw the panel; nothing is read while it is closed."""
    panel = st.expander("Logs", icon=":material/article:", on_change="rerun", key="logs_open")
    if not panel.open:
        return
    with panel:
        with st.container(horizontal=True, vertical_alignment="center"):
            follow = st.toggle("Follow", value=True, key="log_follow", help="Read the end again every two seconds.")
            previous = st.toggle(
                "Life before", key="log_previous", help="What the container wrote before its last restart."
            )
        st.session_state["log_of_life_before"] = previous
        live(_logs, every=_FOLLOW_SECONDS if follow else None)


def _logs() -> None:
    processes = _processes()
    if not processes:
        st.caption("Logs of the workers that this dashboard starts appear here.")
        return
    by_name = {process.name: process for process in processes}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Worker or pod", list(by_name), key="log_of", width=300)
        if name is None:
            return
        containers = by_name[name].containers
        container = (
            st.selectbox("Container", containers, key=f"log_container_{name}", width=200)
            if len(containers) > 1
            else None
        )
        lines = st.segmented_control("Lines", _LINES, default=_LINES[0], required=True, key="log_lines")
        previous = bool(st.session_state["log_of_life_before"])
        st.download_button(
            "Download",
            lambda: services.cluster().logs(name, _ALL_LINES, container=container, previous=previous),
            file_name=f"{name}{'-' + container if container else ''}{'-before' if previous else ''}.log",
            mime="text/plain",
            icon=":material/download:",
            key="log_download",
            on_click="ignore",
        )
    text = services.cluster().logs(name, lines, container=container, previous=previous)
    with st.container(height=360, border=False, autoscroll=True):  # whoever follows looks at the end
        st.code(text or _nothing(previous), language="log", wrap_lines=True)


def _nothing(previous: bool) -> str:
    return "Nothing logged in a life before this one." if previous else "Nothing logged yet."


def _processes() -> list[ClusterProcess]:
    state = seen_state()
    if state is None:
        return []
    return [*state.processes, *(process for service in state.services for process in service.processes)]
