"""A broker that comes back without its data in the middle of a sweep, before two workers with real engines."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager

import pytest

from shared.adapters.embedded import EmbeddedStore
from shared.adapters.rabbitmq import RabbitTaskQueue
from shared.catalog import Library
from shared.domain import SweepSpec, SweepStatus, TrialState
from shared.operations import launch, lost_queues, resume
from shared.planning.versions import launch_version
from shared.settings import WorkerSettings
from tests.support.engine_evaluators import SUCCEED, TAKE_SIX_SECONDS, home_log
from tests.support.rabbitmq_server import RabbitmqServer, running
from worker.parent.engine_pool import EnginePool
from worker.parent.engine_process import ChildProcess
from worker.parent.memory_watch import MemoryWatch
from worker.parent.reporting import WorkerIdentity
from worker.parent.stop_request import StopRequest
from worker.parent.worker import Worker

pytestmark = pytest.mark.slow

_DEADLINE_SECONDS = 180
SPEC = SweepSpec.parse(
    {
        "name": "Emptied",
        "library": "xgboost",
        "dataset": {"name": "diabetes", "target": "target", "task": "regression"},
        "param_grid": [
            {"learning_rate": [0.9], "n_estimators": [TAKE_SIX_SECONDS]},
            # each a task of its own: most are left when the broker dies
            {"learning_rate": [number / 1000 for number in range(1, 161)], "n_estimators": [SUCCEED]},
        ],
        "metrics": ["rmse"],
        "folds": 3,
    }
)


@contextmanager
def worker(home, url):
    """A worker that works in a thread until the end of the block."""
    stop, store = StopRequest(), EmbeddedStore(home / "boostgrid.sqlite")
    queue = RabbitTaskQueue(url)
    versions = {"xgboost": launch_version(Library.XGBOOST)}
    one = Worker(
        WorkerSettings.model_validate({"home": home, "grace_seconds": 5}),
        WorkerIdentity.of_this_process(None, 1, 1, versions),
        store,
        queue,
        EnginePool(1, lambda: ChildProcess(1, 16, "tests.support.engine_evaluators:scripted"), time.monotonic),
        stop,
        MemoryWatch(24 * 2**30, 1, time.monotonic),
    )
    thread = threading.Thread(target=one.run)
    thread.start()
    try:
        yield thread
    finally:
        stop.ask()
        thread.join(30)
        stop.close()
        queue.close()
        store.close()


def until(condition):
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_workers_outlive_a_broker_that_was_emptied_and_after_a_resume_every_point_is_evaluated_once(
    rabbitmq_script, tmp_path
):
    home, folder = tmp_path / "home", tmp_path / "rabbitmq"
    home.mkdir()
    folder.mkdir()
    store = EmbeddedStore(home / "boostgrid.sqlite")
    with running(RabbitmqServer(rabbitmq_script, folder)) as server, ExitStack() as stack:
        queue = RabbitTaskQueue(server.url)
        stack.callback(store.close)
        stack.callback(queue.close)
        sweep = launch(SPEC, store, queue)

        def summary():
            return store.summaries([sweep.sweep_id])[0]

        def evaluated():
            log = home_log(home)
            return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []

        workers = [stack.enter_context(worker(home, server.url)) for _ in range(2)]
        until(lambda: summary().succeeded >= 10)
        server.kill()
        assert summary().open > 20, "the broker dies in the middle"
        shutil.rmtree(folder / "mnesia")
        server.start()

        until(lambda: lost_queues([summary()], store, queue) == {sweep.sweep_id})
        done = summary().succeeded
        time.sleep(3)  # nobody goes on with it, and nobody ends
        assert summary().succeeded == done < sweep.size
        assert summary().status is SweepStatus.RUNNING
        assert all(each.is_alive() for each in workers)

        resume(sweep.sweep_id, store, queue)
        assert lost_queues([summary()], store, queue) == frozenset()
        until(lambda: summary().status is SweepStatus.FINISHED)
        assert summary().succeeded == sweep.size
        assert Counter(evaluated()).most_common(1)[0][1] == 1, "a point was evaluated twice"
        assert len(evaluated()) == sweep.size
        assert {each.state for each in store.outcomes(sweep.sweep_id).outcomes} == {TrialState.SUCCEEDED}
        assert queue.status([]).dead == 0
