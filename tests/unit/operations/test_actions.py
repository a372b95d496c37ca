"""Every action is noted with who asked for it."""

from __future__ import annotations

import getpass
import logging
import os
import subprocess
import sys

import pytest

from shared import operations
from shared.domain import Actor, Role
from shared.testing import InMemoryStore, InMemoryTaskQueue, make_spec
from tests.support import ROOT


@pytest.fixture
def noted(caplog):
    caplog.set_level(logging.INFO, logger="shared.operations.actions")

    def actions():
        return [(record.event, record.by) for record in caplog.records if hasattr(record, "by")]

    return actions


def test_what_is_done_to_a_sweep_is_noted_with_who_asked(noted):
    store, queue, ada = InMemoryStore(), InMemoryTaskQueue(), Actor(name="ada", role=Role.OPERATOR)
    spec = make_spec(dataset={"name": "diabetes", "target": "target", "task": "regression"})
    sweep_id = operations.launch(spec, store, queue, by=ada).sweep_id
    operations.cancel(sweep_id, store, queue, by=ada)
    operations.resume(sweep_id, store, queue, by=ada)
    operations.retry_failed(sweep_id, store, queue, by=ada)
    operations.delete(sweep_id, store, queue, by=ada)
    assert noted() == [
        (f"action.{action}", "ada") for action in ("launch", "cancel", "resume", "retry", "delete_sweep")
    ]


def test_without_a_name_it_is_the_system_user(noted):
    store = InMemoryStore()
    spec = make_spec(dataset={"name": "diabetes", "target": "target", "task": "regression"})
    operations.launch(spec, store, InMemoryTaskQueue())
    assert noted() == [("action.launch", getpass.getuser())]


def test_a_user_without_a_name_is_named_by_number(monkeypatch):
    def nameless():
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nameless)
    monkeypatch.setattr("os.getuid", lambda: 12345)
    assert Actor.system_user().name == "uid 12345"


@pytest.mark.slow
@pytest.mark.parametrize(("level", "told"), [("INFO", True), (None, False)])
def test_the_command_line_tells_of_actions_where_its_log_level_says_so(tmp_path, level, told):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOOSTGRID_")}
    environment |= {"BOOSTGRID_HOME": str(tmp_path)} | ({"BOOSTGRID_LOG_LEVEL": level} if level else {})
    (tmp_path / "table.csv").write_text("x,y\n1,2\n2,3\n")
    command = [sys.executable, "-m", "shared", "store", str(tmp_path / "table.csv")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert (f"by={getpass.getuser()}" in done.stderr) is told
