"""What every Store guarantees of trials that racing dropped, over all three adapters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain import ErrorCause, TrialOutcome, TrialState
from shared.ports import Store
from shared.testing import make_outcome, make_spec, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.stores import T0, A, B, everything, ids

DROP = make_outcome(1, dropped_after=2)
SUCCESS = make_outcome(1, 0.25)
FAILURE = make_outcome(1, failed=ErrorCause.TIMEOUT)


@pytest.fixture(autouse=True)
def _racing(store: Store) -> None:
    """Sweep A races, B does not."""
    store.save_sweep(make_sweep(A, spec=make_spec(racing=True)))


def counts(store: Store, sweep_id: str) -> tuple[int, int, int, int]:
    (summary,) = store.summaries([sweep_id])
    return summary.succeeded, summary.failed, summary.dropped, summary.open


def test_a_drop_comes_back_exactly_and_is_counted_by_itself(store: Store) -> None:
    store.record(A, [DROP, make_outcome(2, 0.75), make_outcome(3, failed=ErrorCause.TIMEOUT)])
    assert DROP in everything(store, A)
    assert counts(store, A) == (1, 1, 1, 1)
    (summary,) = store.summaries([A])
    assert (summary.best_score, summary.best_trial_id) == (0.75, fake_trial_id(2))


def test_a_sweep_of_drops_alone_has_no_best(store: Store) -> None:
    store.record(A, [DROP])
    (summary,) = store.summaries([A])
    assert (summary.best_score, summary.best_trial_id) == (None, None)
    assert summary.last_recorded_at is not None


def test_drops_come_by_time_and_never_among_successes(store: Store) -> None:
    drops = [make_outcome(key, dropped_after=2, finished_at=T0 + timedelta(hours=key)) for key in (3, 1, 2)]
    success = make_outcome("good")
    store.record(A, [*drops, success])
    assert [each.finished_at.hour for each in store.ranked(A, TrialState.DROPPED, 10)] == [1, 2, 3]
    assert ids(store.ranked(A, TrialState.DROPPED, 1)) == [fake_trial_id(1)]
    assert store.ranked(A, TrialState.SUCCEEDED, 10) == [success]


@pytest.mark.parametrize(
    ("before", "after", "stands"),
    [
        (SUCCESS, DROP, SUCCESS),
        (DROP, SUCCESS, SUCCESS),
        (FAILURE, DROP, DROP),
        (DROP, FAILURE, FAILURE),
        (DROP, make_outcome(1, dropped_after=3), make_outcome(1, dropped_after=3)),
    ],
    ids=["drop after success", "success after drop", "drop after failure", "failure after drop", "drop after drop"],
)
def test_what_stands_after_two_outcomes(
    store: Store, before: TrialOutcome, after: TrialOutcome, stands: TrialOutcome
) -> None:
    store.record(A, [before])
    store.record(A, [after])
    (found,) = everything(store, A)
    assert (found.state, found.partial_scores) == (stands.state, stands.partial_scores)
    assert sum(counts(store, A)[:3]) == 1


def test_whose_drop_meets_a_success_owns_the_success(store: Store) -> None:
    store.record(B, [SUCCESS])
    store.record(A, [DROP])
    assert everything(store, A) == [SUCCESS]


def test_a_drop_is_settled_for_the_sweep_that_raced_only(store: Store) -> None:
    store.record(A, [DROP])
    assert store.adopt(A, [DROP.trial_id]) == {DROP.trial_id}
    assert store.adopt(B, [DROP.trial_id]) == set()
    assert counts(store, B) == (0, 0, 0, 4)


def test_the_sweep_that_dropped_gets_the_score_that_another_one_finds(store: Store) -> None:
    store.record(A, [DROP])
    store.record(B, [SUCCESS])
    assert everything(store, A) == everything(store, B) == [SUCCESS]
    assert counts(store, A) == counts(store, B) == (1, 0, 0, 3)


def test_a_drop_in_the_place_of_a_failure_is_not_settled_for_a_sweep_that_does_not_race(store: Store) -> None:
    store.record(B, [FAILURE, make_outcome(2)])
    store.record(A, [DROP])
    assert counts(store, B) == (1, 0, 1, 2)
    assert store.summaries([B])[0].missing == 3
    assert store.adopt(B, [DROP.trial_id, fake_trial_id(2)]) == {fake_trial_id(2)}
    assert store.adopt(A, [DROP.trial_id]) == {DROP.trial_id}


def test_forgetting_failures_leaves_drops_alone(store: Store) -> None:
    store.record(A, [DROP, make_outcome(2, failed=ErrorCause.TIMEOUT)])
    assert store.forget_failures(A) == 1
    assert counts(store, A) == (0, 0, 1, 3)
    assert everything(store, A) == [DROP]


def test_a_forgotten_failure_may_end_as_a_drop(store: Store) -> None:
    store.record(A, [FAILURE])
    store.forget_failures(A)
    store.record(A, [DROP])
    assert counts(store, A) == (0, 0, 1, 3)


def test_drops_go_with_their_sweep(store: Store) -> None:
    store.record(A, [DROP])
    store.delete_sweep(A)
    store.save_sweep(make_sweep(A, spec=make_spec(racing=True)))
    assert everything(store, A) == []
    assert counts(store, A) == (0, 0, 0, 4)


def test_a_drop_is_adopted_from_the_sweeps_that_are_named(store: Store) -> None:
    store.save_sweep(make_sweep("first", spec=make_spec(racing=True)))
    store.save_sweep(make_sweep("second", spec=make_spec(racing=True)))
    drop, success = make_outcome(1, dropped_after=2), make_outcome(2)
    store.record("first", [drop, success])
    ids = [drop.trial_id, success.trial_id]
    assert store.adopt("second", ids) == {success.trial_id}
    assert store.adopt("second", ids, ["another"]) == {success.trial_id}
    assert store.adopt("second", ids, ["another", "first"]) == set(ids)
    assert store.adopt("second", ids) == set(ids)
    (summary,) = store.summaries(["second"])
    assert (summary.succeeded, summary.dropped) == (1, 1)
