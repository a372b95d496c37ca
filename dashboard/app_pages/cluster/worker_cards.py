"""One card a worker: its process or pod, and what each of its engines does. Many workers are a table."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard import analysis, services
from dashboard.app_pages.cluster.pod_facts import facts, state_badges, state_word
from dashboard.app_pages.cluster.seen import seen_state
from dashboard.app_pages.cluster.who_runs_what import with_their_reports
from dashboard.app_pages.common.wording import age, verbatim
from dashboard.cluster import ClusterProcess, ClusterState
from dashboard.cluster.amounts import cpu_sentence, end_sentence, memory_sentence
from shared.domain import ProcessState
from shared.ports import RunningTask, WorkerReport
from shared.wording import counted

#: more than this are drawn as a table: a card costs the browser what a hundred rows do
MOST_CARDS = 24


def workers() -> None:
    """Draw every worker that runs here, and those that report from elsewhere."""
    state, reports = seen_state(), services.store().workers()
    local = with_their_reports(state.processes if state else (), reports)
    matched = {report.worker_id for _, report in local if report is not None}
    elsewhere = [(None, report) for report in reports if report.worker_id not in matched]
    shown = [*local, *elsewhere]
    if not shown:
        _nobody(state)
    elif len(shown) > MOST_CARDS:
        _table(shown)
    else:
        with st.grid(3, min_column_width=320):
            for process, report in shown:
                _card(process, report)


def _nobody(state: ClusterState | None) -> None:
    if state is None:
        st.info("No worker has reported. Whether one is starting cannot be told.", icon=":material/question_mark:")
        return
    st.info(
        "No worker is running, so no trial is evaluated."
        + ("" if state.read_only else " Set the number of workers above to start some."),
        icon=":material/bedtime:",
    )


def _card(process: ClusterProcess | None, report: WorkerReport | None) -> None:
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            name = process.name if process else report.worker_id if report else ""
            st.markdown(f"**{verbatim(name)}**", width="content")
            if report is not None and report.stopping and (process is None or process.state is ProcessState.RUNNING):
                st.badge("stopping", color="gray")
            elif process is not None:
                state_badges(process)
        if report is not None:
            _what_it_does(report, is_named=process is not None and report.pod == process.name)
        elif (
            process is not None
            and process.state in (ProcessState.STARTING, ProcessState.RUNNING)
            and not process.detail
        ):
            st.caption("Has not reported yet: it is starting, or it cannot reach the store.")
        if process is not None:
            facts(process)


def _what_it_does(report: WorkerReport, *, is_named: bool) -> None:
    if report.interruption is not None:
        lost = f"Lost its subscription to the queue {age(report.interruption.at)}: {report.interruption.reason}"
        st.markdown(f":orange[:material/link_off: {verbatim(lost)}]")
    if report.sickness is not None:
        sick = f"Sick for {analysis.duration(_seconds_since(report.sickness.since))}, and takes no tasks until it is "
        st.markdown(f":red[:material/sick: {verbatim(sick + 'well: ' + report.sickness.reason)}]")
    for sweep_id, why in report.refused.items():
        st.caption(f"Cannot do {verbatim(sweep_id)}: {verbatim(why)}")
    if not report.running and report.sickness is None:
        st.markdown(":gray[Idle: waits for a task]")
    for task in report.running:
        _running_task(task)
    st.caption(
        f"{counted(report.engines, 'engine')} × {counted(report.threads, 'thread')} · "
        f"{counted(report.trials_done, 'trial')} done · up {analysis.duration(_seconds_since(report.started_at))}"
        + ("" if is_named else f" · {report.pod or f'{report.host}, pid {report.pid}'}")
    )


def _running_task(task: RunningTask) -> None:
    done, folds = (task.round / task.rounds if task.rounds else 0.0), 1
    if task.only_fold is None:
        done, folds = task.fold - 1 + done, task.folds
    trials = "" if len(task.trial_ids) == 1 else f" ({counted(len(task.trial_ids), 'trial')} in this task)"
    fold = f"{'' if task.only_fold is None else 'only '}fold {task.fold} of {task.folds}"
    st.progress(min(1.0, done / folds), f"{fold} · for {analysis.duration(_seconds_since(task.started_at))}{trials}")
    st.caption(f"{task.sweep_id} · {verbatim(analysis.params_label(task.params))}")


def _table(shown: list[tuple[ClusterProcess | None, WorkerReport | None]]) -> None:
    rows = [_row(process, report) for process, report in sorted(shown, key=_trouble_first)]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=560, alt="The workers, those with trouble first")


def _trouble_first(pair: tuple[ClusterProcess | None, WorkerReport | None]) -> tuple[bool, str]:
    process, report = pair
    fine = process is None or (process.state is ProcessState.RUNNING and not process.detail)
    fine = fine and (report is None or report.sickness is None)
    return fine, process.name if process else report.worker_id if report else ""


def _row(process: ClusterProcess | None, report: WorkerReport | None) -> dict[str, object]:
    sick = report.sickness if report else None
    doing = [f"{task.sweep_id} · {analysis.params_label(task.params)}" for task in report.running] if report else []
    return {
        "worker": process.name if process else report.worker_id if report else "",
        "state": state_word(process) if process else "elsewhere",
        "ready": process.ready if process else None,
        "restarts": process.restarts if process else None,
        "last end": end_sentence(process.last_end) if process and process.last_end else "",
        "node": process.node if process else report.host if report else "",
        "started": age(process.started_at) if process and process.started_at else "",
        "CPU": cpu_sentence(process).removeprefix("CPU ") if process else "",
        "memory": memory_sentence(process).removeprefix("memory ") if process else "",
        "works on": "; ".join(doing) or ("sick" if sick else "idle" if report else ""),
        "why": " ".join(filter(None, (process.detail if process else "", sick.reason if sick else ""))),
    }


def _seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()
