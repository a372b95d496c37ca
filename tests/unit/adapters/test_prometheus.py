"""The port that a scraper reads, as a scraper reads it."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from shared.adapters.backends import open_metrics
from shared.ports import Durations, Measure, MeasureKind
from shared.settings import Settings


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def scrape(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return answer.read().decode().splitlines()


@pytest.fixture
def served():
    ends = []

    def serve(measure):
        port = free_port()
        ends.append(open_metrics(Settings(metrics_port=port), measure))
        return port

    yield serve
    for end in ends:
        end()


def test_counters_gauges_and_labels_are_as_prometheus_writes_them(served):
    port = served(
        lambda: [
            Measure("some_folds", "Folds.", MeasureKind.COUNTER, {"": 7}),
            Measure("some_trials", "Trials.", values={"failed": 2, "succeeded": 3}, label="state"),
        ]
    )
    lines = scrape(port)
    assert "some_folds_total 7.0" in lines
    assert "# TYPE some_folds_total counter" in lines
    assert 'some_trials{state="failed"} 2.0' in lines
    assert 'some_trials{state="succeeded"} 3.0' in lines
    assert "# HELP some_trials Trials." in lines


def test_durations_are_a_histogram_whose_buckets_add_up(served):
    durations = Durations()
    for seconds in (0.1, 0.5, 3.0, 100_000.0):
        durations.note(seconds)
    lines = scrape(served(lambda: [Measure("task_seconds", "s", MeasureKind.DURATIONS, durations=durations)]))
    assert 'task_seconds_bucket{le="0.5"} 2.0' in lines
    assert 'task_seconds_bucket{le="5"} 3.0' in lines
    assert 'task_seconds_bucket{le="7200"} 3.0' in lines
    assert 'task_seconds_bucket{le="+Inf"} 4.0' in lines
    assert "task_seconds_count 4.0" in lines
    assert "task_seconds_sum 100003.6" in lines


def test_each_scrape_measures_anew(served):
    now = iter(range(9))
    port = served(lambda: [Measure("a", "a", values={"": next(now)})])
    assert "a 0.0" in scrape(port)
    assert "a 1.0" in scrape(port)


def test_without_a_port_nothing_is_measured_and_with_one_it_is_on_loopback():
    open_metrics(Settings(), lambda: pytest.fail("measured"))()
    assert Settings().metrics_port is None
    assert Settings().metrics_host == "127.0.0.1"


def test_a_port_that_is_taken_is_said_and_the_process_goes_on(caplog):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        open_metrics(Settings(metrics_port=taken.getsockname()[1]), list)()
    assert "set BOOSTGRID_METRICS_PORT to a port that is free" in caplog.text


def test_its_end_frees_the_port():
    port = free_port()
    open_metrics(Settings(metrics_port=port), list)()
    with pytest.raises(urllib.error.URLError):
        scrape(port)
