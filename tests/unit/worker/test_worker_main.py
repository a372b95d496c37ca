from unittest.mock import MagicMock

import pytest

from shared.errors import ServiceUnavailable
from shared.settings import WorkerSettings
from worker import __main__ as worker_main
from worker.parent.stop_request import StopRequest


@pytest.fixture(autouse=True)
def _embedded_stack(monkeypatch):
    for name in ("MONGODB_URL", "RABBITMQ_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_wrong_environment_is_told_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv("BOOSTGRID_ENGINES", "many")
    monkeypatch.setenv("BOOSTGRID_GRACE_SECONDS", "-1")
    monkeypatch.setenv("BOOSTGRID_LOG_LEVEL", "loud")
    assert worker_main.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("worker: ")
    assert "BOOSTGRID_ENGINES: input should be a valid integer" in line
    assert "BOOSTGRID_GRACE_SECONDS: input should be greater than or equal to 0" in line
    assert "BOOSTGRID_LOG_LEVEL: string should match" in line


def test_a_service_that_is_down_at_the_start_is_waited_for_until_told_to_stop(monkeypatch, tmp_path, caplog):
    stop = StopRequest()
    tries = []

    def refuse(settings):
        tries.append(settings)
        if len(tries) == 2:
            stop.ask()
        raise ServiceUnavailable("MongoDB", "connection refused", "Start it.")

    caplog.set_level("INFO")
    monkeypatch.setattr(worker_main, "open_store", refuse)
    worker_main.run(WorkerSettings(home=tmp_path), stop)
    stop.close()
    assert len(tries) == 2
    assert "MongoDB does not answer (connection refused). Start it. Trying again in" in caplog.text


def test_a_worker_told_to_stop_twice_is_hastened():
    stop = StopRequest()
    stop.ask()
    assert (stop.asked, stop.hastened) == (True, False)
    stop.ask()
    assert stop.hastened
    stop.close()


@pytest.mark.parametrize(("threads", "cpus", "engines"), [(1, 2.0, 2), (2, 2.0, 1)])
def test_engines_follow_from_the_cpus_that_the_worker_may_use(monkeypatch, tmp_path, threads, cpus, engines):
    made = []

    def pool(size, start, clock):
        made.append(size)
        raise KeyboardInterrupt

    monkeypatch.setattr(worker_main, "available_cpus", lambda: cpus)
    monkeypatch.setattr(worker_main, "EnginePool", pool)
    stop = StopRequest()
    with pytest.raises(KeyboardInterrupt):
        worker_main.run(WorkerSettings(home=tmp_path, threads=threads), stop)
    stop.close()
    assert made == [engines]


@pytest.mark.parametrize(("wanted", "limit"), [(None, 3686), (500, 500)])
def test_an_engines_memory_follows_from_the_workers_unless_an_operator_says_otherwise(
    monkeypatch, tmp_path, wanted, limit
):
    worker = MagicMock()
    monkeypatch.setattr(worker_main, "available_memory", lambda: 10 * 2**30)
    monkeypatch.setattr(worker_main, "Worker", worker)
    stop = StopRequest()

    worker_main.run(WorkerSettings(home=tmp_path, engines=2, engine_memory_mb=wanted), stop)

    stop.close()
    assert worker.call_args.args[-1].keep_mb == limit


@pytest.mark.parametrize(("memory_mb", "cache_mb"), [(4000, 1024), (600, 300)])
def test_an_engine_keeps_no_more_than_half_of_its_memory(monkeypatch, tmp_path, memory_mb, cache_mb):
    monkeypatch.setattr(worker_main, "Worker", MagicMock())
    monkeypatch.setattr(worker_main, "EnginePool", pool := MagicMock())
    monkeypatch.setattr(worker_main, "ChildProcess", child := MagicMock())
    stop = StopRequest()

    worker_main.run(WorkerSettings(home=tmp_path, engine_memory_mb=memory_mb), stop)

    stop.close()
    _, start, _ = pool.call_args.args
    start()
    child.assert_called_once_with(1, cache_mb, None)
