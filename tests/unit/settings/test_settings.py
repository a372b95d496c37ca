"""The environment is read once, typed, and described where README describes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.adapters.backends import open_queue, open_store
from shared.adapters.embedded import EmbeddedStore, EmbeddedTaskQueue
from shared.settings import DashboardSettings, Settings, WorkerSettings
from tests.support import ROOT


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for name in ("RABBITMQ_URL", "MONGODB_URL", "BOOSTGRID_HOME", "BOOSTGRID_ENGINES"):
        monkeypatch.delenv(name, raising=False)


def variables():
    for model in (Settings, WorkerSettings, DashboardSettings):
        for name, field in model.model_fields.items():
            yield field.validation_alias or f"BOOSTGRID_{name.upper()}", field


def test_readme_describes_every_variable():
    readme = (ROOT / "README.md").read_text()
    for name, field in variables():
        assert f"| `{name}` |" in readme, name
        assert field.description in readme, f"README describes {name} in other words"


def test_the_environment_is_read(monkeypatch, tmp_path):
    monkeypatch.setenv("BOOSTGRID_HOME", str(tmp_path))
    monkeypatch.setenv("BOOSTGRID_ENGINES", "3")
    settings = WorkerSettings()
    assert (settings.home, settings.engines) == (tmp_path, 3)


def test_a_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("BOOSTGRID_HOME", "~/elsewhere")
    assert Settings().home == Path.home() / "elsewhere"


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
