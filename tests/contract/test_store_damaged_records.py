"""Records that this version cannot read at all, which hide none of their neighbours."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SerializerFunctionWrapHandler, model_serializer

from shared.domain import Attempt, AttemptCause, FoldResult, TaskAddress
from shared.ports import Store
from shared.testing import InMemoryStore, make_attempt, make_fold_result
from tests.support.stores import A


@pytest.fixture(autouse=True)
def keeps_documents(store: Store) -> None:
    if isinstance(store, InMemoryStore):
        pytest.skip("keeps the very records")


class StrangeAttempt(Attempt):
    """An attempt whose record is damaged."""

    @model_serializer(mode="wrap")
    def _with(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return serialize(self) | {"ended_at": {"some": "day"}}


class StrangeFold(FoldResult):
    """A fold's result whose record is damaged."""

    @model_serializer(mode="wrap")
    def _with(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return serialize(self) | {"scores": "good"}


def test_an_attempt_that_cannot_be_read_hides_no_other(store: Store) -> None:
    known = make_attempt(1, AttemptCause.LOST, sweep_id=A)
    strange = make_attempt(2, AttemptCause.LOST, sweep_id=A)
    store.append_attempts([StrangeAttempt.model_construct(**dict(strange)), known])
    assert [each.attempt_id for each in store.attempts(known.trial_ids)[known.trial_ids[0]]] == [known.attempt_id]
    assert strange.attempt_id not in {each.attempt_id for each in store.lost_attempts()}


def test_a_trial_whose_only_attempt_cannot_be_read_has_none(store: Store) -> None:
    strange = make_attempt(2, sweep_id=A)
    store.append_attempts([StrangeAttempt.model_construct(**dict(strange))])
    assert store.attempts(strange.trial_ids) == {}


def test_a_fold_that_cannot_be_read_hides_no_other_and_another_result_takes_its_place(store: Store) -> None:
    strange, known = (make_fold_result("a trial", fold) for fold in (0, 1))
    store.record_folds([StrangeFold.model_construct(**dict(strange)), known])
    assert store.fold_results([known.trial_id]) == {known.trial_id: [known]}
    store.record_folds([strange])
    assert store.fold_results([known.trial_id]) == {known.trial_id: [strange, known]}


def test_a_left_queue_that_cannot_be_read_hides_no_other_and_ends_no_worker(store: Store) -> None:
    known = TaskAddress(sweep_id=A, epoch=1)
    store.leave_queue(TaskAddress.model_construct(sweep_id=A, epoch="the second"))
    store.leave_queue(known)
    assert store.left_queues() == [known]
