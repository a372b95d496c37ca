"""A failure that was forgotten tells nothing any more, not even when it was recorded."""

from __future__ import annotations

import time

from shared.domain import ErrorCause
from shared.ports import Store
from shared.testing import make_outcome
from tests.support.stores import A, counts


def last_recorded(store: Store):
    (summary,) = store.summaries([A])
    return summary.last_recorded_at


def test_the_time_of_a_forgotten_failure_is_no_time_of_a_result(store: Store) -> None:
    store.record(A, [make_outcome(1)])
    first = last_recorded(store)
    time.sleep(0.02)
    store.record(A, [make_outcome(2, failed=ErrorCause.TIMEOUT)])
    assert last_recorded(store) > first
    store.forget_failures(A)
    assert counts(store, A) == (1, 0)
    assert last_recorded(store) == first


def test_a_sweep_all_of_whose_outcomes_are_forgotten_has_no_time(store: Store) -> None:
    store.record(A, [make_outcome(1, failed=ErrorCause.TIMEOUT)])
    store.forget_failures(A)
    assert last_recorded(store) is None
