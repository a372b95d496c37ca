"""What every Store guarantees of attempts, over all three adapters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain import Attempt, AttemptCause, AttemptEnd, ErrorCause, TrialState
from shared.ports import Store
from shared.testing import make_attempt, make_fold_result, make_outcome, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.stores import A, B, counts, everything

NOW = datetime.now(UTC)
ONE, TWO, THREE = (fake_trial_id(key) for key in (1, 2, 3))
END = AttemptEnd(cause=AttemptCause.EVICTED, message="its pod was evicted", log="the last line", looked_at=NOW)


def attempt(key: object = 0, cause: AttemptCause = AttemptCause.CRASHED, minute: int = 0, **changes: object) -> Attempt:
    return make_attempt(
        key,
        cause,
        **{"sweep_id": A, "trials": (1,), "started_at": NOW, "ended_at": NOW + timedelta(minutes=minute)} | changes,
    )


def lost(key: object = 0, **changes: object) -> Attempt:
    return attempt(key, AttemptCause.LOST, **{"written_by": "worker-2"} | changes)


def test_attempts_come_back_whole_by_trial_the_first_ended_first(store: Store) -> None:
    later = attempt("later", minute=2, pod="pod-1", peak_memory_mb=64.5, memory_limit_mb=128, log="a\nb")
    both = attempt("both", AttemptCause.TIMEOUT, minute=1, trials=(1, 2))
    of_a_fold = attempt("fold", minute=3, fold=2, started_at=None)
    store.append_attempts([later])
    store.append_attempts([both, of_a_fold])
    store.append_attempts([])
    assert store.attempts([ONE, TWO, THREE]) == {ONE: [both, later, of_a_fold], TWO: [both]}
    assert store.attempts([]) == {}


def test_of_one_id_the_first_attempt_stands(store: Store) -> None:
    store.append_attempts([lost()])
    store.append_attempts([lost(), attempt(cause=AttemptCause.TIMEOUT, trials=(1, 2))])
    assert store.attempts([ONE, TWO]) == {ONE: [lost()]}


def test_attempts_written_at_once_by_many_are_kept_once_each(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: store.append_attempts([attempt(number // 2)]), range(20)))
    assert len(store.attempts([ONE])[ONE]) == 10


def test_attempts_outlast_outcomes_and_go_with_their_sweep(store: Store) -> None:
    of_another = attempt("B", sweep_id=B)
    store.append_attempts([attempt("A", trials=(1, 2)), of_another])
    store.record(A, [make_outcome(1)])
    assert len(store.attempts([ONE])[ONE]) == 2
    store.delete_sweep(A)
    assert store.attempts([ONE, TWO]) == {ONE: [of_another]}


def test_an_attempt_of_a_deleted_sweep_is_not_written(store: Store) -> None:
    store.delete_sweep(A)
    store.append_attempts([lost()])
    store.save_sweep(make_sweep(A))
    assert store.attempts([ONE]) == {}
    assert store.lost_attempts() == []


# causes that are learned later


def test_what_is_learned_of_a_lost_attempt_is_entered_once(store: Store) -> None:
    store.append_attempts([lost(pod="pod-1")])
    assert store.complete_attempt(lost().attempt_id, END)
    assert not store.complete_attempt(lost().attempt_id, END.model_copy(update={"message": "another word"}))
    assert store.attempts([ONE])[ONE] == [lost(pod="pod-1").model_copy(update=dict(END))]


def test_only_a_lost_attempt_is_completed(store: Store) -> None:
    store.append_attempts([attempt()])
    assert not store.complete_attempt(attempt().attempt_id, END)
    assert not store.complete_attempt("an unknown one", END)
    assert store.attempts([ONE]) == {ONE: [attempt()]}


def test_those_that_look_at_once_complete_it_once(store: Store) -> None:
    store.append_attempts([lost()])
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: store.complete_attempt(lost().attempt_id, END), range(8))) == 1


def test_lost_attempts_are_listed_until_somebody_looked(store: Store) -> None:
    nameless = lost("nameless", worker="")
    store.append_attempts([lost(2, minute=2), attempt("crashed"), nameless, lost(1, minute=1)])
    assert store.lost_attempts() == [lost(1, minute=1), lost(2, minute=2)]
    assert store.lost_attempts(limit=1) == [lost(1, minute=1)]
    nothing = AttemptEnd(cause=AttemptCause.LOST, message="nobody knows", looked_at=NOW)
    assert store.complete_attempt(lost(1).attempt_id, nothing)
    assert store.lost_attempts() == [lost(2, minute=2)]


def test_those_of_one_kind_of_worker_do_not_hide_the_others(store: Store) -> None:
    local, podded = [lost(n, minute=n) for n in (1, 2)], [lost(n, minute=n, pod=f"pod-{n}") for n in (3, 4)]
    store.append_attempts([*local, *podded])
    assert store.lost_attempts(limit=1, in_pods=True) == podded[:1]
    assert store.lost_attempts(in_pods=True) == podded
    assert store.lost_attempts(in_pods=False) == local
    assert store.lost_attempts() == [*local, *podded]


# results that come late


@pytest.mark.parametrize("late_failed", [None, ErrorCause.TIMEOUT])
@pytest.mark.parametrize("newer_failed", [None, ErrorCause.ENGINE_DIED])
def test_a_late_outcome_never_replaces_a_newer_one(
    store: Store, newer_failed: ErrorCause | None, late_failed: ErrorCause | None
) -> None:
    newer = make_outcome(1, 0.5, failed=newer_failed, attempt_id="the newer", worker="worker-2")
    store.append_attempts([lost()])
    store.record(A, [newer])
    store.record(A, [make_outcome(1, 0.25, failed=late_failed, attempt_id=lost().attempt_id)])
    assert everything(store, A) == [newer]


def test_a_late_outcome_is_left_out_before_a_newer_one_is_there_and_its_neighbours_are_not(store: Store) -> None:
    store.append_attempts([lost()])
    timely = make_outcome(2, attempt_id="another")
    store.record(A, [make_outcome(1, failed=ErrorCause.TIMEOUT, attempt_id=lost().attempt_id), timely])
    assert everything(store, A) == [timely]
    store.record(A, [make_outcome(1, attempt_id="the newer")])
    assert counts(store, A) == (2, 0)


def test_a_late_outcome_comes_not_in_the_place_of_a_forgotten_failure(store: Store) -> None:
    store.append_attempts([lost()])
    store.record(A, [make_outcome(1, failed=ErrorCause.ENGINE_DIED, attempt_id="the newer")])
    store.forget_failures(A)
    store.record(A, [make_outcome(1, failed=ErrorCause.TIMEOUT, attempt_id=lost().attempt_id)])
    assert everything(store, A) == []


def test_an_attempt_that_its_own_worker_wrote_down_keeps_its_outcome(store: Store) -> None:
    own = attempt(cause=AttemptCause.EVALUATION, written_by="worker-1")
    store.append_attempts([own])
    store.record(A, [make_outcome(1, failed=ErrorCause.EVALUATION, attempt_id=own.attempt_id)])
    assert [each.state for each in everything(store, A)] == [TrialState.FAILED]


def test_a_late_fold_is_left_out(store: Store) -> None:
    store.append_attempts([lost(fold=0)])
    timely = make_fold_result(1, 0, attempt_id="the newer")
    store.record_folds([timely, make_fold_result(2, 0)])
    store.record_folds([make_fold_result(1, 0, score=0.25, attempt_id=lost().attempt_id)])
    assert store.fold_results([ONE]) == {ONE: [timely]}
