"""Following a sweep, and where that ends."""

from __future__ import annotations

from shared import operations
from shared.domain import SweepStatus
from tests.support.launched import diabetes_spec, drain, finish


def test_follow_ends_when_the_sweep_is_finished(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    tasks = drain(queue)
    counts = []
    for summary in operations.follow(sweep.sweep_id, store, poll_seconds=0):
        counts.append((summary.succeeded, summary.open))
        finish(store, sweep, [tasks.pop()] if tasks else [])
    assert counts == [(0, 3), (1, 2), (2, 1), (3, 0)]


def test_follow_ends_when_the_sweep_is_cancelled(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    summaries = operations.follow(sweep.sweep_id, store, poll_seconds=0)
    next(summaries)
    operations.cancel(sweep.sweep_id, store, queue)
    assert [summary.status for summary in summaries] == [SweepStatus.CANCELLED]
