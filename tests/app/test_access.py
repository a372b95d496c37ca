"""A dashboard that others reach shows how to unlock it, and nothing else."""

from __future__ import annotations

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from shared.settings import DashboardSettings
from tests.app.conftest import APP, Down, save_sweep


@pytest.fixture
def opened(dashboard):
    def visit(address, anonymous=None):
        config.set_option("server.address", address)
        dashboard.settings = DashboardSettings(home=dashboard.settings.home, anonymous=anonymous)
        at = AppTest.from_file(str(APP), default_timeout=60)
        at.run()
        assert not at.exception, at.exception
        return at

    return visit


@pytest.mark.parametrize("address", ["0.0.0.0", None])  # noqa: S104
def test_a_locked_dashboard_says_how_to_unlock_it_and_touches_nothing(dashboard, opened, address):
    dashboard.store = dashboard.queue = dashboard.cluster = Down("everything")
    at = opened(address)
    assert [title.value for title in at.title] == ["Boostgrid is locked"]
    (text,) = at.markdown
    assert "BOOSTGRID_ANONYMOUS=operator" in text.value
    assert "--host 127.0.0.1" in text.value
    assert [element.type for element in at.main] == ["main", "title", "markdown"]


@pytest.mark.parametrize(("address", "anonymous"), [("127.0.0.1", None), ("0.0.0.0", "operator")])  # noqa: S104
def test_an_open_one_shows_the_sweeps(dashboard, opened, address, anonymous):
    save_sweep(dashboard, "a-sweep-000000")
    assert [title.value for title in opened(address, anonymous).title] == ["Sweeps"]
