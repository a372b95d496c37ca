"""The Cluster page over what Kubernetes tells, in every state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.cluster import (
    ClusterProcess,
    Condition,
    Deployment,
    EventGroup,
    Gap,
    LastEnd,
    QuotaUse,
    Resources,
    ScaleChange,
    ServiceStatus,
    Volume,
)
from shared.domain import ProcessState
from shared.errors import ServiceUnavailable
from shared.ports import RunningTask, WorkerReport
from tests.app.conftest import Down, on_kubernetes, texts

GIB = 2**30


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def pod(name: str = "worker-a", **changes: Any) -> ClusterProcess:
    process = ClusterProcess(
        name=name,
        state=ProcessState.RUNNING,
        phase="Running",
        ready=True,
        node="node-1",
        started_at=ago(hours=3),
        requests=Resources(cpu=2, memory=4 * GIB),
        limits=Resources(cpu=2, memory=4 * GIB),
        used=Resources(cpu=1.5, memory=GIB),
        containers=("worker",),
    )
    return process.model_copy(update=changes)


@pytest.fixture
def kubernetes(dashboard):
    """The fake with one ready worker's pod; ``tell`` changes what is told."""
    cluster = on_kubernetes(dashboard)
    cluster.told |= {
        "processes": (pod(),),
        "stops_idle_first": False,
        "grace_seconds": 120.0,
        "worker_requests": Resources(cpu=2, memory=4 * GIB),
    }
    return cluster


def badges(at) -> str:
    return " ".join(str(element.value) for element in at.get("markdown"))


def test_a_pod_with_its_node_and_what_it_uses(dashboard, kubernetes):
    at = dashboard.open("cluster")
    assert "on node-1 · started 3 h ago · CPU 1.5 of 2 · memory 1 GiB of 4 GiB" in texts(at)
    assert "Deployment worker" in at.slider[0].label
    assert not at.warning
    assert not at.error


def test_without_metrics_it_shows_what_is_asked_for(dashboard, kubernetes):
    kubernetes.told["processes"] = (pod(used=None),)
    assert "asks for 2 CPU · asks for 4 GiB" in texts(dashboard.open("cluster"))


def test_a_pod_runs_the_worker_that_reports_its_name(dashboard, kubernetes):
    dashboard.store.report(
        WorkerReport(
            worker_id="w", host="h", pid=7, pod="worker-a", started_at=ago(), reported_at=ago(), engines=2, threads=1
        )
    )
    at = dashboard.open("cluster")
    assert "Idle: waits for a task" in texts(at)
    assert "2 engines × 1 thread" in texts(at)
    assert texts(at).count("worker-a") == 1


def test_a_container_killed_for_its_memory(dashboard, kubernetes):
    end = LastEnd(reason="OOMKilled", exit_code=137, memory_limit=4 * GIB, ended_at=ago(minutes=5))
    kubernetes.told["processes"] = (pod(restarts=2, last_end=end),)
    at = dashboard.open("cluster")
    assert "Last end: OOMKilled, exit code 137; its limit is 4 GiB, 5 min ago" in texts(at)
    assert "2 restarts" in badges(at)


def test_pending_pods_are_counted_by_reason(dashboard, kubernetes):
    reason = "None of 2 nodes takes it: 2 with too little CPU free."
    waiting = {"state": ProcessState.STARTING, "phase": "Pending", "ready": False, "node": None, "used": None}
    kubernetes.told["processes"] = (pod(), *(pod(f"worker-{n}", detail=reason, **waiting) for n in range(3)))
    at = dashboard.open("cluster")
    assert at.warning[0].value == f"3 workers pending.\n\n3 pods: {reason}"
    assert "pending" in badges(at)


def test_a_rollout_that_a_quota_stops(dashboard, kubernetes):
    condition = Condition(type="ReplicaFailure", holds=True, reason="FailedCreate", message="exceeded quota: team")
    kubernetes.told["deployment"] = Deployment(
        name="worker", desired=3, updated=1, ready=1, unavailable=2, observed=False, conditions=(condition,)
    )
    at = dashboard.open("cluster")
    assert "exceeded quota: team" in at.warning[0].value
    for words in ("3 wanted", "1 updated", "1 ready", "2 unavailable", "not seen yet"):
        assert words in badges(at)


def test_broker_store_and_their_volumes(dashboard, kubernetes):
    volume = Volume(name="data-rabbitmq-0", phase="Bound", size=8 * GIB, storage_class="standard")
    kubernetes.told["services"] = (
        ServiceStatus(name="rabbitmq", processes=(pod("rabbitmq-0"),), volumes=(volume,)),
        ServiceStatus(name="mongodb"),
    )
    at = dashboard.open("cluster")
    assert "data-rabbitmq-0 · bound · 8 GiB · standard" in texts(at)
    assert "**RabbitMQ**" in texts(at)
    assert "No pod of it in this namespace" in texts(at)


