"""The dashboard over fakes, driven without a browser."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.analysis import GridPoint, grid_points
from dashboard.cluster import Deployment
from dashboard.cluster.testing import FakeCluster
from shared.domain import TASK_SCHEMA_VERSION, ErrorCause, Sweep
from shared.errors import ServiceUnavailable
from shared.operations import store_named
from shared.planning import grid_size
from shared.settings import DashboardSettings
from shared.testing import InMemoryStore, InMemoryTaskQueue, make_outcome, make_spec, make_sweep, make_task

APP = Path(services.__file__).parent / "app.py"
#: the link to the results of the fixture's sweep
SWEEP = {"sweep": "first-000001"}


class Down:
    """A service that does not answer, whatever it is asked."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        def unavailable(*_: object, **__: object) -> None:
            raise ServiceUnavailable(self._service, "connection refused", f"Start {self._service}.")

        return unavailable


@dataclass
class Dashboard:
    """The fakes behind the pages, and the way to a page."""

    settings: DashboardSettings
    store: Any = field(default_factory=InMemoryStore)
    queue: Any = field(default_factory=InMemoryTaskQueue)
    cluster: FakeCluster = field(default_factory=FakeCluster)

    def queued_sweep(self, sweep_id: str = "first-000001", tasks: int = 3, **changes: Any) -> Sweep:
        """Save a sweep whose tasks wait in its queue, and return it."""
        sweep = make_sweep(sweep_id, **{"queued": True, "task_version": TASK_SCHEMA_VERSION} | changes)
        self.store.save_sweep(sweep)
        published = [make_task(number, sweep_id=sweep_id, epoch=sweep.epoch) for number in range(tasks)]
        self.queue.publish(sweep.address, published)
        return sweep

    def waiting(self) -> int:
        """Return how many tasks wait in all queues together."""
        return self.queue.status(self.queue.addresses()).ready

    def open(self, page: str, /, query: dict[str, str] | None = None, **state: object) -> AppTest:
        """Return the page as a visitor finds it."""
        at = AppTest.from_file(str(APP), default_timeout=60)
        at.run()
        for key, value in state.items():
            at.session_state[key] = value
        at.switch_page(f"app_pages/{page}/page.py")
        at.query_params.clear()
        for key, value in (query or {}).items():
            at.query_params[key] = value
        at.run()
        assert not at.exception, at.exception
        return at


@pytest.fixture
def dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    st.cache_data.clear()
    st.cache_resource.clear()
    config.set_option("server.address", "127.0.0.1")  # as `make run` starts it: open
    world = Dashboard(DashboardSettings(home=tmp_path))
    for name in ("settings", "store", "queue", "cluster"):
        monkeypatch.setattr(services, name, lambda name=name: getattr(world, name))
    yield world
    config.set_option("server.address", None)


def save_sweep(dashboard: Dashboard, sweep_id: str, **changes: Any) -> Sweep:
    """Save a sweep on a stored data set, as launching does: of four trials, unless ``changes`` to its spec say else."""
    info = store_named("diabetes", dashboard.store)
    spec = make_spec(dataset={"name": info.name, "target": "target", "task": "regression"}, **changes)
    sweep = make_sweep(sweep_id, spec=spec.with_dataset_hash(info.content_hash), size=grid_size(spec).trials)
    dashboard.store.save_sweep(sweep)
    return sweep


@pytest.fixture
def sweep(dashboard: Dashboard) -> Sweep:
    """The sweep of SWEEP, of four trials, without results."""
    return save_sweep(dashboard, SWEEP["sweep"])


def trials_of(sweep: Sweep) -> tuple[GridPoint, ...]:
    """Return the sweep's points, each a trial of its own."""
    points = grid_points(sweep)
    assert points is not None
    return points


def evaluate(dashboard: Dashboard, sweep: Sweep, count: int, failed: int = 0) -> list[str]:
    """Record outcomes of the sweep's first trials: scores 0.5, 0.6, ... and failures at the end."""
    trials = trials_of(sweep)[:count]
    for number, trial in enumerate(trials):
        cause = ErrorCause.EVALUATION if number >= count - failed else None
        outcome = make_outcome(score=0.5 + number / 10, failed=cause, trial_id=trial.trial_id, params=trial.params)
        dashboard.store.record(sweep.sweep_id, [outcome])
    return [trial.trial_id for trial in trials]


def on_kubernetes(dashboard: Dashboard) -> FakeCluster:
    """Let the fake cluster tell of a Deployment with one ready worker, and return it; ``told`` takes more."""
    cluster = dashboard.cluster
    cluster.desired = 1
    cluster.told = {
        "kind": "Deployment worker",
        "deployment": Deployment(name="worker", desired=1, updated=1, ready=1),
        "observed_at": datetime.now(UTC),
    }
    return cluster


def texts(at: AppTest) -> str:
    """Return all that the page says, for looking a sentence up."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "warning", "info", "success", "page_link")
    return "\n".join(str(element.value) for kind in kinds for element in at.get(kind))
