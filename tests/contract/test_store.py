"""What every Store guarantees of sweeps and outcomes, over all three adapters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared import operations
from shared.catalog import Metric
from shared.domain import ErrorCause, TrialOutcome, TrialState
from shared.errors import SweepNotFound
from shared.ports import Store
from shared.testing import InMemoryTaskQueue, make_outcome, make_spec, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.stores import T0, A, Adapter, B, counts, everything, ids

# sweeps


def test_a_saved_sweep_is_returned_unchanged(store: Store) -> None:
    spec = make_spec(param_grid=[{"learning_rate": [0.1], "max_depth": [3, 4]}, {"booster": ["gbtree"]}])
    sweep = make_sweep("other", spec=spec, created_at=datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC))
    store.save_sweep(sweep)
    assert store.sweep("other") == sweep


def test_saving_a_sweep_again_replaces_it_and_keeps_its_outcomes(store: Store) -> None:
    store.record(A, [make_outcome(1)])
    changed = make_sweep(A, epoch=2, cancelled=True)
    store.save_sweep(changed)
    store.save_sweep(changed)
    assert store.sweep(A) == changed
    assert counts(store, A) == (1, 0)


def test_a_sweep_that_todays_catalog_would_refuse_can_still_be_read_cancelled_and_deleted(store: Store) -> None:
    spec = make_spec().model_copy(update={"param_grid": ({"renamed_since": (1,)},)})
    sweep = make_sweep("old").model_copy(update={"spec": spec})
    store.save_sweep(sweep)
    assert store.sweep("old") == sweep
    assert sweep in [each.sweep for each in store.summaries()]
    assert operations.cancel("old", store, InMemoryTaskQueue()).cancelled
    operations.delete("old", store, InMemoryTaskQueue())
    assert sweep.sweep_id not in [each.sweep.sweep_id for each in store.summaries()]


def test_a_change_takes_the_place_of_what_it_was_made_from(store: Store) -> None:
    store.record(A, [make_outcome(1)])
    before = store.sweep(A)
    after = before.model_copy(update={"epoch": 2, "cancelled": True, "published": False})
    assert store.change_sweep(before, after)
    assert store.sweep(A) == after
    assert [each.sweep for each in store.summaries([A])] == [after]
    assert counts(store, A) == (1, 0)


@pytest.mark.parametrize("first", [{"epoch": 2}, {"cancelled": True}, {"published": False}], ids=str)
def test_of_two_changes_to_one_sweep_the_first_stands(store: Store, first: dict[str, object]) -> None:
    before = store.sweep(A)
    after = before.model_copy(update=first)
    assert store.change_sweep(before, after)
    assert not store.change_sweep(before, before.model_copy(update={"epoch": 7}))
    assert store.sweep(A) == after


def test_a_change_brings_no_deleted_sweep_back(store: Store) -> None:
    before = store.sweep(A)
    store.delete_sweep(A)
    assert not store.change_sweep(before, before.model_copy(update={"published": True}))
    assert [each.sweep.sweep_id for each in store.summaries()] == [B]


def test_an_unknown_sweep_is_not_found(store: Store) -> None:
    with pytest.raises(SweepNotFound, match="nowhere"):
        store.sweep("nowhere")


def test_an_unknown_sweep_has_no_outcomes(store: Store) -> None:
    assert store.outcomes("nowhere").outcomes == ()
    assert store.ranked("nowhere", TrialState.SUCCEEDED, 10) == []
    assert store.forget_failures("nowhere") == 0


def test_summaries_are_newest_first_and_of_the_sweeps_asked_for(store: Store) -> None:
    store.save_sweep(make_sweep("sweep-c", created_at=T0 + timedelta(hours=1)))
    assert [each.sweep.sweep_id for each in store.summaries()] == [B, "sweep-c", A]
    assert [each.sweep.sweep_id for each in store.summaries([A, B, "nowhere"])] == [B, A]
    assert store.summaries([]) == []


def test_a_summary_of_a_sweep_without_outcomes_is_empty(store: Store) -> None:
    (summary,) = store.summaries([A])
    assert (summary.succeeded, summary.failed, summary.open) == (0, 0, 4)
    assert (summary.best_score, summary.best_trial_id, summary.last_recorded_at) == (None, None, None)


@pytest.mark.parametrize(("metrics", "best"), [((Metric.RMSE, Metric.R2), 0.2), ((Metric.R2, Metric.RMSE), 0.9)])
def test_a_summary_counts_and_names_the_best(store: Store, metrics: tuple[Metric, ...], best: float) -> None:
    store.save_sweep(make_sweep(A, spec=make_spec(metrics=metrics)))
    store.record(A, [make_outcome(score, score) for score in (0.5, 0.2, 0.9)])
    store.record(A, [make_outcome("failed", failed=ErrorCause.TIMEOUT)])
    (summary,) = store.summaries([A])
    assert (summary.succeeded, summary.failed, summary.open) == (3, 1, 0)
    assert (summary.best_score, summary.best_trial_id) == (best, fake_trial_id(best))


def test_a_summary_says_when_the_latest_outcome_was_recorded(store: Store) -> None:
    store.record(A, [make_outcome(1)])
    at = store.summaries([A])[0].last_recorded_at
    assert at is not None
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=1)
    store.adopt(B, [fake_trial_id(1)])
    assert store.summaries([A])[0].last_recorded_at == at


def test_a_deleted_sweep_takes_its_outcomes_but_not_those_of_others(store: Store) -> None:
    store.record(A, [make_outcome("shared"), make_outcome("own")])
    store.adopt(B, [fake_trial_id("shared")])
    for _ in range(2):
        store.delete_sweep(A)
    assert [each.sweep.sweep_id for each in store.summaries()] == [B]
    assert ids(everything(store, B)) == [fake_trial_id("shared")]
    assert store.adopt(B, [fake_trial_id("own")]) == set()
    assert everything(store, A) == []


def test_a_sweep_saved_again_after_its_deletion_starts_empty(store: Store) -> None:
    store.record(A, [make_outcome(1)])
    store.delete_sweep(A)
    store.save_sweep(make_sweep(A))
    assert counts(store, A) == (0, 0)


# record


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


# adopt


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


# outcomes


def test_outcomes_come_in_the_order_of_recording(store: Store) -> None:
    for key in range(6):
        store.record(A, [make_outcome(key)])
    expected = [fake_trial_id(key) for key in range(6)]
    assert ids(everything(store, A)) == expected
    assert ids(everything(store, A, limit=2)) == expected
    assert ids(everything(store, A, limit=4)) == expected


def test_a_task_larger_than_a_page_is_read_whole(store: Store) -> None:
    task = [make_outcome(key) for key in range(7)]
    store.record(A, task)
    assert sorted(ids(everything(store, A, limit=3))) == sorted(ids(task))


def test_a_cursor_leads_to_what_came_after_it_and_no_further_back(store: Store) -> None:
    cursor = store.outcomes(A).cursor
    for key in range(3):
        store.record(A, [make_outcome((key, "first")), make_outcome((key, "second"))])
        first = store.outcomes(A, cursor, 1)
        second = store.outcomes(A, first.cursor, 10)
        assert {*ids(first.outcomes), *ids(second.outcomes)} == {fake_trial_id((key, n)) for n in ("first", "second")}
        assert store.outcomes(A, second.cursor).outcomes == ()
        cursor = second.cursor


def test_what_is_replaced_or_adopted_comes_after_the_cursor(store: Store) -> None:
    store.record(A, [make_outcome(1, failed=ErrorCause.TIMEOUT), make_outcome(2)])
    cursor_a, cursor_b = store.outcomes(A).cursor, store.outcomes(B).cursor
    better = make_outcome(1, 0.1)
    store.record(A, [better])
    assert store.outcomes(A, cursor_a).outcomes == (better,)
    store.adopt(B, [fake_trial_id(2)])
    assert ids(store.outcomes(B, cursor_b).outcomes) == [fake_trial_id(2)]


def test_a_new_owner_finds_an_old_success_after_its_cursor(store: Store) -> None:
    store.record(A, [make_outcome(1)])
    cursor = store.outcomes(B).cursor
    store.record(B, [make_outcome(1, failed=ErrorCause.TIMEOUT)])
    assert ids(store.outcomes(B, cursor).outcomes) == [fake_trial_id(1)]


def test_a_reader_beside_several_writers_misses_nothing(store: Store, adapter: Adapter) -> None:
    def write(writer: int) -> None:
        mine = adapter.open()
        for number in range(25):
            mine.record(A, [make_outcome((writer, number)), make_outcome((writer, number, "more"))])
        if mine is not store:
            mine.close()

    seen: set[str] = set()
    cursor = None
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, writer) for writer in range(4)]
        done = False
        while not done:
            done = all(writer.done() for writer in writers)
            while True:
                page = store.outcomes(A, cursor, 20)
                seen.update(ids(page.outcomes))
                cursor = page.cursor
                if len(page.outcomes) < 20:
                    break
        for writer in writers:
            writer.result()
    assert len(seen) == 200


# ranked


def test_failures_are_ranked_by_time(store: Store) -> None:
    task = [
        make_outcome(hours, failed=ErrorCause.EVALUATION, finished_at=T0 + timedelta(hours=hours))
        for hours in (3, 1, 2)
    ]
    store.record(A, [*task, make_outcome("good")])
    assert ids(store.ranked(A, TrialState.FAILED, 10)) == [fake_trial_id(hours) for hours in (1, 2, 3)]
    assert ids(store.ranked(A, TrialState.FAILED, 1)) == [fake_trial_id(1)]


def test_ranking_returns_the_best_up_to_the_limit(store: Store) -> None:
    scores = [0.3, -1.0, 2.5, 0.0, 7.0]
    store.record(A, [make_outcome(score, score) for score in scores])
    best = [fake_trial_id(score) for score in sorted(scores)]
    assert ids(store.ranked(A, TrialState.SUCCEEDED, 10)) == best
    assert ids(store.ranked(A, TrialState.SUCCEEDED, 3)) == best[:3]
    assert store.ranked(A, TrialState.PENDING, 3) == []
    assert store.ranked(B, TrialState.SUCCEEDED, 3) == []


def test_a_success_without_the_ranking_metric_has_no_rank(store: Store) -> None:
    store.save_sweep(make_sweep(A, spec=make_spec(metrics=(Metric.R2, Metric.RMSE))))
    scored = make_outcome(1, 0.5)
    rmse = {Metric.RMSE: scored.scores[Metric.RMSE]}
    unscored = make_outcome(2).model_copy(update={"scores": rmse, "incomplete_scores": {Metric.R2: (0.5, None, 0.25)}})
    store.record(A, [unscored])
    assert store.ranked(A, TrialState.SUCCEEDED, 10) == []
    assert (store.summaries([A])[0].succeeded, store.summaries([A])[0].best_score) == (1, None)
    store.record(A, [scored])
    assert store.ranked(A, TrialState.SUCCEEDED, 10) == [scored]
    assert (store.summaries([A])[0].succeeded, store.summaries([A])[0].best_trial_id) == (2, scored.trial_id)
    assert {each.trial_id: each for each in store.outcomes(A).outcomes}[unscored.trial_id] == unscored


@pytest.mark.parametrize("metrics", [(Metric.RMSE, Metric.R2), (Metric.R2, Metric.RMSE)], ids=["lower", "higher"])
def test_equals_are_ranked_by_trial_id(store: Store, metrics: tuple[Metric, ...]) -> None:
    store.save_sweep(make_sweep(A, spec=make_spec(metrics=metrics)))
    equals = [make_outcome(key, 0.5) for key in range(5)]
    store.record(A, equals)
    assert ids(store.ranked(A, TrialState.SUCCEEDED, 3)) == sorted(ids(equals))[:3]
    assert store.summaries([A])[0].best_trial_id == min(ids(equals))


# forget_failures


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
