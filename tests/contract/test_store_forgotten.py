"""A failure that was forgotten tells nothing any more, and its trial can be tried again."""

from __future__ import annotations

import time

from shared.domain import ErrorCause, TrialState
from shared.ports import Store
from shared.testing import make_outcome, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.stores import A, B, counts, everything, ids


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


def test_forgotten_failures_can_be_tried_again(store: Store) -> None:
    failures = [make_outcome("wrong", failed=ErrorCause.EVALUATION), make_outcome("late", failed=ErrorCause.TIMEOUT)]
    store.record(A, [make_outcome("good"), *failures])
    assert store.forget_failures(A) == 2
    assert store.forget_failures(A) == 0
    assert counts(store, A) == (1, 0)
    assert store.ranked(A, TrialState.FAILED, 10) == []
    assert ids(everything(store, A)) == [fake_trial_id("good")]
    assert store.adopt(A, ids(failures)) == set()
    store.record(A, [make_outcome("wrong", failed=ErrorCause.EVALUATION), make_outcome("late")])
    assert counts(store, A) == (2, 1)


def test_forgetting_one_sweeps_failures_leaves_those_of_others(store: Store) -> None:
    store.record(A, [make_outcome(1, failed=ErrorCause.TIMEOUT)])
    store.record(B, [make_outcome(2, failed=ErrorCause.TIMEOUT)])
    assert store.forget_failures(A) == 1
    assert counts(store, B) == (0, 1)


def test_every_owner_of_a_forgotten_failure_gets_what_comes_in_its_place(store: Store) -> None:
    store.record(A, [make_outcome(1, failed=ErrorCause.EVALUATION)])
    store.adopt(B, [fake_trial_id(1)])
    store.forget_failures(B)
    cursor = store.outcomes(A).cursor
    store.record(B, [make_outcome(1)])
    assert counts(store, A) == counts(store, B) == (1, 0)
    assert ids(store.outcomes(A, cursor).outcomes) == [fake_trial_id(1)]


def test_a_forgotten_failure_goes_with_its_sweep(store: Store) -> None:
    store.record(A, [make_outcome(1, failed=ErrorCause.EVALUATION)])
    store.forget_failures(A)
    store.delete_sweep(A)
    store.save_sweep(make_sweep(A))
    store.record(B, [make_outcome(1)])
    assert counts(store, A) == (0, 0)
    assert counts(store, B) == (1, 0)
