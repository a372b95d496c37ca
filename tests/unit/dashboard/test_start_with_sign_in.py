"""The start looks at the sign-in: what cannot work ends it, a provider that is down does not."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dashboard import __main__ as start

SECRET = "s3cret-of-the-client"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    real = importlib.import_module

    def found(name: str, *more: Any) -> Any:
        return name if name.startswith("authlib") else real(name, *more)

    def no_port(*_: object) -> int:
        raise OSError("stopped here")

    monkeypatch.setattr(importlib, "import_module", found)
    monkeypatch.setattr(start, "free_port", no_port)
    monkeypatch.setattr(start, "set_up_logs", lambda settings: None)
    monkeypatch.setattr(start, "_on_signal", lambda: None)
    path = tmp_path / "secrets.toml"
    monkeypatch.setenv("BOOSTGRID_OIDC_SECRETS", str(path))
    monkeypatch.setenv("BOOSTGRID_HOME", str(tmp_path))
    return path


def write(path: Path, **changes: str) -> None:
    keys = {
        "redirect_uri": "https://b.example.com/oauth2callback",
        "cookie_secret": "0123456789abcdef" * 3,
        "client_id": "boostgrid",
        "client_secret": SECRET,
        "server_metadata_url": "http://127.0.0.1:9/.well-known/openid-configuration",
    }
    path.write_text("[auth]\n" + "".join(f'{key} = "{value}"\n' for key, value in (keys | changes).items()))


def test_a_file_that_is_missing_or_wrong_ends_the_start(secrets: Path) -> None:
    gone = CliRunner().invoke(start.main, [])
    assert (gone.exit_code, "cannot be read (No such file" in gone.output) == (1, True)
    write(secrets, cookie_secret="short")
    short = CliRunner().invoke(start.main, [])
    assert (short.exit_code, "cookie_secret has fewer than 32 characters" in short.output) == (1, True)
    assert SECRET not in short.output


def test_a_provider_that_is_down_is_logged_and_keeps_nobody(secrets: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(secrets)
    with caplog.at_level(logging.WARNING):
        went_on = CliRunner().invoke(start.main, [])
    assert "stopped here" in went_on.output
    (record,) = [each for each in caplog.records if each.__dict__.get("event") == "oidc.problem"]
    assert "The provider at 127.0.0.1:9 does not answer" in record.getMessage()
    assert SECRET not in caplog.text
