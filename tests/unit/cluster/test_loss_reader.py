"""Completing causes over an API server's answers, with nobody looking at a page."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.cluster.kubernetes.api import KubernetesApi, NotNow
from dashboard.cluster.kubernetes.loss_reader import LossReader
from shared.domain import AttemptCause
from shared.ports import RunningTask, WorkerReport
from shared.testing import InMemoryStore, make_attempt, make_sweep
from tests.support.false_api import FalseApi
from tests.unit.cluster.test_losses import disrupted

RECORDED = Path(__file__).parent / "recorded" / "pods.json"
C = AttemptCause


class World:
    """A namespace whose pods a test changes, a store, and the reader between them."""

    def __init__(self, server: FalseApi) -> None:
        self.server = server
        self.pods = [each for each in json.loads(RECORDED.read_text())["items"] if "worker" in each["metadata"]["name"]]
        self.events: list[dict[str, object]] = []
        self.status = 200
        server.answer = self.answer
        self.store = InMemoryStore()
        self.store.save_sweep(make_sweep(cancelled=True))
        self.reader = LossReader(KubernetesApi(server.configuration(), read_seconds=0.5), "boostgrid", self.store)

    @property
    def pod(self):
        return self.pods[0]

    def answer(self, method: str, path: str):
        if path.endswith("/log"):
            return 200, b"took a task\nsaid its last words\n"
        if path.endswith("/events"):
            return 200, {"items": self.events}
        return self.status, {"items": self.pods}

    def lose(self, ago: float = 60.0) -> None:
        ended_at = datetime.now(UTC) - timedelta(seconds=ago)
        pod = self.pods[0]["metadata"]["name"] if self.pods else "worker-unseen"
        self.store.append_attempts([make_attempt(cause=C.LOST, pod=pod, ended_at=ended_at, written_by="worker-2")])

    def attempt(self):
        attempt = make_attempt()
        ((found,),) = self.store.attempts(attempt.trial_ids).values()
        return found

    def work(self) -> None:
        """Let a worker be at a task: a sweep is open."""
        now = datetime.now(UTC)
        task = RunningTask(sweep_id="s", trial_ids=("t",), params={}, started_at=now, folds=3)
        fields = {"host": "h", "pid": 1, "started_at": now, "reported_at": now, "engines": 1, "threads": 1}
        self.store.report(WorkerReport.model_validate({"worker_id": "w", "running": (task,)} | fields))


@pytest.fixture
def world():
    with FalseApi() as server:
        yield World(server)


def test_nothing_is_asked_while_no_sweep_is_open(world):
    assert not world.reader.look()
    assert world.server.requests == []


def test_pods_are_looked_at_while_a_sweep_is_open_though_no_worker_is_at_it(world):
    world.store.save_sweep(make_sweep())
    assert world.reader.look()
    assert [path.partition("?")[0] for _, path in world.server.requests] == ["/api/v1/namespaces/boostgrid/pods"]


def test_an_eviction_is_entered_once_with_the_last_lines(world):
    world.lose()
    disrupted(world.pod, "TerminationByKubelet", "The node was low on resource: memory.")
    assert world.reader.look()
    attempt = world.attempt()
    assert (attempt.cause, attempt.log) == (C.EVICTED, "took a task\nsaid its last words\n")
    assert attempt.looked_at is not None
    disrupted(world.pod, "PreemptionByScheduler")
    world.reader.look()
    assert world.attempt() == attempt


def test_a_pod_that_is_gone_by_then_still_says_why(world):
    world.work()
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    end = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": at}}
    assert world.reader.look()
    world.pod["status"]["containerStatuses"][0] |= {"restartCount": 1, "lastState": end}
    world.reader.look()
    assert any(path.endswith("previous=true") for _, path in world.server.requests if "/log" in path)
    world.lose(ago=1)
    world.pods = []
    # the attempt names the pod that was
    gone = make_attempt().attempt_id
    world.store._attempts[gone] = world.store._attempts[gone].model_copy(update={"pod": next(iter(world.reader._pods))})
    world.reader.look()
    attempt = world.attempt()
    assert (attempt.cause, "last words" in attempt.log) == (C.POD_OUT_OF_MEMORY, True)


def test_of_a_pod_that_nobody_saw_the_events_are_asked(world):
    world.pods = []
    world.events = [{"reason": "Preempted"}]
    world.lose()
    world.reader.look()
    assert world.attempt().cause is C.PREEMPTED


def test_where_there_is_nothing_to_see_the_look_itself_is_entered(world):
    world.lose()
    world.reader.look()
    attempt = world.attempt()
    assert (attempt.cause, attempt.awaits_look) == (C.LOST, False)


def test_without_the_permission_nobody_waits_for_a_look(world):
    world.status = 403
    world.lose()
    assert world.reader.look()
    attempt = world.attempt()
    assert (attempt.cause, "may not list pods" in attempt.message, attempt.awaits_look) == (C.LOST, True, False)


def test_a_server_that_does_not_answer_is_asked_again_and_settles_nothing(world):
    world.status = 503
    world.lose()
    with pytest.raises(NotNow):
        world.reader.look()
    assert world.attempt().awaits_look
    world.status = 200
    world.reader.look()
    assert not world.attempt().awaits_look


def test_it_looks_by_itself_and_outlives_what_it_cannot_read(world, monkeypatch):
    monkeypatch.setattr("dashboard.cluster.kubernetes.loss_reader.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("dashboard.cluster.kubernetes.loss_reader.IDLE_SECONDS", 0.01)
    pods, world.pods = world.pods, ["no pod"]
    world.store.append_attempts([make_attempt(cause=C.LOST, pod=pods[0]["metadata"]["name"], written_by="w")])
    world.reader.start()
    time.sleep(0.2)
    disrupted(pods[0], "DeletionByPodGC")
    world.pods = pods
    end = time.monotonic() + 10
    while world.attempt().awaits_look and time.monotonic() < end:
        time.sleep(0.02)
    world.reader.stop()
    assert world.attempt().cause is C.NODE_GONE
