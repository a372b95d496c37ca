"""What every Store guarantees of sweeps and their summaries, over all three adapters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared import operations
from shared.catalog import Metric
from shared.domain import ErrorCause, TrialState
from shared.errors import SweepNotFound
from shared.ports import Store
from shared.testing import InMemoryTaskQueue, make_outcome, make_spec, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.stores import T0, A, B, counts, everything, ids


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
    assert [store.delete_sweep(A) for _ in range(2)] == [True, False]
    assert [each.sweep.sweep_id for each in store.summaries()] == [B]
    assert ids(everything(store, B)) == [fake_trial_id("shared")]
    assert store.adopt(B, [fake_trial_id("own")]) == set()
    assert everything(store, A) == []


def test_a_sweep_saved_again_after_its_deletion_starts_empty(store: Store) -> None:
    store.record(A, [make_outcome(1)])
    store.delete_sweep(A)
    store.save_sweep(make_sweep(A))
    assert counts(store, A) == (0, 0)