def test_events_and_quota(dashboard, kubernetes):
    event = EventGroup(
        reason="BackOff", is_warning=True, count=9, about="Pod worker-a", objects=2, message="again", last_at=ago()
    )
    kubernetes.told |= {
        "events": (event,),
        "quota": (QuotaUse(quota="team", resource="requests.memory", used=8 * GIB, hard=16 * GIB),),
    }
    at = dashboard.open("cluster")
    row = at.dataframe[0].value.iloc[0]
    assert (row["reason"], row["times"], row["about"]) == ("BackOff", 9, "Pod worker-a and 1 more")
    assert at.progress[0].text == "requests.memory: 8 GiB of 16 GiB (team)"
    assert at.progress[0].value == 50


def test_a_missing_permission_is_shown_with_the_rule_and_the_rest_goes_on(dashboard, kubernetes):
    kubernetes.told["gaps"] = (Gap(what="events", reason="may not list events", remedy="- apiGroups: ['']"),)
    at = dashboard.open("cluster")
    assert "**Not shown: events**" in texts(at)
    assert at.code[0].value == "- apiGroups: ['']"
    assert "on node-1" in texts(at)


def test_old_news_are_shown_with_their_age_and_the_reason(dashboard, kubernetes):
    kubernetes.told |= {"observed_at": ago(hours=2), "trouble": "no answer within 5 s."}
    at = dashboard.open("cluster")
    assert at.warning[0].proto.title == "Kubernetes does not answer"
    assert "no answer within 5 s." in at.warning[0].value
    assert "was seen 2 h ago" in at.warning[0].value
    assert "on node-1" in texts(at)


def test_a_reader_that_hangs_is_told_though_nothing_failed(dashboard, kubernetes):
    kubernetes.told["observed_at"] = ago(minutes=2)
    at = dashboard.open("cluster")
    assert "It is slow." in at.warning[0].value


def test_a_cluster_that_never_answered_is_said_once_and_the_queue_and_workers_are_shown(dashboard):
    dashboard.cluster = Down("Kubernetes")
    dashboard.queued_sweep(tasks=1)
    dashboard.store.report(
        WorkerReport(
            worker_id="w", host="h", pid=7, pod="worker-a", started_at=ago(), reported_at=ago(), engines=1, threads=1
        )
    )
    at = dashboard.open("cluster", logs_open=True)
    assert [error.proto.title for error in at.error] == ["Kubernetes does not answer"]
    assert {metric.label: metric.value for metric in at.metric}["Waiting tasks"] == "1"
    assert "**w**" in texts(at)
    assert not at.slider


def test_a_cluster_that_never_answered_says_nothing_of_workers_that_it_cannot_know(dashboard):
    dashboard.cluster = Down("Kubernetes")
    at = dashboard.open("cluster")
    assert [info.value for info in at.info] == ["No worker has reported. Whether one is starting cannot be told."]


def test_who_set_the_number_last_and_when(dashboard, kubernetes):
    kubernetes.told["scaled"] = ScaleChange(manager="kubectl-scale", at=ago(minutes=4))
    assert "Last set by kubectl (kubectl-scale), 4 min ago." in texts(dashboard.open("cluster"))

    kubernetes.told["scaled"] = ScaleChange(manager="boostgrid-dashboard", at=None, by_us=True)
    assert "Last set by this dashboard." in texts(dashboard.open("cluster"))


def test_before_scaling_up_it_says_what_a_quota_withholds(dashboard, kubernetes):
    kubernetes.told["quota"] = (QuotaUse(quota="team", resource="requests.cpu", used=2, hard=4),)
    at = dashboard.open("cluster")
    at.slider[0].set_value(4).run()
    assert "Quota team withholds 2: 2 of 4 requests.cpu in use, each worker takes 2." in texts(at)


def test_before_scaling_to_none_it_says_what_becomes_of_the_queue(dashboard, kubernetes):
    dashboard.queued_sweep()
    at = dashboard.open("cluster")
    at.slider[0].set_value(0).run()
    assert "With no worker nothing is evaluated: 3 tasks waiting" in texts(at)
    at.button(key="apply_workers").click().run()
    assert kubernetes.desired == 0


def test_two_people_do_not_fight(dashboard, kubernetes):
    at = dashboard.open("cluster")
    at.slider[0].set_value(4).run()
    kubernetes.desired = 6  # somebody else was quicker, and this page has not seen it
    at.button(key="apply_workers").click().run()
    assert kubernetes.desired == 6
    assert "changed from 1 to 6 meanwhile" in at.error[0].value


