"""What an engine is started with; tests/integration/worker_engine/test_engine.py starts them for good."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from tests.support import ROOT
from worker.parent.engine_process import OUT_OF_MEMORY_EXIT_CODE, ChildProcess, Ending


@pytest.fixture
def started_with(monkeypatch):
    """Return a function that starts an engine and returns its environment; no process is started."""
    environments = []

    def popen(command, env, **options):
        environments.append(env)
        return SimpleNamespace(pid=1, stdout=None)

    def start(threads=3):
        ChildProcess(threads, cache_mb=16).connection.close()
        return environments[-1]

    monkeypatch.setattr("worker.parent.engine_process.subprocess.Popen", popen)
    return start


@pytest.mark.parametrize("inherited", [None, "64"])
@pytest.mark.parametrize(
    "name",
    [
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "LOKY_MAX_CPU_COUNT",
    ],
)
def test_every_numeric_library_of_an_engine_has_its_threads_whatever_the_worker_was_told(
    started_with, monkeypatch, name, inherited
):
    if inherited is None:
        monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv(name, inherited)
    assert started_with(threads=3)[name] == "3"


@pytest.mark.parametrize("name", ["MONGODB_URL", "RABBITMQ_URL"])
def test_an_engine_is_told_no_secret(started_with, monkeypatch, name):
    monkeypatch.setenv(name, "scheme://user:hunter2@host/")
    assert not any("hunter2" in value for value in started_with().values())


def test_an_engine_is_told_the_rest_of_the_workers_environment(started_with, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert started_with()["TZ"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("MALLOC_TRIM_THRESHOLD_", "4000000"),
        ("MALLOC_MMAP_THRESHOLD_", "4000000"),
        ("ARROW_DEFAULT_MEMORY_POOL", "system"),
    ],
)
def test_an_engine_keeps_little_memory_that_it_does_not_use_unless_an_operator_says_otherwise(
    started_with, monkeypatch, name, default
):
    monkeypatch.delenv(name, raising=False)
    assert started_with()[name] == default
    monkeypatch.setenv(name, "of the operator's own")
    assert started_with()[name] == "of the operator's own"


@pytest.mark.parametrize(("inherited", "others"), [(None, []), ("", []), ("/some/where", ["/some/where"])])
def test_an_engine_finds_this_worker_before_what_else_is_on_the_path(started_with, monkeypatch, inherited, others):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if inherited is not None:
        monkeypatch.setenv("PYTHONPATH", inherited)
    assert started_with()["PYTHONPATH"].split(os.pathsep) == [str(ROOT), *others]


@pytest.mark.parametrize(
    ("exit_code", "sentence"),
    [
        (OUT_OF_MEMORY_EXIT_CODE, "the engine ran out of memory"),
        (3, "the engine exited with code 3"),
        (-9, "the engine was killed by signal 9 (SIGKILL), probably out of memory"),
        (-11, "the engine was killed by signal 11 (SIGSEGV)"),
        (-250, "the engine was killed by signal 250 (unknown)"),
    ],
)
def test_a_failed_trial_says_how_its_engine_died(exit_code, sentence):
    assert str(Ending(exit_code, peak_memory_mb=512.0)) == sentence
