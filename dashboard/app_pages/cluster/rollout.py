"""How far what is wanted is there, how old what is shown is, and what is not shown and why."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import streamlit as st

from dashboard import analysis, services
from dashboard.app_pages.cluster.seen import seen_state
from dashboard.app_pages.common.wording import age, verbatim
from dashboard.cluster import ClusterState, Condition
from shared.domain import ProcessState
from shared.wording import counted

#: what is older than this is said to be old, in seconds
_OLD_SECONDS = 15.0
#: what is older than this is no matter of the pauses between readings, in seconds
_HANGS_SECONDS = 45.0
#: with so many gaps it is not single rules that are missing
_NEARLY_ALL = 5


def freshness() -> None:
    """Say how old what is shown is, where it is not as new as can be. Raises ServiceUnavailable where nothing is."""
    state = services.cluster().state()
    if state.observed_at is None:
        return
    seconds = (datetime.now(UTC) - state.observed_at).total_seconds()
    if state.trouble is None and seconds < _HANGS_SECONDS:
        if seconds >= _OLD_SECONDS:
            st.caption(
                f"Pods, volumes and events as they were {analysis.duration(seconds)} ago: reading them "
                "takes long, so they are read less often."
            )
        return
    st.warning(
        verbatim(state.trouble or "It is slow.")
        + f" What is shown of pods, volumes and events was seen {analysis.duration(seconds)} ago.",
        title="Kubernetes does not answer",
        icon=":material/cloud_off:",
    )


def rollout() -> None:
    """Say how many of the wanted workers are there, and why the others are not."""
    state = seen_state()
    if state is None or state.deployment is None:
        return
    deployment = state.deployment
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(f"{deployment.desired} wanted", color="blue")
        st.badge(
            f"{deployment.updated} updated", color="green" if deployment.updated >= deployment.desired else "orange"
        )
        st.badge(f"{deployment.ready} ready", color="green" if deployment.ready >= deployment.desired else "orange")
        if deployment.unavailable:
            st.badge(f"{deployment.unavailable} unavailable", color="orange")
        if not deployment.observed:
            st.badge("the change is not seen yet", color="gray")
        for condition in deployment.conditions:
            if not condition.is_trouble:
                st.badge(condition.type.lower(), color="gray", icon=":material/check:", help=_about(condition))
    for condition in deployment.conditions:
        if condition.is_trouble:
            st.warning(verbatim(_about(condition)), icon=":material/warning:")
    if told := _not_there_yet(state):
        st.warning(told, icon=":material/hourglass_empty:")


def gaps() -> None:
    """Say what is not shown and what to add, where something is missing."""
    state = seen_state()
    if state is None:
        return
    if state.not_told:
        st.caption(state.not_told)
    if len(state.gaps) >= _NEARLY_ALL:
        st.warning(
            "Nearly everything is refused. If the Role has these rules already, look whether its RoleBinding names the "
            "ServiceAccount of this pod, in its namespace.",
            icon=":material/key_off:",
        )
    for gap in state.gaps:
        with st.container(border=True):
            st.markdown(f":material/visibility_off: **Not shown: {gap.what}**")
            st.markdown(verbatim(gap.reason))
            if gap.remedy:
                st.code(gap.remedy, language="yaml")


def _about(condition: Condition) -> str:
    verdict = {True: "yes", False: "no", None: "unknown"}[condition.holds]
    since = "" if condition.since is None else f" ({age(condition.since)})"
    return f"{condition.type}: {verdict}{since}. {condition.message or condition.reason}".strip()


def _not_there_yet(state: ClusterState) -> str:
    """Pods that wait, folded by why, the most frequent first."""
    reasons = Counter(each.detail for each in state.processes if each.state is ProcessState.STARTING and each.detail)
    if not reasons:
        return ""
    lines = [f"{counted(count, 'pod')}: {verbatim(reason)}" for reason, count in reasons.most_common()]
    return f"{counted(sum(reasons.values()), 'worker')} pending.\n\n" + "\n\n".join(lines)