def test_a_change_by_somebody_else_is_told_to_whoever_has_another_number_in_hand(dashboard, kubernetes):
    at = dashboard.open("cluster")
    at.slider[0].set_value(4).run()
    kubernetes.desired = 6
    kubernetes.told["scaled"] = ScaleChange(manager="kubectl-scale", at=ago())
    at.run()
    assert at.info[0].value == (
        "The number of workers was changed by kubectl (kubectl-scale) from 1 to 6. Your 4 was not sent."
    )
    assert at.slider[0].value == 6


def test_ones_own_change_is_no_news(dashboard, kubernetes):
    at = dashboard.open("cluster")
    at.slider[0].set_value(4).run()
    at.button(key="apply_workers").click().run()
    at.run()
    assert not [info for info in at.info if "was changed" in info.value]


def test_an_outage_while_scaling_is_told(dashboard, kubernetes, monkeypatch):
    def away(*_: object) -> None:
        raise ServiceUnavailable("Kubernetes", "no answer within 5 s", "It may be overloaded.")

    at = dashboard.open("cluster")
    at.slider[0].set_value(4).run()
    monkeypatch.setattr(kubernetes, "scale", away)
    at.button(key="apply_workers").click().run()
    assert "no answer within 5 s" in at.error[0].value


def test_many_workers_are_a_table_with_trouble_first(dashboard, kubernetes):
    crashed = pod("worker-z", state=ProcessState.CRASHED, detail="It keeps ending", restarts=5)
    kubernetes.told["processes"] = (*(pod(f"worker-{n:03}") for n in range(300)), crashed)
    table = dashboard.open("cluster").dataframe[0].value
    assert len(table) == 301
    assert table.iloc[0].to_dict() | {"started": ""} == {
        "worker": "worker-z",
        "state": "crashed",
        "ready": True,
        "restarts": 5,
        "last end": "",
        "node": "node-1",
        "started": "",
        "CPU": "1.5 of 2",
        "memory": "1 GiB of 4 GiB",
        "works on": "",
        "why": "It keeps ending",
    }


def test_logs_of_a_container_of_the_store_and_of_its_life_before(dashboard, kubernetes):
    store = pod("mongodb-0", containers=("mongodb", "users"))
    kubernetes.told["services"] = (ServiceStatus(name="mongodb", processes=(store,)),)
    kubernetes.written = {
        ("mongodb-0", "users", False): "users are there\n",
        ("mongodb-0", "users", True): "not yet up\n",
    }
    at = dashboard.open("cluster", logs_open=True)
    at.selectbox(key="log_of").set_value("mongodb-0").run()
    at.selectbox(key="log_container_mongodb-0").set_value("users").run()
    assert at.code[0].value == "users are there"

    at.toggle(key="log_previous").set_value(True).run()
    assert at.code[0].value == "not yet up"

    at.selectbox(key="log_container_mongodb-0").set_value("mongodb").run()
    assert at.code[0].value == "Nothing logged in a life before this one."


def test_logs_that_cannot_be_read_are_an_outage_of_the_panel_only(dashboard, kubernetes, monkeypatch):
    def away(*_: object, **__: object) -> str:
        raise ServiceUnavailable("Kubernetes", "no answer within 5 s", "It may be overloaded.")

    monkeypatch.setattr(kubernetes, "logs", away)
    at = dashboard.open("cluster", logs_open=True)
    assert [error.proto.title for error in at.error] == ["Kubernetes does not answer"]
    assert "on node-1" in texts(at)


def test_stopping_some_names_those_that_have_nothing_to_do(dashboard, kubernetes):
    kubernetes.desired = 3
    kubernetes.told |= {
        "processes": (
            pod("busy"),
            pod("idle"),
            pod("unheard-of"),
            pod("pending", state=ProcessState.STARTING, phase="Pending"),
        ),
    }
    for name in ("busy", "idle"):
        running = (
            (RunningTask(sweep_id="s", trial_ids=("t",), params={}, started_at=ago(), folds=3),)
            if name == "busy"
            else ()
        )
        dashboard.store.report(
            WorkerReport(
                worker_id=name,
                host="h",
                pid=7,
                pod=name,
                started_at=ago(),
                reported_at=ago(),
                engines=2,
                threads=1,
                running=running,
            )
        )
    at = dashboard.open("cluster")
    at.slider[0].set_value(1).run()
    at.button(key="apply_workers").click().run()
    assert kubernetes.idle == {"idle", "pending"}  # one that has not reported may well be busy
