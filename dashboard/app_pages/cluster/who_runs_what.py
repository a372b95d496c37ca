"""Which process runs which worker: the cluster knows processes, the store knows what workers report."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import streamlit as st

from dashboard import services
from dashboard.app_pages.cluster.recording_rate import recorded_per_minute
from dashboard.cluster import ClusterProcess, ClusterState
from dashboard.cluster.foresight import Outlook
from shared.domain import ProcessState
from shared.ports import QueueStatus, WorkerReport


def is_run_by(report: WorkerReport, process: ClusterProcess) -> bool:
    """Return whether the report is of the worker in that process."""
    if report.pod:
        return report.pod == process.name
    # processes without a pod are this machine's, and another one has the same process ids
    return report.pid == process.pid and report.host == socket.gethostname()


def with_their_reports(
    processes: Sequence[ClusterProcess], reports: Sequence[WorkerReport]
) -> list[tuple[ClusterProcess, WorkerReport | None]]:
    """Return each process with what its worker reports; None where it has not reported."""
    return [(process, next((r for r in reports if is_run_by(r, process)), None)) for process in processes]


def outlook(state: ClusterState) -> Outlook:
    """Return what store and queue know of the work that is left. Raises ServiceUnavailable."""
    reports = [report for _, report in with_their_reports(state.processes, services.store().workers())]
    busy = sum(report is not None and bool(report.running) for report in reports)
    return Outlook(
        open_trials=_open_trials(),
        trials_per_minute=recorded_per_minute(),
        busy=busy,
        idle=len(reports) - busy,
        waiting_tasks=queue_status().ready,
    )


def idle_processes(state: ClusterState) -> list[str]:
    """Return the names of processes that have nothing to do: no task, or not started yet. Raises ServiceUnavailable."""
    return [
        process.name
        for process, report in with_their_reports(state.processes, services.store().workers())
        if (process.state is ProcessState.STARTING if report is None else not report.running)
    ]


def running_tasks() -> int:
    """Return how many tasks workers say that they have. Raises ServiceUnavailable."""
    return sum(len(report.running) for report in services.store().workers())


def queue_status() -> QueueStatus:
    """Return the counts over the queues of all sweeps. Raises ServiceUnavailable."""
    return services.queue().status([each.address for each in services.store().queued_sweeps()])


@st.cache_data(ttl=5, show_spinner=False)
def _open_trials() -> int:
    # counting every sweep's outcomes costs more than a look at the queue
    return sum(summary.missing for summary in services.store().summaries() if summary.status.goes_on)
