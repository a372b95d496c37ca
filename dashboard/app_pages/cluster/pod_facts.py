"""What is shown of one process or pod, whatever runs in it."""

from __future__ import annotations

import streamlit as st

from dashboard.app_pages.common.wording import Color, age, verbatim
from dashboard.cluster import ClusterProcess
from dashboard.cluster.amounts import cpu_sentence, end_sentence, memory_sentence
from shared.domain import ProcessState
from shared.wording import counted

STATE_COLORS: dict[ProcessState, Color] = {
    ProcessState.STARTING: "orange",
    ProcessState.RUNNING: "green",
    ProcessState.STOPPING: "gray",
    ProcessState.CRASHED: "red",
}


def state_badges(process: ClusterProcess) -> None:
    """Draw its state, readiness and restarts as badges."""
    st.badge(state_word(process), color=STATE_COLORS[process.state])
    if process.ready is False and process.state is ProcessState.RUNNING:
        st.badge("not ready", color="orange")
    if process.restarts:
        st.badge(counted(process.restarts, "restart"), color="orange")


def state_word(process: ClusterProcess) -> str:
    """Return where it stands: the cluster's own word where that says more."""
    if process.phase == "Pending" and process.state is ProcessState.STARTING:
        return "pending"
    return process.state


def facts(process: ClusterProcess) -> None:
    """Draw why it does not run, how its last life ended, where it is and what it uses."""
    if process.detail:
        st.caption(verbatim(process.detail))
    if process.last_end is not None:
        when = "" if process.last_end.ended_at is None else f", {age(process.last_end.ended_at)}"
        st.caption(f":red[Last end: {verbatim(end_sentence(process.last_end))}{when}]")
    told = [
        f"on {process.node}" if process.node else "",
        f"started {age(process.started_at)}" if process.started_at else "",
        cpu_sentence(process),
        memory_sentence(process),
    ]
    if line := " · ".join(filter(None, told)):
        st.caption(verbatim(line))
