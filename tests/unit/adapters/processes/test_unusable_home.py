"""A home folder that is read-only, or whose disk is full, is a sentence, and nothing is left behind in it."""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from dashboard.__main__ import main
from dashboard.cluster.local.processes import LocalProcesses
from dashboard.cluster.port import ScalingRefused
from shared.adapters.processes.home import HomeUnusable
from shared.adapters.processes.home_lock import HomeLock
from shared.adapters.processes.local_workers import LocalWorkers
from shared.adapters.processes.state_files import LocalFiles
from shared.adapters.processes.supervisor import Supervisor


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_cannot_be_declared_or_reported_leaves_no_file_behind(tmp_path):
    files = LocalFiles(tmp_path)
    for write in (lambda: files.declare(2), lambda: files.report(())):
        with full_disk(), pytest.raises(HomeUnusable, match=r"cannot be written to .* free some space"):
            write()
    assert names(tmp_path) == []


def test_what_stood_before_stands_when_it_cannot_be_replaced(tmp_path):
    files = LocalFiles(tmp_path)
    files.declare(2)
    with full_disk(), pytest.raises(HomeUnusable):
        files.declare(3)
    assert files.wanted() == 2


def test_a_home_on_a_full_disk_is_not_taken(tmp_path):
    with full_disk(), pytest.raises(HomeUnusable, match="File too large"):
        HomeLock(tmp_path, "http://127.0.0.1:1").__enter__()
    assert "dashboard.address" not in names(tmp_path)
    with HomeLock(tmp_path, "http://127.0.0.1:1"):  # its lock was given back
        pass


@pytest.fixture
def no_folder(tmp_path):
    """A home that cannot be made, by nobody: a file is in its way."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "home"


def test_the_dashboard_says_that_its_home_is_unusable(no_folder, monkeypatch):
    monkeypatch.setenv("BOOSTGRID_HOME", str(no_folder))
    for name in ("MONGODB_URL", "RABBITMQ_URL"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(main, ["--no-browser", "--port", "0"])
    assert result.exit_code == 1
    assert "cannot be written to (Not a directory)" in result.output
    assert "Traceback" not in result.output


def test_the_slider_says_that_the_home_is_unusable(tmp_path):
    files = LocalFiles(tmp_path)
    files.declare(1)
    files.report(())
    with full_disk(), pytest.raises(ScalingRefused, match="cannot be written to"):
        LocalProcesses(tmp_path, maximum=4).scale(2)
    assert files.wanted() == 1


def test_the_supervisor_says_it_once_and_goes_on(tmp_path, caplog, monkeypatch):
    files = LocalFiles(tmp_path)
    files.declare(0)
    supervisor = Supervisor(LocalWorkers(tmp_path), files.wanted, files.report, lambda: ())
    steps = iter([False, False, False, True])
    monkeypatch.setattr(supervisor._leave, "wait", lambda seconds: None)
    monkeypatch.setattr(supervisor._leave, "is_set", lambda: next(steps))
    with caplog.at_level(logging.ERROR), full_disk():
        supervisor._run()
        assert len(caplog.records) == 1
    assert "could not supervise the workers" in caplog.text
    assert "Traceback" not in caplog.text
    assert names(tmp_path) == ["workers-desired.json"]
    supervisor.reconcile()
    assert files.observed().is_fresh


def test_a_supervisor_leaves_a_home_that_became_unusable(no_folder, caplog):
    files = LocalFiles(no_folder)
    Supervisor(LocalWorkers(no_folder), files.wanted, files.report, lambda: ()).stop()
    assert "could not supervise the workers" in caplog.text
