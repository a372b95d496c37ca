"""An engine does not outlive its worker, whatever it is doing and however that ended."""

from __future__ import annotations

import os
import subprocess
import sys
from multiprocessing import Pipe

import psutil
import pytest

from tests.support import ROOT
from worker.parent.engine_process import environment

pytestmark = pytest.mark.slow

PARENT = """
import sys, time
from worker.parent.engine_process import ChildProcess
print(ChildProcess(1, 16, sys.argv[1]).pid, flush=True)
time.sleep(600)
"""


def asleep(engine: psutil.Process) -> bool:
    return engine.status() == psutil.STATUS_SLEEPING and "tests.support" in " ".join(engine.cmdline())


@pytest.mark.parametrize(
    "evaluator",
    [
        "asleep",
        pytest.param(
            "asleep_in_a_library", marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel helps")
        ),
    ],
)
def test_an_engine_dies_with_its_worker(evaluator, tmp_path):
    command = [sys.executable, "-c", PARENT, f"tests.support.engine_evaluators:{evaluator}"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=env) as parent:
        engine = psutil.Process(int(parent.stdout.readline()))
        try:
            # its imports are done once the evaluator's module is: then it sleeps with next to no CPU time any more
            before = -1.0
            while before != (now := sum(engine.cpu_times()[:2])) or not asleep(engine):
                before = now
                with pytest.raises(psutil.TimeoutExpired):
                    engine.wait(1)
            parent.kill()
            engine.wait(5)
        finally:
            parent.kill()
            if engine.is_running():
                engine.kill()


def test_an_engine_whose_worker_died_before_it_began_leaves_at_once():
    ours, theirs = Pipe()
    command = [sys.executable, "-m", "worker.engine", str(theirs.fileno()), "1", "--threads=1", "--cache-mb=1"]
    command += ["--evaluator=tests.support.engine_evaluators:asleep"]
    engine = subprocess.Popen(command, env=environment(1), cwd=ROOT, pass_fds=[theirs.fileno()])
    try:
        assert engine.wait(30) == 1
    finally:
        engine.kill()
        ours.close()
        theirs.close()
