"""The heartbeat file tells life and readiness, whatever the engines and the services do."""

from __future__ import annotations

import logging
import os
import threading

import pytest

from shared.errors import ServiceUnavailable
from shared.settings import WorkerSettings
from tests.support.worker_bench import wait_for
from worker import __main__ as worker_main
from worker.parent.heartbeat import READY, STARTING, Heartbeat
from worker.parent.stop_request import StopRequest

LONG_AGO = 1_000_000.0


@pytest.fixture
def beating(bench, tmp_path):
    file = tmp_path / "heartbeat"
    made = bench(settings={"heartbeat_file": file})
    return made, file


def age(file):
    os.utime(file, (LONG_AGO, LONG_AGO))


def is_fresh(file):
    return file.stat().st_mtime > LONG_AGO


def test_a_worker_is_ready_once_it_reads_the_queue(beating, monkeypatch):
    bench, file = beating
    Heartbeat(file, lambda: 0).say(STARTING)
    consume = bench.queue.consume

    def refuse():
        raise ServiceUnavailable("RabbitMQ", "connection refused", "Start it.")

    monkeypatch.setattr(bench.queue, "consume", refuse)
    bench.until(lambda: bench.pool.idle_count == 1)
    bench.pass_time(2)
    assert file.read_text() == f"{STARTING}\n"
    monkeypatch.setattr(bench.queue, "consume", consume)
    bench.pass_time(2)
    assert file.read_text() == f"{READY}\n"


def test_it_beats_through_a_long_fit(beating):
    bench, file = beating
    gate = threading.Event()
    bench.evaluate = wait_for(gate)
    bench.task(bench.sweep())
    Heartbeat(file, lambda: 0).say(READY)
    bench.until(lambda: bench.requests)
    age(file)
    bench.pass_time(2)
    assert is_fresh(file)
    assert file.read_text().startswith(READY), "a busy worker is ready"
    gate.set()
    bench.until_settled()


def test_it_beats_through_an_outage(beating, monkeypatch):
    bench, file = beating
    bench.task(bench.sweep())
    Heartbeat(file, lambda: 0).say(READY)
    fresh_at_tries = []
    load = bench.store.load_dataset

    def away_for_a_while(content_hash):
        fresh_at_tries.append(is_fresh(file))
        age(file)
        bench.now += 2
        if len(fresh_at_tries) < 3:
            raise ServiceUnavailable("MongoDB", "connection refused", "Start it.")
        return load(content_hash)

    monkeypatch.setattr(bench.store, "load_dataset", away_for_a_while)
    bench.until_settled()
    assert fresh_at_tries == [True, True, True]


def test_it_is_alive_but_not_ready_while_it_waits_for_its_services(tmp_path, monkeypatch):
    file = tmp_path / "heartbeat"
    stop = StopRequest()
    seen = []

    def refuse(settings):
        seen.append((file.read_text(), is_fresh(file)))
        age(file)
        if len(seen) == 2:
            stop.ask()
        raise ServiceUnavailable("MongoDB", "connection refused", "Start it.")

    monkeypatch.setattr(worker_main, "open_store", refuse)
    worker_main.run(WorkerSettings(home=tmp_path, heartbeat_file=file), stop)
    stop.close()
    assert seen == [("starting\n", True), ("starting\n", True)]


def test_without_a_file_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    heartbeat = Heartbeat(None, lambda: 0)
    heartbeat.say(READY)
    heartbeat.beat()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_is_told_once_and_stops_nothing(tmp_path, caplog):
    clock = iter(range(100))
    heartbeat = Heartbeat(tmp_path / "no such folder" / "heartbeat", lambda: next(clock))
    with caplog.at_level(logging.WARNING):
        heartbeat.say(READY)
        heartbeat.beat()
        heartbeat.beat()
    (record,) = caplog.records
    assert "cannot write the heartbeat" in record.message
    assert "check the folder" in record.message


def test_it_is_touched_once_a_second_however_often_the_loop_turns(tmp_path):
    file = tmp_path / "heartbeat"
    now = 10.0
    heartbeat = Heartbeat(file, lambda: now)
    heartbeat.say(READY)
    heartbeat.beat()
    age(file)
    heartbeat.beat()
    assert not is_fresh(file)
    now += 1
    heartbeat.beat()
    assert is_fresh(file)
