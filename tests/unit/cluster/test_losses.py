"""Why a worker is gone, by pods as the API server says them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.cluster.kubernetes.losses import NODE_SECONDS, SETTLE_SECONDS, explain, pod_facts
from shared.domain import AttemptCause
from shared.testing import make_attempt

C = AttemptCause
LAST_HEARD = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
NOW = LAST_HEARD + timedelta(seconds=20)
LOST = make_attempt(cause=C.LOST, ended_at=LAST_HEARD, pod="worker-1", written_by="worker-2")


@pytest.fixture
def pod():
    """A worker's pod as it was recorded, running."""
    items = json.loads((Path(__file__).parent / "recorded" / "pods.json").read_text())["items"]
    return next(each for each in items if each["metadata"]["name"].startswith("worker-"))


def ended(pod, reason="Error", code=137, seconds=1, state="lastState"):
    """Let the pod's container have ended, that long after its worker was last heard of."""
    at = f"{LAST_HEARD + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
    status = pod["status"]["containerStatuses"][0]
    status["restartCount"] = 1
    status[state] = {"terminated": {"reason": reason, "exitCode": code, "finishedAt": at}}
    return pod


def disrupted(pod, reason, message=""):
    condition = {"type": "DisruptionTarget", "status": "True", "reason": reason, "message": message}
    pod["status"]["conditions"].append(condition)
    return pod


def why(pod, now=NOW, events=(), **changes):
    facts = pod_facts(pod).model_copy(update=changes) if pod else None
    return explain(LOST, facts, events, now)


def test_an_earlier_life_is_not_what_ended_the_attempt(pod):
    ended(pod, "OOMKilled", seconds=-4)
    began = LOST.model_copy(update={"started_at": LAST_HEARD - timedelta(seconds=1)})
    once = pod_facts(pod)
    assert explain(began, once, [], NOW).cause is C.POD_OUT_OF_MEMORY  # the only one: the clocks differ
    twice = pod_facts(ended(pod, "Error", seconds=2), once)
    assert len(twice.ends) == 2
    end = explain(began, twice, [], NOW)
    assert (end.cause, end.message) == (C.LOST, "the worker's container ended: Error, exit code 137")


def test_a_container_that_was_killed_for_its_memory(pod):
    pod["spec"]["containers"][0]["resources"]["limits"]["memory"] = "512Mi"
    end = why(ended(pod, "OOMKilled"), log="the last line")
    assert (end.cause, end.memory_limit_mb, end.log) == (C.POD_OUT_OF_MEMORY, 512, "the last line")
    assert "512 MB" in end.message
    assert end.looked_at == NOW


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("PreemptionByScheduler", C.PREEMPTED),
        ("DeletionByTaintManager", C.NODE_GONE),
        ("DeletionByPodGC", C.NODE_GONE),
        ("EvictionByEvictionAPI", C.DRAINED),
        ("TerminationByKubelet", C.EVICTED),
        ("SomethingOfALaterKubernetes", C.EVICTED),
    ],
)
def test_a_pod_that_was_disrupted_says_by_whom(pod, reason, cause):
    end = why(disrupted(ended(pod), reason, "The node was low on resource: memory."))
    assert end.cause is cause
    assert end.message.endswith("The node was low on resource: memory")


def test_what_was_known_of_a_pod_outlasts_it(pod):
    end = why(disrupted(pod, "EvictionByEvictionAPI"), gone=True, log="the last line")
    assert (end.cause, end.log) == (C.DRAINED, "the last line")


def test_a_pod_that_failed_says_why_in_its_status(pod):
    pod["status"] |= {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    assert why(pod).cause is C.EVICTED


def test_memory_comes_first_where_a_pod_was_disrupted_later(pod):
    assert why(disrupted(ended(pod, "OOMKilled"), "EvictionByEvictionAPI")).cause is C.POD_OUT_OF_MEMORY


@pytest.mark.parametrize("gone", [False, True])
def test_a_pod_that_is_deleted(pod, gone):
    pod["metadata"]["deletionTimestamp"] = "2026-11-28T18:00:30Z"
    assert why(pod, gone=gone).cause is C.DRAINED
    assert why(ended(pod), gone=gone).cause is C.DRAINED


def test_a_pod_that_was_seen_alive_and_is_gone_was_deleted(pod):
    assert why(pod, gone=True).cause is C.DRAINED


@pytest.mark.parametrize(
    ("reason", "cause"),
    [("Preempted", C.PREEMPTED), ("Evicted", C.EVICTED), ("TaintManagerEviction", C.NODE_GONE)],
)
def test_of_a_pod_that_nobody_saw_the_events_tell(reason, cause):
    event = {"reason": reason, "lastTimestamp": "2026-11-28T17:59:50Z"}
    assert why(None, events=[{"reason": "Scheduled"}, event]).cause is cause
    old = event | {"lastTimestamp": "2026-11-28T17:00:00Z"}
    assert why(None, events=[old], now=NOW + timedelta(minutes=5)).cause is C.LOST


def test_another_end_is_told_with_its_code_and_stays_without_a_reason(pod):
    end = why(ended(pod, "Error", 139, state="state"))
    assert (end.cause, end.message) == (C.LOST, "the worker's container ended: Error, exit code 139")


def test_the_end_of_an_earlier_life_explains_nothing(pod):
    ended(pod, "OOMKilled", seconds=-3600)
    assert why(pod) is None
    late = why(pod, now=LAST_HEARD + timedelta(seconds=SETTLE_SECONDS))
    assert (late.cause, "frozen, or cut off" in late.message) == (C.LOST, True)


def test_ends_are_remembered_when_the_next_one_takes_their_place(pod):
    first = pod_facts(ended(pod, "OOMKilled"))
    both = pod_facts(ended(pod, "Error", seconds=300), first)
    assert explain(LOST, both, [], NOW).cause is C.POD_OUT_OF_MEMORY


def test_what_runs_the_pod_has_time_to_say_so(pod):
    assert why(pod, now=LAST_HEARD + timedelta(seconds=SETTLE_SECONDS - 1)) is None
    assert why(None, now=LAST_HEARD + timedelta(seconds=SETTLE_SECONDS - 1)) is None
    assert why(None, now=LAST_HEARD + timedelta(seconds=SETTLE_SECONDS)).cause is C.LOST


def test_a_node_that_fell_silent_has_time_to_be_given_up(pod):
    next(each for each in pod["status"]["conditions"] if each["type"] == "Ready")["status"] = "False"
    assert why(pod, now=LAST_HEARD + timedelta(seconds=NODE_SECONDS - 1)) is None
    assert why(pod, now=LAST_HEARD + timedelta(seconds=NODE_SECONDS)).cause is C.LOST
