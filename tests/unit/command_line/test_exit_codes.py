"""What cannot be done ends with a code and one sentence, never with a traceback."""

from __future__ import annotations

import pytest

from shared.errors import ServiceUnavailable
from tests.support.shell import run

pytestmark = pytest.mark.usefixtures("home")


@pytest.mark.parametrize(
    "arguments",
    [
        ("launch", "absent.yaml"),
        ("launch", "spec.yaml", "--workers", "-1"),
        ("launch", "spec.yaml", "--no-follow", "--workers", "1"),
        ("launch", "spec.yaml", "--workers", "1", "--no-follow"),
        ("best", "x", "--format", "pickle"),
        ("dance",),
    ],
)
def test_wrong_usage_has_its_own_exit_code(store, arguments):
    assert run(*arguments).exit_code == 2
    assert store.summaries() == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("follow", "nothing"),
        ("best", "nothing"),
        ("export", "nothing"),
        ("cancel", "nothing"),
        ("resume", "nothing"),
        ("retry", "nothing"),
        ("delete", "nothing", "--yes"),
        ("spec", "nothing"),
        ("fetch", "nothing", "-o", "x.parquet"),
    ],
)
def test_unknown_id_is_one_sentence(arguments):
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "nothing" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_wrong_setting_is_named(monkeypatch):
    monkeypatch.setenv("BOOSTGRID_MAX_UPLOAD_MB", "many")
    result = run("list")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: BOOSTGRID_MAX_UPLOAD_MB: ")


def test_service_that_is_down_is_named(monkeypatch):
    def down(settings):
        raise ServiceUnavailable("MongoDB", "connection refused", "Start it.")

    monkeypatch.setattr("shared.command_line.services.open_store", down)
    result = run("list")
    assert (result.exit_code, result.stderr) == (1, "Error: MongoDB does not answer (connection refused). Start it.\n")
