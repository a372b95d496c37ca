"""The queue and the workers: what is waiting, what each engine does, and how many there are."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard import analysis, services
from dashboard.app_pages.cluster.recording_rate import recorded_per_minute
from dashboard.app_pages.common.outage import live
from dashboard.app_pages.common.wording import Color, age, verbatim
from dashboard.cluster import ClusterState, ScalingRefused
from shared.domain import ProcessState, WorkerProcess
from shared.ports import RunningTask, WorkerReport
from shared.wording import agreeing, counted

REFRESH_SECONDS = 2
_PROCESS_COLORS: dict[ProcessState, Color] = {
    ProcessState.STARTING: "orange",
    ProcessState.RUNNING: "green",
    ProcessState.STOPPING: "gray",
    ProcessState.CRASHED: "red",
}
_LOG_LINES = [100, 500, 2000]


def queue_numbers() -> None:
    status = services.queue().status()
    rate = recorded_per_minute()
    with st.grid(5, min_column_width=150):
        st.metric("Waiting tasks", f"{status.ready:,}", border=True, help="Tasks that no worker has taken yet.")
        st.metric(
            "Unacknowledged",
            "–" if status.unacknowledged is None else f"{status.unacknowledged:,}",
            border=True,
            help="Tasks that a worker has taken and not yet answered. They return if it dies.",
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


def is_run_by(report: WorkerReport, process: WorkerProcess) -> bool:
    if report.pod:
        return report.pod == process.name
    # processes without a pod are this machine's, and another one has the same process ids
    return report.pid == process.pid and report.host == socket.gethostname()


def with_their_reports(
    processes: Sequence[WorkerProcess], reports: Sequence[WorkerReport]
) -> list[tuple[WorkerProcess, WorkerReport | None]]:
    return [(process, next((r for r in reports if is_run_by(r, process)), None)) for process in processes]


def worker_card(process: WorkerProcess | None, report: WorkerReport | None) -> None:
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            name = process.name if process else report.worker_id if report else ""
            st.markdown(f"**{verbatim(name)}**", width="content")
            if report is not None and report.stopping:
                st.badge("stopping", color="gray")
            elif process is not None:
                st.badge(process.state, color=_PROCESS_COLORS[process.state])
            if process is not None and process.restarts:
                st.badge(counted(process.restarts, "restart"), color="orange")
        if process is not None and process.detail:
            st.caption(verbatim(process.detail))
        if report is None:
            if process is not None and process.state is not ProcessState.CRASHED:
                st.caption("Has not reported yet: it is starting, or it cannot reach the store.")
            return
        if not report.running:
            st.markdown(":gray[Idle: waits for a task]")
        for task in report.running:
            running_task(task)
        st.caption(
            f"{counted(report.engines, 'engine')} × {counted(report.threads, 'thread')} · "
            f"{counted(report.trials_done, 'trial')} done · up {analysis.duration(seconds_since(report.started_at))} · "
            f"{report.pod or f'{report.host}, pid {report.pid}'}"
        )


def running_task(task: RunningTask) -> None:
    done, folds = (task.round / task.rounds if task.rounds else 0.0), 1
    if task.only_fold is None:
        done, folds = task.fold - 1 + done, task.folds
    trials = "" if len(task.trial_ids) == 1 else f" ({counted(len(task.trial_ids), 'trial')} in this task)"
    fold = f"{'' if task.only_fold is None else 'only '}fold {task.fold} of {task.folds}"
    st.progress(min(1.0, done / folds), f"{fold} · for {analysis.duration(seconds_since(task.started_at))}{trials}")
    st.caption(f"{task.sweep_id} · {verbatim(analysis.params_label(task.params))}")


def seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()


def workers() -> None:
    state, reports = services.cluster().state(), services.store().workers()
    local = with_their_reports(state.processes, reports)
    matched = {report.worker_id for _, report in local if report is not None}
    elsewhere = [(None, report) for report in reports if report.worker_id not in matched]
    if not local and not elsewhere:
        st.info(
            "No worker is running, so no trial is evaluated."
            + ("" if state.read_only else " Set the number of workers above to start some."),
            icon=":material/bedtime:",
        )
        return
    with st.grid(3, min_column_width=320):
        for process, report in [*local, *elsewhere]:
            worker_card(process, report)


def scale_control(state: ClusterState) -> None:
    if state.read_only is not None:
        st.caption(state.read_only)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.slider(
            f"Number of workers ({state.kind})",
            state.minimum,
            state.maximum,
            state.desired,
            key=f"workers_{state.desired}",
            width=420,
        )
        if wanted != state.desired:
            st.button(
                f"Start {wanted - state.desired} more" if wanted > state.desired else f"Stop {state.desired - wanted}",
                type="primary",
                key="apply_workers",
                on_click=apply_scale,
                args=(wanted,),
            )
    if refusal := st.session_state.pop("scaling_refused", None):
        st.error(verbatim(refusal))
    if wanted < state.desired:
        reports = [report for _, report in with_their_reports(state.processes, services.store().workers())]
        busy = sum(report is not None and bool(report.running) for report in reports)
        idle = len(reports) - busy
        stopping_busy = max(0, state.desired - wanted - idle)
        st.caption(
            f"{busy:,} of these {counted(len(reports), 'worker')} busy, {idle} idle. Idle ones stop first"
            + (
                f"; {counted(stopping_busy, 'busy one')} will finish or hand back the running task. No trial is lost."
                if stopping_busy
                else "."
            )
        )


def apply_scale(wanted: int) -> None:
    try:
        services.cluster().scale(wanted)
    except ScalingRefused as refusal:
        st.session_state["scaling_refused"] = str(refusal)


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
        st.toast(f"Discarded {counted(services.queue().discard_dead_letters(), 'dead letter')}.")
        st.rerun()


def logs() -> None:
    cluster = services.cluster()
    names = [process.name for process in cluster.state().processes]
    if not names:
        st.caption("Logs of the workers that this dashboard starts appear here.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Worker", names, key="log_of", width=240)
        lines = st.segmented_control("Lines", _LOG_LINES, default=_LOG_LINES[0], required=True, key="log_lines")
    text = cluster.logs(name, lines) if name else ""
    st.code(text or "Nothing logged yet.", language="log", height=360, wrap_lines=True)


st.session_state.setdefault("had_dead_letters", False)
st.title("Cluster")
live(queue_numbers, every=REFRESH_SECONDS)
st.subheader("Workers")
scale_control(services.cluster().state())
live(workers, every=REFRESH_SECONDS)
if st.session_state["had_dead_letters"]:
    dead_letters()
log_panel = st.expander("Logs", icon=":material/article:", on_change="rerun", key="logs_open")
if log_panel.open:
    with log_panel:
        live(logs, every=REFRESH_SECONDS)
