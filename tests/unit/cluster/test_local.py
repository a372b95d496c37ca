"""What processes of this machine tell as a cluster, and what they have no word for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from dashboard.cluster import ScaledMeanwhile
from dashboard.cluster.local.processes import LocalProcesses
from dashboard.cluster.local.usage import ProcessUsage
from shared.adapters.processes.state_files import LocalFiles
from shared.domain import ProcessState, WorkerProcess


def report(home, **changes: object) -> None:
    process = WorkerProcess(name="worker-1", state=ProcessState.RUNNING, pid=os.getpid(), started_at=datetime.now(UTC))
    LocalFiles(home).report((process.model_copy(update=changes),))


def test_a_process_has_a_machine_and_uses_memory(tmp_path):
    report(tmp_path)
    state = LocalProcesses(tmp_path, maximum=4).state()
    (process,) = state.processes
    assert process.node
    assert process.used is not None
    assert process.used.memory is not None
    assert process.used.memory > 2**20
    assert "processes of this machine" in state.not_told
    assert state.stops_idle_first
    assert state.deployment is None


@pytest.mark.parametrize(
    ("code", "reason"), [(-9, "SIGKILL"), (1, "Error"), (0, "Completed"), (-200, "signal 200"), (None, None)]
)
def test_how_the_life_before_ended(tmp_path, code, reason):
    report(tmp_path, exit_code=code)
    (process,) = LocalProcesses(tmp_path, maximum=4).state().processes
    assert (process.last_end.reason if process.last_end else None) == reason


def test_two_people_do_not_fight(tmp_path):
    report(tmp_path)
    cluster = LocalProcesses(tmp_path, maximum=8)
    cluster.scale(2, shown=0)
    with pytest.raises(ScaledMeanwhile, match="from 0 to 2 meanwhile, so 3 was not sent"):
        cluster.scale(3, shown=0)
    assert cluster.state().desired == 2
    cluster.scale(2, shown=0)  # what is wanted is already so
    cluster.scale(5)
    assert cluster.state().desired == 5


def test_a_process_that_is_gone_uses_nothing():
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    assert ProcessUsage().of(int(gone.stdout)) is None
    assert ProcessUsage().of(None) is None


def test_cpu_is_of_the_time_between_two_looks_and_counts_children():
    busy = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"],
        start_new_session=True,
    )
    try:
        usage = ProcessUsage()
        first = usage.of(busy.pid)
        assert first is not None
        assert first.cpu is None
        assert usage.of(busy.pid) is first, "two looks at once are one"
        until = time.monotonic() + 10
        while (now := usage.of(busy.pid)) is None or not now.cpu:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert 0.05 < now.cpu < 2.5
    finally:
        os.killpg(busy.pid, 9)
        busy.wait()
