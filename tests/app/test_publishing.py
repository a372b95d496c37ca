"""A launch goes on to its end, whatever its visitor does meanwhile."""

from __future__ import annotations

import threading

import pytest

from dashboard.app_pages.common.publishing import Publishing
from dashboard.app_pages.new_sweep import launch_panel
from shared.domain import SweepStatus
from shared.errors import PublishFailed
from shared.operations import launch
from tests.app.conftest import save_sweep, texts

pytestmark = pytest.mark.slow


def test_a_launch_goes_on_without_its_page_and_is_shown_by_the_next_visit(dashboard):
    spec = save_sweep(dashboard, "first-000001").spec
    go_on, halfway = threading.Event(), threading.Event()

    def publish(show):
        show(0, 4)
        halfway.set()
        assert go_on.wait(30)
        return launch(spec, dashboard.store, dashboard.queue, show)

    publishing = Publishing(publish)
    assert halfway.wait(30)
    go_on.set()  # nobody looks

    at = dashboard.open("new_sweep", **{launch_panel._PUBLISHING: ("Left", publishing)})
    assert "**Left** is launched" in texts(at)
    newest = dashboard.store.summaries()[0]
    assert newest.status is SweepStatus.RUNNING
    assert dashboard.waiting() > 0


def test_a_launch_that_fails_without_its_page_is_told_to_the_next_visit(dashboard):
    def publish(show):
        raise PublishFailed("the queue is full", confirmed=3)

    at = dashboard.open("new_sweep", **{launch_panel._PUBLISHING: ("Left", Publishing(publish))})

    assert "3 tasks had been confirmed" in at.error[0].value
    at.run()
    assert not at.error
