"""Engines as processes of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from shared.testing import make_spec, make_task
from tests.support import ROOT
from tests.support.engine_evaluators import EXIT, HANG, OUT_OF_MEMORY, SEGFAULT, SUCCEED, home_log
from worker.parent.engine_process import ChildProcess
from worker.protocol import ENGINE_MESSAGE, Evaluated, EvaluationRequest, Progress, Ready, Stop, Stopped

pytestmark = pytest.mark.slow


@pytest.fixture
def engine():
    processes = []

    def start(evaluator: str = "tests.support.engine_evaluators:scripted", threads: int = 1) -> ChildProcess:
        processes.append(ChildProcess(threads, 16, evaluator))
        return processes[-1]

    yield start
    for each in processes:
        if not each.connection.closed:
            each.kill()
            each.ending()


def ask(engine: ChildProcess, home: Path, what: int = SUCCEED) -> None:
    spec = make_spec()
    task = make_task()
    trial = task.trials[0].model_copy(update={"params": {"n_estimators": what}})
    request = EvaluationRequest(
        library=spec.library,
        library_version="3.2.0",
        dataset_path=home / "datasets" / "table.parquet",
        dataset_hash="d" * 64,
        target="target",
        task=spec.dataset.task,
        folds=3,
        seed=0,
        metrics=spec.metrics,
        trials=(trial,),
    )
    engine.connection.send_bytes(request.model_dump_json().encode())


def hear(engine: ChildProcess):
    return ENGINE_MESSAGE.validate_json(engine.connection.recv_bytes())


def test_an_engine_answers_request_after_request(engine, tmp_path):
    child = engine()
    assert isinstance(hear(child), Ready)
    for _ in range(2):
        ask(child, tmp_path)
        answer = hear(child)
        assert isinstance(answer, Evaluated)
        assert len(answer.answers) == 1
        assert answer.memory_mb > 10


def test_the_number_of_threads_is_set_before_anything_is_imported(engine, tmp_path):
    child = engine(threads=3)
    hear(child)
    ask(child, tmp_path)
    hear(child)
    assert home_log(tmp_path).read_text().split()[1] == "3"


def test_an_engine_knows_no_secrets(engine, tmp_path, monkeypatch):
    monkeypatch.setenv("MONGODB_URL", "mongodb://user:secret@host/")
    monkeypatch.setenv("RABBITMQ_URL", "amqp://user:secret@host/")
    child = engine()
    hear(child)
    assert not {"MONGODB_URL", "RABBITMQ_URL"} & set(psutil.Process(child.pid).environ())


def test_a_stop_ends_the_evaluation_and_not_the_engine(engine, tmp_path):
    child = engine()
    hear(child)
    ask(child, tmp_path, HANG)
    assert isinstance(hear(child), Progress)
    child.connection.send_bytes(Stop().model_dump_json().encode())
    while isinstance(answer := hear(child), Progress):
        pass
    assert isinstance(answer, Stopped)
    ask(child, tmp_path)
    assert isinstance(hear(child), Evaluated)


def test_a_stop_that_crosses_the_answer_is_ignored(engine, tmp_path):
    child = engine()
    hear(child)
    child.connection.send_bytes(Stop().model_dump_json().encode())
    ask(child, tmp_path)
    assert isinstance(hear(child), Evaluated)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (SEGFAULT, "killed by signal 11 (SIGSEGV)"),
        (EXIT, "exited with code 3"),
        (OUT_OF_MEMORY, "ran out of memory"),
    ],
    ids=["native crash", "exit", "no memory"],
)
def test_how_an_engine_died_is_known(engine, tmp_path, what, words):
    child = engine()
    hear(child)
    ask(child, tmp_path, what)
    with pytest.raises(EOFError):
        hear(child)
    ending = child.ending()
    assert words in str(ending)


def test_an_engine_leaves_signals_to_its_parent(engine, tmp_path):
    child = engine()
    hear(child)
    os.kill(child.pid, signal.SIGINT)
    os.kill(child.pid, signal.SIGTERM)
    ask(child, tmp_path)
    assert isinstance(hear(child), Evaluated)


def test_an_idle_engine_ends_when_the_pipe_is_closed(engine):
    child = engine()
    hear(child)
    assert child.ending().exit_code == 0


def test_the_peak_of_an_engine_is_not_its_parents(engine):
    # the system counts what the parent had when it started the engine as the engine's
    most = bytearray(b"x") * (500 * 2**20)
    child = engine()
    hear(child)
    del most
    assert child.ending().peak_memory_mb == 0


def test_the_peak_of_an_engine_that_had_more_than_its_parent_is_known(tmp_path):
    code = (
        "from pathlib import Path; from tests.integration.worker_engine.test_engine import *\n"
        "from tests.support.engine_evaluators import GROW\n"
        "child = ChildProcess(1, 16, 'tests.support.engine_evaluators:scripted'); hear(child)\n"
        f"ask(child, Path({str(tmp_path)!r}), GROW); hear(child); time.sleep(1)\n"
        "child.kill(); print(child.ending().peak_memory_mb)"
    )
    output = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 350 < float(output.stdout) < 3500


def test_a_training_engine_ends_with_its_parent(tmp_path):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path\n"
            "from tests.integration.worker_engine.test_engine import *\n"
            "child = ChildProcess(1, 16, 'tests.support.engine_evaluators:scripted'); hear(child)\n"
            f"ask(child, Path({str(tmp_path)!r}), HANG); hear(child)\n"
            "print(child.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    engine_pid = int(parent.communicate()[0])
    deadline = time.monotonic() + 10
    while psutil.pid_exists(engine_pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(engine_pid)


def test_the_parent_side_never_imports_what_trains():
    code = (
        "import sys, worker.__main__, shared.adapters.embedded, shared.adapters.mongodb, shared.adapters.rabbitmq\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'sklearn', 'scipy', 'xgboost', 'lightgbm', 'catboost'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"
