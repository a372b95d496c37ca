"""`python -m dashboard`: one command starts everything, and nothing is left when it ends, however it ends."""

from __future__ import annotations

import contextlib
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from dashboard.__main__ import main
from tests.support.dashboard_process import DashboardProcess

pytestmark = pytest.mark.slow


def all_gone(family: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family)


@pytest.fixture
def start(tmp_path: Path) -> Iterator:
    with contextlib.ExitStack() as started:
        yield lambda *arguments, home=tmp_path: started.enter_context(DashboardProcess(home, *arguments))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_command_starts_all_and_a_signal_stops_all(start, tmp_path, number):
    started = start()
    with urllib.request.urlopen(started.url()) as page:  # noqa: S310 - a local http address
        assert page.status == 200
    assert "secrets" not in started.output, "nobody signs in here"
    started.wait_until(lambda: len(started.workers()) == 2)
    family = started.family()

    started.process.send_signal(number)

    assert started.wait() == 0, started.output
    assert "Stopped. Sweeps and results are kept." in started.output
    assert all_gone(family)
    assert (tmp_path / "boostgrid.sqlite").exists()


def test_nothing_is_left_after_kill_9(start):
    started = start("--workers", "1")
    started.url()
    started.wait_until(lambda: len(started.workers()) == 1)
    family = started.family()

    started.process.kill()
    started.wait()

    started.wait_until(lambda: all_gone(family))


def test_asked_twice_it_stops_at_once(start):
    started = start("--workers", "1")
    started.url()
    started.wait_until(lambda: len(started.workers()) == 1)
    family = started.family()
    started.workers()[0].suspend()  # it would take its time

    started.process.send_signal(signal.SIGINT)
    started.wait_until(lambda: "Stopping" in started.output)
    started.process.send_signal(signal.SIGINT)

    assert started.wait() == 130
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
    started.wait_until(lambda: all_gone(family))


def test_a_second_start_on_the_same_home_names_the_first(start):
    first = start("--no-workers")
    url = first.url()

    second = start("--no-workers")

    assert second.wait() == 1
    assert f"already running at {url}" in second.output.replace("127.0.0.1", "localhost")


def test_a_start_after_a_stop_keeps_the_number_of_workers(start):
    first = start("--workers", "1")
    first.url()
    first.process.send_signal(signal.SIGINT)
    first.wait()

    second = start()
    second.url()

    second.wait_until(lambda: len(second.workers()) == 1)


def test_a_taken_port_gives_the_next_free_one(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        url = start("--no-workers", "--port", str(port)).url()

    assert int(url.rsplit(":", 1)[1]) > port


def test_workers_and_no_workers_exclude_each_other(start):
    started = start("--no-workers", "--workers", "2")

    assert started.wait() == 2
    assert "exclude each other" in started.output


def test_an_address_that_is_not_this_machines_is_named(start):
    started = start("--no-workers", "--host", "203.0.113.9")

    assert started.wait() == 1
    assert "on 203.0.113.9; choose another --port, or --host" in started.output
    assert "Traceback" not in started.output


def test_a_setting_that_is_wrong_is_named_by_its_variable():
    result = CliRunner().invoke(main, ["--no-workers"], env={"BOOSTGRID_LOG_LEVEL": "loud"})

    assert result.exit_code == 1
    assert "BOOSTGRID_LOG_LEVEL: string should match" in result.output
