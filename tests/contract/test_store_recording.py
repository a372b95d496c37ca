"""What every Store guarantees of recording and adopting outcomes, over all three adapters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.catalog import Metric
from shared.domain import ErrorCause, TrialOutcome, TrialState
from shared.ports import Store
from shared.testing import make_outcome, make_spec, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.stores import A, B, counts, everything, ids


def test_outcomes_come_back_exactly(store: Store) -> None:
    params = {
        "a": None,
        "b": True,
        "c": 1,
        "d": 1.0,
        "e": "auto",
        "f": 1e-17,
        "g": 2**31 - 1,
        "dotted.$name": 0.1 + 0.2,
    }
    finished_at = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
    success = make_outcome(1, 1 / 3, params=params, finished_at=finished_at, pod="worker-0", attempts=2)
    failure = make_outcome(2, failed=ErrorCause.ENGINE_DIED, finished_at=finished_at, started_at=None)
    store.record(A, [success, failure])
    found = {outcome.trial_id: outcome for outcome in everything(store, A)}
    assert found == {success.trial_id: success, failure.trial_id: failure}
    returned = found[success.trial_id].params
    assert {name: type(value) for name, value in returned.items()} == {n: type(v) for n, v in params.items()}


def test_recording_twice_is_recording_once(store: Store) -> None:
    task = [make_outcome(1), make_outcome(2, failed=ErrorCause.EVALUATION)]
    store.record(A, task)
    store.record(A, task)
    assert counts(store, A) == (1, 1)
    assert set(ids(everything(store, A))) == set(ids(task))


def test_recording_no_outcome_is_no_error(store: Store) -> None:
    store.record(A, [])
    assert counts(store, A) == (0, 0)


def test_a_failure_never_replaces_a_success(store: Store) -> None:
    good = make_outcome(1, 0.25)
    store.record(A, [good])
    store.record(A, [make_outcome(1, failed=ErrorCause.TIMEOUT), make_outcome(2)])
    assert counts(store, A) == (2, 0)
    assert store.ranked(A, TrialState.SUCCEEDED, 1) == [good]


def test_whose_failure_meets_a_success_owns_the_success(store: Store) -> None:
    good = make_outcome(1, 0.25)
    store.record(A, [good])
    store.record(B, [make_outcome(1, failed=ErrorCause.TIMEOUT)])
    assert everything(store, B) == [good]
    assert store.summaries([B])[0].best_score == 0.25


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (make_outcome(1, failed=ErrorCause.TIMEOUT), make_outcome(1)),
        (make_outcome(1, failed=ErrorCause.TIMEOUT), make_outcome(1, failed=ErrorCause.WORKER)),
        (make_outcome(1, 0.5), make_outcome(1, 0.75)),
    ],
    ids=["success after failure", "failure after failure", "success after success"],
)
def test_otherwise_the_last_outcome_stands(store: Store, before: TrialOutcome, after: TrialOutcome) -> None:
    store.record(A, [before])
    store.record(A, [after])
    assert everything(store, A) == [after]
    assert store.ranked(A, after.state, 10) == [after]
    assert counts(store, A) == (int(after.state is TrialState.SUCCEEDED), int(after.state is TrialState.FAILED))


def test_other_owners_keep_a_replaced_outcome_and_see_the_new_one(store: Store) -> None:
    store.record(A, [make_outcome(1, failed=ErrorCause.EVALUATION)])
    assert store.adopt(B, [fake_trial_id(1)]) == {fake_trial_id(1)}
    better = make_outcome(1, 0.25)
    store.record(B, [better])
    for sweep_id in (A, B):
        assert counts(store, sweep_id) == (1, 0)
        assert store.summaries([sweep_id])[0].best_score == 0.25
        assert everything(store, sweep_id) == [better]


def test_a_shared_trial_is_ranked_by_each_sweeps_own_metric(store: Store) -> None:
    store.save_sweep(make_sweep(B, spec=make_spec(metrics=(Metric.R2, Metric.RMSE))))
    low, high = make_outcome("low", 0.1), make_outcome("high", 0.9)
    store.record(A, [low, high])
    store.record(B, [low, high])
    assert store.ranked(A, TrialState.SUCCEEDED, 2) == [low, high]
    assert store.ranked(B, TrialState.SUCCEEDED, 2) == [high, low]


def test_nothing_is_written_for_a_deleted_sweep(store: Store) -> None:
    store.delete_sweep(A)
    store.record(A, [make_outcome(1)])
    assert store.adopt(B, [fake_trial_id(1)]) == set()
    store.save_sweep(make_sweep(A))
    assert everything(store, A) == []


def test_a_cancelled_sweep_still_takes_outcomes(store: Store) -> None:
    store.save_sweep(make_sweep(A, cancelled=True))
    store.record(A, [make_outcome(1)])
    assert counts(store, A) == (1, 0)


def test_what_is_final_everywhere_is_adopted(store: Store) -> None:
    task = [make_outcome("good"), make_outcome("wrong", failed=ErrorCause.EVALUATION)]
    store.record(A, task)
    for _ in range(2):
        assert store.adopt(B, [*ids(task), fake_trial_id("unknown")]) == set(ids(task))
    assert counts(store, B) == (1, 1)
    assert store.ranked(B, TrialState.SUCCEEDED, 10) == task[:1]


@pytest.mark.parametrize("cause", [ErrorCause.TIMEOUT, ErrorCause.ENGINE_DIED, ErrorCause.WORKER])
def test_a_failure_of_circumstance_is_settled_only_for_its_owners(store: Store, cause: ErrorCause) -> None:
    store.record(A, [make_outcome(1, failed=cause)])
    assert store.adopt(B, [fake_trial_id(1)]) == set()
    assert counts(store, B) == (0, 0)
    assert store.adopt(A, [fake_trial_id(1)]) == {fake_trial_id(1)}


def test_a_deleted_sweep_adopts_nothing(store: Store) -> None:
    store.record(A, [make_outcome(1)])
    store.delete_sweep(B)
    assert store.adopt(B, [fake_trial_id(1)]) == set()
    store.delete_sweep(A)
    store.save_sweep(make_sweep(A))
    assert store.adopt(A, [fake_trial_id(1)]) == set()


def test_ten_thousand_ids_are_adopted_at_once(store: Store) -> None:
    store.record(A, [make_outcome(key) for key in range(50)])
    asked = [fake_trial_id(key) for key in range(10_000)]
    assert store.adopt(B, asked) == set(asked[:50])
