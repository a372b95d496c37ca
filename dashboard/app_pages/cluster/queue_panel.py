"""The queue's numbers, and its dead letters."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import services
from dashboard.app_pages.cluster.recording_rate import recorded_per_minute
from dashboard.app_pages.cluster.who_runs_what import queue_status
from dashboard.app_pages.common.wording import age, verbatim
from shared import operations
from shared.catalog import library_catalog
from shared.domain import Action
from shared.ports import WorkerReport
from shared.wording import agreeing, counted

#: of more sweeps than this the names are not told
_MOST_NAMED = 5


def queue_numbers() -> None:
    status, workers = queue_status(), services.store().workers()
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
        taking = sum(worker.sickness is None and not worker.stopping for worker in workers)
        st.metric(
            "Workers taking tasks",
            f"{taking:,}",
            border=True,
            help="Live workers that are neither sick nor leaving. Each takes the sweeps that it has the version for.",
        )
        st.metric(
            "Dead letters",
            f"{status.dead:,}",
            border=True,
            help="Messages that no worker could take. They are listed below with their reason.",
        )
    if status.ready and not taking:
        st.warning(
            f"{counted(status.ready, 'task')} waiting and no worker to take {agreeing(status.ready, 'it', 'them')}.",
            icon=":material/hourglass_empty:",
        )
    _say_mute(workers)
    _say_unsuited(workers)
    if bool(status.dead) != st.session_state["had_dead_letters"]:
        st.session_state["had_dead_letters"] = bool(status.dead)
        st.rerun()  # their list appears below, or goes


def _say_mute(workers: Sequence[WorkerReport]) -> None:
    """Name the sweeps whose queue does not answer, with what helps."""
    mute = {address.sweep_id for worker in workers for address in worker.mute}
    summaries = services.store().summaries(sorted(mute)) if mute else []
    found = operations.mute_queues(summaries, workers)
    lines = [
        f"{verbatim(each.sweep.sweep_id)}: {operations.mute_queue_sentence(each)}"
        for each in summaries
        if each.sweep.sweep_id in found
    ]
    if lines:
        st.warning(_listed(lines), title="These sweeps wait for a queue of RabbitMQ", icon=":material/hourglass_empty:")


def _listed(lines: Sequence[str]) -> str:
    more = f"\n- and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    return "\n".join(f"- {line}" for line in lines[:_MOST_NAMED]) + more


def _say_unsuited(workers: Sequence[WorkerReport]) -> None:
    """Name the sweeps whose tasks wait for workers that are not there; what ails sick ones is on their cards."""
    well = [worker for worker in workers if worker.sickness is None]
    lines = [
        f"{verbatim(sweep.sweep_id)} needs {library_catalog(sweep.library).label} {sweep.library_version}"
        for sweep in services.store().queued_sweeps()
        if not sweep.cancelled and all(operations.why_not(sweep, worker) for worker in well)
    ]
    if lines and well:
        st.warning(
            _listed(lines),
            title="No live worker can evaluate these sweeps",
            icon=":material/hourglass_empty:",
        )


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
    refusal = services.refusal(Action.DISCARD)
    if st.button("Discard all", icon=":material/delete:", key="discard", disabled=refusal is not None, help=refusal):
        discarded = operations.discard_dead_letters(services.queue(), services.store(), by=services.actor())
        st.toast(f"Discarded {counted(discarded, 'dead letter')}.")
        st.rerun()
