"""The environment is read once, typed, and described where people look for it."""

from __future__ import annotations

import os
import pwd
import tempfile
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.adapters.backends import open_queue, open_store
from shared.adapters.embedded import EmbeddedStore, EmbeddedTaskQueue
from shared.settings import DashboardSettings, Settings, WorkerSettings, explain
from tests.support import ROOT


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for name in ("RABBITMQ_URL", "MONGODB_URL", "BOOSTGRID_HOME", "BOOSTGRID_ENGINES"):
        monkeypatch.delenv(name, raising=False)


def variables():
    for model in (Settings, WorkerSettings, DashboardSettings):
        for name, field in model.model_fields.items():
            default = field.get_default(call_default_factory=True)
            shown = "" if default is None else f"`{default}`".replace(str(Path.home()), "~")
            yield f"| `{field.validation_alias or f'BOOSTGRID_{name.upper()}'}` | {shown} | {field.description} |"


def test_the_configuration_page_lists_exactly_the_variables_that_are_read():
    page = (ROOT / "docs" / "configuration.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(set(variables()))


def test_the_environment_is_read(monkeypatch, tmp_path):
    monkeypatch.setenv("BOOSTGRID_HOME", str(tmp_path))
    monkeypatch.setenv("BOOSTGRID_ENGINES", "3")
    settings = WorkerSettings()
    assert (settings.home, settings.engines) == (tmp_path, 3)


def test_a_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("BOOSTGRID_HOME", "~/elsewhere")
    assert Settings().home == Path.home() / "elsewhere"


def test_an_empty_variable_counts_as_unset(monkeypatch):
    for name in ("RABBITMQ_URL", "BOOSTGRID_ENGINES", "BOOSTGRID_LOG_LEVEL", "BOOSTGRID_HOME", "BOOSTGRID_ANONYMOUS"):
        monkeypatch.setenv(name, "")
    settings = WorkerSettings()
    assert (settings.rabbitmq_url, settings.engines, settings.log_level) == (None, None, "INFO")
    assert settings.home == Path.home() / ".boostgrid"
    assert DashboardSettings().anonymous is None


@pytest.fixture
def no_home(monkeypatch):
    def unknown(uid):
        raise KeyError(uid)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)


def test_a_user_without_a_home_gets_a_folder_of_its_own(no_home, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert Settings().home == tmp_path / f"boostgrid-{os.getuid()}"


def test_the_root_folder_is_no_home_for_who_may_not_write_there(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert Settings().home == tmp_path / f"boostgrid-{os.getuid()}"


def test_a_tilde_without_a_home_is_refused_with_what_to_do(no_home, monkeypatch):
    monkeypatch.setenv("BOOSTGRID_HOME", "~/elsewhere")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "BOOSTGRID_HOME: value error, this user has no home folder; give the path in full" in explain(refused.value)


def test_access_without_sign_in_is_given_by_its_exact_name_only(monkeypatch):
    monkeypatch.setenv("BOOSTGRID_ANONYMOUS", "operator")
    assert DashboardSettings().anonymous == "operator"
    monkeypatch.setenv("BOOSTGRID_ANONYMOUS", "yes")
    with pytest.raises(ValidationError) as refused:
        DashboardSettings()
    assert "BOOSTGRID_ANONYMOUS: input should be 'operator'" in explain(refused.value)


def test_urls_are_secrets(monkeypatch):
    monkeypatch.setenv("RABBITMQ_URL", "amqp://someone:password@host/")
    assert "password" not in repr(Settings())


@pytest.mark.parametrize(("name", "value"), [("BOOSTGRID_ENGINES", "0"), ("BOOSTGRID_LOG_FORMAT", "xml")])
def test_a_wrong_value_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.removeprefix("BOOSTGRID_").lower()):
        WorkerSettings()


def test_without_urls_the_embedded_stack_is_opened(tmp_path):
    settings = Settings(home=tmp_path)
    store, queue = open_store(settings), open_queue(settings)
    assert isinstance(store, EmbeddedStore)
    assert isinstance(queue, EmbeddedTaskQueue)
    store.close()
    queue.close()
