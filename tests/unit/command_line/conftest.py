"""A folder of its own with a spec in it, for the embedded store and queue."""

from __future__ import annotations

import pytest

from shared.adapters.backends import open_store
from shared.settings import Settings
from tests.support.shell import SPEC


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return the folder that the commands run in; what Boostgrid keeps is in home/ in it."""
    for name in ("RABBITMQ_URL", "MONGODB_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOOSTGRID_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.fixture
def store(home):
    """Return the store that the commands use."""
    store = open_store(Settings())
    yield store
    store.close()
