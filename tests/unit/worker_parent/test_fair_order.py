"""The order in which a worker asks the queues."""

from __future__ import annotations

from collections import Counter

from shared.domain import QueuedSweep
from shared.testing import make_sweep
from worker.parent.fair_order import FairOrder


def queued(name: str, priority: str = "normal") -> QueuedSweep:
    return QueuedSweep.of(make_sweep(name, queued=True, priority=priority))


def served(order: FairOrder, sweeps: list[QueuedSweep], cost: dict[str, float], tasks: int) -> Counter[str]:
    """Take that many tasks, each of the sweep that is first; return the work that each got."""
    got: Counter[str] = Counter()
    for _ in range(tasks):
        first = order.of(sweeps)[0].sweep_id
        order.took(first, cost[first])
        got[first] += cost[first]
    return got


def test_a_higher_priority_is_asked_first_however_much_it_had() -> None:
    order = FairOrder()
    sweeps = [queued("a", "low"), queued("b"), queued("c", "high")]
    for _ in range(100):
        assert [each.sweep_id for each in order.of(sweeps)] == ["c", "b", "a"]
        order.took("c", 10.0)


def test_sweeps_of_one_priority_get_equal_work_however_dear_their_tasks_are() -> None:
    sweeps = [queued("dear"), queued("cheap")]
    got = served(FairOrder(), sweeps, {"dear": 10.0, "cheap": 0.1}, 1_000)
    assert abs(got["dear"] - got["cheap"]) <= 10.0


def test_a_sweep_that_appears_is_next_and_gets_no_more_than_its_share() -> None:
    order, old = FairOrder(), [queued("a"), queued("b")]
    served(order, old, {"a": 1.0, "b": 1.0}, 1_001)
    every = [*old, queued("new")]
    assert order.of(every)[0].sweep_id == "new"
    got = served(order, every, {"a": 1.0, "b": 1.0, "new": 1.0}, 300)
    assert max(got.values()) - min(got.values()) <= 1.0


def test_one_that_appears_is_not_held_to_one_of_a_lower_priority_that_starves() -> None:
    order, old = FairOrder(), [queued("busy"), queued("starves", "low")]
    served(order, old, {"busy": 1.0}, 500)
    every = [*old, queued("new")]
    got = served(order, every, {"busy": 1.0, "new": 1.0}, 100)
    assert abs(got["busy"] - got["new"]) <= 1.0


def test_a_sweep_whose_queue_was_empty_has_saved_nothing_up() -> None:
    order, sweeps = FairOrder(), [queued("idle"), queued("busy")]
    for _ in range(500):  # "idle" is first each time, and has nothing
        order.of(sweeps)
        order.took("busy", 1.0)
    got = served(order, sweeps, {"idle": 1.0, "busy": 1.0}, 100)
    assert got["idle"] - got["busy"] <= 2.0


def test_what_is_gone_is_forgotten() -> None:
    order = FairOrder()
    order.of([queued("a"), queued("b")])
    order.took("a", 5.0)
    order.of([queued("b")])
    order.took("a", 5.0)
    assert [each.sweep_id for each in order.of([queued("a"), queued("b")])] == ["a", "b"]
