"""The queue's numbers, and its dead letters."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import services
from dashboard.app_pages.cluster.recording_rate import recorded_per_minute
from dashboard.app_pages.common.wording import age
from shared import operations
from shared.wording import agreeing, counted


def queue_numbers() -> None:
    status = services.queue().status()
    rate = recorded_per_minute()
    with st.grid(5, min_column_width=150):
        st.metric("Waiting tasks", f"{status.ready:,}", border=True, help="Tasks that no worker has taken yet.")
        st.metric(
            "Unacknowledged",
            "–" if status.unacknowledged is None else f"{status.unacknowledged:,}",
            border=True,
            help="Tasks that a worker has taken and not yet answered. They return if it dies. "
            "RabbitMQ tells their number to its management API only, which the dashboard does not ask.",
        )
        st.metric(
            "Trials a minute",
            "–" if rate is None else f"{rate:,.1f}",
            border=True,
            help="Results recorded by the workers that are here now, over the last minute.",
        )
        st.metric("Consumers", f"{status.consumers:,}", border=True, help="Workers that are subscribed to the queue.")
        st.metric(
            "Dead letters",
            f"{status.dead:,}",
            border=True,
            help="Messages that no worker could take. They are listed below with their reason.",
        )
    if status.ready and not status.consumers:
        st.warning(
            f"{counted(status.ready, 'task')} waiting and no worker to take {agreeing(status.ready, 'it', 'them')}.",
            icon=":material/hourglass_empty:",
        )
    if bool(status.dead) != st.session_state["had_dead_letters"]:
        st.session_state["had_dead_letters"] = bool(status.dead)
        st.rerun()  # their list appears below, or goes


def dead_letters() -> None:
    letters = services.queue().dead_letters()
    st.subheader("Dead letters")
    st.caption(
        "Messages that are not tasks of this version, or that killed too many workers. "
        "After a look at the reason they can go; resuming a sweep publishes what it still misses."
    )
    st.dataframe(
        pd.DataFrame(
            {
                "died": [letter.died_at and age(letter.died_at) for letter in letters],
                "reason": [letter.reason for letter in letters],
                "message": [letter.body for letter in letters],
            }
        ),
        hide_index=True,
        alt="Dead letters with their reasons",
    )
    if st.button("Discard all", icon=":material/delete:", key="discard"):
        discarded = operations.discard_dead_letters(services.queue(), by=services.actor())
        st.toast(f"Discarded {counted(discarded, 'dead letter')}.")
        st.rerun()
