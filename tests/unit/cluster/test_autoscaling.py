"""Whether what scales the workers sees the work that there is."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.cluster import Autoscaling, Charge, Condition
from dashboard.cluster.autoscaling import in_charge, not_by_hand, patience, zero_while_open


def autoscaling(active: bool | None = False, **changes: Any) -> Autoscaling:
    seen = Autoscaling(
        name="worker",
        charge=Charge.AUTOMATIC,
        minimum=0,
        maximum=8,
        polling_seconds=10,
        conditions=(Condition(type="Ready", holds=True), Condition(type="Active", holds=active)),
    )
    return seen.model_copy(update=changes)


def test_statistics_that_read_zero_while_tasks_are_open_are_told():
    told = zero_while_open(autoscaling(), open_tasks=12, open_trials=40)
    assert told is not None
    assert told.startswith("Queue statistics read zero while 12 tasks are open: KEDA would scale to none.")
    assert "disable_metrics_collector" in told
    least = zero_while_open(autoscaling(minimum=2), open_tasks=1, open_trials=0)
    assert least is not None
    assert "1 task is open: KEDA would scale to its least, 2." in least


def test_open_trials_without_a_task_are_another_matter():
    told = zero_while_open(autoscaling(), open_tasks=0, open_trials=3)
    assert told is not None
    assert told.startswith("The queues are empty while 3 trials are open")
    assert "Resume" in told


@pytest.mark.parametrize(
    ("seen", "tasks", "trials"),
    [
        (autoscaling(active=True), 12, 40),
        (autoscaling(active=None), 12, 40),  # it does not know: it says so in another way
        (autoscaling(conditions=()), 12, 40),
        (autoscaling(), 0, 0),
        (autoscaling(charge=Charge.MANUAL), 12, 40),  # a paused one's last word is old
    ],
)
def test_where_they_agree_or_nobody_knows_nothing_is_told(seen, tasks, trials):
    assert zero_while_open(seen, tasks, trials) is None


def test_counts_may_differ_for_two_looks_at_old_statistics():
    assert patience(autoscaling()) == 35


@pytest.mark.parametrize(
    ("changes", "told", "by_hand"),
    [
        ({}, "KEDA is in charge, 0 to 8 workers", False),
        ({"charge": Charge.MANUAL}, "the slider is in charge", True),
        ({"charge": Charge.PAUSING}, "not gone yet", False),
        ({"charge": Charge.HELD, "held_at": 2}, "Held at 2 workers", False),
        ({"charge": Charge.HELD}, "Held: ScaledObject worker", False),
    ],
)
def test_who_is_in_charge_in_words(changes, told, by_hand):
    seen = autoscaling(**changes)
    assert told in in_charge(seen)
    assert (not_by_hand(seen) is None) is by_hand
