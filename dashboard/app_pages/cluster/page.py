"""The queue and the workers: what is waiting, what each engine does, how many there are, and what they stand on."""

from __future__ import annotations

import streamlit as st

from dashboard.app_pages.cluster.audit_panel import audit_panel
from dashboard.app_pages.cluster.autoscaling_panel import autoscaling_panel
from dashboard.app_pages.cluster.log_panel import log_panel
from dashboard.app_pages.cluster.namespace_panel import events, services_below
from dashboard.app_pages.cluster.queue_panel import dead_letters, queue_numbers
from dashboard.app_pages.cluster.rollout import freshness, gaps, rollout
from dashboard.app_pages.cluster.scale_panel import scale_panel
from dashboard.app_pages.cluster.worker_cards import workers
from dashboard.app_pages.common.outage import live

REFRESH_SECONDS = 2

st.session_state.setdefault("had_dead_letters", False)
st.title("Cluster")
live(queue_numbers, every=REFRESH_SECONDS)
st.subheader("Workers")
live(freshness, every=REFRESH_SECONDS)
live(autoscaling_panel, every=REFRESH_SECONDS)
live(scale_panel, every=REFRESH_SECONDS)
live(rollout, every=REFRESH_SECONDS)
live(workers, every=REFRESH_SECONDS)
live(services_below, every=REFRESH_SECONDS)
with st.container():  # what follows keeps its place
    if st.session_state["had_dead_letters"]:
        dead_letters()
live(events, every=REFRESH_SECONDS)
live(gaps, every=REFRESH_SECONDS)
live(audit_panel, every=None)
log_panel()
