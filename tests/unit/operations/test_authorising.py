"""A viewer is refused where the action is carried out; what an operator does is in the audit."""

from __future__ import annotations

import ast
import logging
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dashboard
from dashboard.cluster import ScalingRefused
from dashboard.cluster.scaling import set_automatic, set_limits, set_workers
from dashboard.cluster.testing import FakeCluster
from shared import operations
from shared.datasets import see_file
from shared.domain import Action, Actor, ErrorCause, Role
from shared.errors import DatasetError, NotAllowed, ServiceUnavailable
from shared.testing import InMemoryStore, InMemoryTaskQueue, make_outcome, make_spec

VIEWER, OPERATOR = Actor(name="Vera", role=Role.VIEWER), Actor(name="Otto", role=Role.OPERATOR)
TABLE = pd.DataFrame({"a": [1.0, 2.0, 3.0], "y": [1.0, 2.5, 3.0]})
CSV = b"a,y\n1,1\n2,2.5\n3,3\n"


class Untouchable:
    """Fails the test whatever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


#: every action, as it is asked for
ACTIONS = {
    Action.LAUNCH: lambda store, queue, by: operations.launch(make_spec(), store, queue, by=by),
    Action.RESUME: lambda store, queue, by: operations.resume("s", store, queue, by=by),
    Action.RETRY: lambda store, queue, by: operations.retry_failed("s", store, queue, by=by),
    Action.CANCEL: lambda store, queue, by: operations.cancel("s", store, queue, by=by),
    Action.DELETE_SWEEP: lambda store, queue, by: operations.delete("s", store, queue, by=by),
    Action.DISCARD: lambda store, queue, by: operations.discard_dead_letters(queue, store, by=by),
    Action.STORE_DATASET: lambda store, queue, by: operations.store_frame(TABLE, "mine", store, by=by),
    Action.RENAME_DATASET: lambda store, queue, by: operations.rename_dataset("mine", "ours", store, by=by),
    Action.DELETE_DATASET: lambda store, queue, by: operations.delete_dataset("ours", store, by=by),
    Action.AUTOSCALE: lambda store, queue, by: set_limits(Untouchable(), 0, 3, (0, 8), store, by),  # type: ignore[arg-type]
    Action.SCALE: lambda store, queue, by: set_workers(Untouchable(), 3, 0, store, by),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("action", list(ACTIONS))
def test_a_viewer_is_refused_before_anything_is_touched(action: Action, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotAllowed, match=f"Vera is signed in as viewer, and a viewer may not {action}"):
        ACTIONS[action](Untouchable(), Untouchable(), VIEWER)
    assert [record.__dict__["event"] for record in caplog.records] == ["action.refused"]


def test_a_viewer_stores_no_file_either() -> None:
    store: Any = Untouchable()
    with pytest.raises(NotAllowed):
        operations.store_upload(see_file("t.csv", CSV, 1), CSV, "mine", store, by=VIEWER)


def test_every_action_of_an_operator_is_in_the_audit_with_what_stood_before_and_after() -> None:
    store, queue, cluster = InMemoryStore(), InMemoryTaskQueue(), FakeCluster()
    info = operations.store_frame(TABLE, "mine", store, by=OPERATOR)
    operations.rename_dataset("mine", "ours", store, by=OPERATOR)
    operations.delete_dataset("ours", store, by=OPERATOR)
    sweep = operations.launch(
        make_spec(dataset={"name": "diabetes", "target": "target", "task": "regression"}), store, queue, by=OPERATOR
    )
    id_ = sweep.sweep_id
    operations.cancel(id_, store, queue, by=OPERATOR)
    operations.resume(id_, store, queue, by=OPERATOR)
    store.record(id_, [make_outcome(1, failed=ErrorCause.TIMEOUT)])
    operations.retry_failed(id_, store, queue, by=OPERATOR)
    operations.delete(id_, store, queue, by=OPERATOR)
    operations.discard_dead_letters(queue, store, by=OPERATOR)
    set_workers(cluster, 3, 0, store, OPERATOR)
    told = [(each.action, each.subject, each.before, each.after) for each in reversed(store.audit())]
    name, size = sweep.spec.name, f"{sweep.size} trials"
    assert told == [
        (Action.STORE_DATASET, info.content_hash, "", "mine"),
        (Action.RENAME_DATASET, info.content_hash, "mine", "ours"),
        (Action.DELETE_DATASET, info.content_hash, "ours", "deleted"),
        (Action.LAUNCH, id_, "", size),
        (Action.CANCEL, id_, "published, epoch 1", "cancelled, epoch 1"),
        (Action.RESUME, id_, "cancelled, epoch 1", "being published, epoch 2"),
        (Action.RETRY, id_, "published, epoch 2, 1 failed trial", "being published, epoch 3"),
        (Action.DELETE_SWEEP, id_, f"{name}: {size}", "deleted"),
        (Action.DISCARD, "dead letters", "0", "0"),
        (Action.SCALE, "workers", "0", "3"),
    ]
    assert {each.by for each in store.audit()} == {"Otto"}


def test_what_was_refused_is_not_in_the_audit() -> None:
    store, cluster = InMemoryStore(), FakeCluster()
    cluster.read_only = "KEDA decides"
    with pytest.raises(ScalingRefused):
        set_workers(cluster, 3, 0, store, OPERATOR)
    with pytest.raises(DatasetError):
        operations.delete_dataset("unknown", store, by=OPERATOR)
    assert store.audit() == []


def test_what_the_audit_cannot_keep_is_said_as_done_and_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    class Away(InMemoryStore):
        def append_audit(self, entry: object) -> None:
            raise ServiceUnavailable("MongoDB", "refused", "Start it.")

    caplog.set_level(logging.INFO)
    cluster = FakeCluster()
    with pytest.raises(ServiceUnavailable, match=r"It was done .scale workers: workers., but only the log says so"):
        set_workers(cluster, 3, 0, Away(), OPERATOR)
    assert cluster.desired == 3
    (record,) = (each for each in caplog.records if each.__dict__.get("event") == "action.scale")
    assert (record.__dict__["by"], record.__dict__["before"], record.__dict__["after"]) == ("Otto", "0", "3")


def test_command_line_and_python_are_the_system_user_as_operator() -> None:
    store = InMemoryStore()
    operations.store_frame(TABLE, "mine", store)
    assert store.audit()[0].by == Actor.system_user().name
    assert Actor.system_user().role is Role.OPERATOR


def test_no_page_acts_without_saying_for_whom() -> None:
    """Left out, ``by`` is the system user: from a page that would be everybody, as operator."""
    acting = {"launch", "resume", "retry_failed", "cancel", "delete", "discard_dead_letters", "store_frame"} | {
        "store_upload",
        "rename_dataset",
        "delete_dataset",
    }
    found = set()
    for path in Path(dashboard.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("scale", "set_automatic", "set_limits") and owner is not None and "app_pages" in path.parts:
                raise AssertionError(f"{path}:{node.lineno} scales without asking whether it may")
            if name in acting and (owner is None or getattr(owner, "id", "") == "operations"):
                found.add(name)
                assert "by" in {each.arg for each in node.keywords}, f"{path}:{node.lineno}"
    assert {"launch", "cancel", "delete", "store_upload", "discard_dead_letters"} <= found


def test_a_viewer_hands_nothing_to_an_autoscaler() -> None:
    cluster: Any = Untouchable()
    with pytest.raises(NotAllowed, match="may not change autoscaling"):
        set_automatic(cluster, True, "manual", InMemoryStore(), VIEWER)
