"""What the worker's parent does where the store tells of a newer version, or of another time; on fakes."""

import threading

import pytest

from shared.domain import ErrorCause, TrialState
from shared.errors import UnreadableRecord
from shared.testing import InMemoryStore, make_attempt, make_fold_result, make_outcome, make_task_of
from tests.support.worker_bench import Crash, succeed, wait_for


class Newer(InMemoryStore):
    """A store whose sweeps, attempts or tables a newer version wrote, once ``newer`` names the kind."""

    newer = ""

    def sweep(self, sweep_id):
        self._refuse("Sweep")
        return super().sweep(sweep_id)

    def attempts(self, trial_ids):
        self._refuse("Attempt")
        return super().attempts(trial_ids)

    def fold_results(self, trial_ids):
        self._refuse("FoldResult")
        return super().fold_results(trial_ids)

    def load_dataset(self, content_hash):
        self._refuse("DatasetInfo")
        return super().load_dataset(content_hash)

    def _refuse(self, kind):
        if self.newer == kind:
            raise UnreadableRecord(kind, "priority: Input should be 'low', 'normal' or 'high'")


def fail(request, tell):
    return tuple(
        make_outcome(failed=ErrorCause.EVALUATION).model_copy(update={"trial_id": trial.trial_id})
        for trial in request.trials
    )


def crash(request, tell):
    raise Crash(-11)


def after(gate, evaluate):
    """Return that evaluation, which waits until the gate is open."""

    def wait(request, tell):
        assert gate.wait(60)
        return evaluate(request, tell)

    return wait


# a sweep that becomes unreadable


def test_a_running_task_goes_on_when_its_sweep_becomes_unreadable_and_its_outcome_is_kept(bench):
    gate = threading.Event()
    b = bench(store=Newer(), evaluate=wait_for(gate))
    sweep = b.sweep()
    b.task(sweep)
    b.until(lambda: b.requests)
    b.store.newer = "Sweep"
    for _ in range(20):
        b.pass_time(0.5)
    gate.set()
    b.until_settled()
    assert len(b.outcomes(sweep)) == 1
    assert len(b.requests) == 1


@pytest.mark.parametrize("evaluate", [crash, fail])
@pytest.mark.parametrize("fold", [None, 0])
def test_a_task_that_goes_wrong_when_its_sweep_became_unreadable_waits_for_those_who_can_read_it(bench, evaluate, fold):
    gate = threading.Event()
    b = bench(store=Newer(), evaluate=after(gate, evaluate))
    sweep = b.sweep()
    task = b.task(sweep, fold=fold)
    b.until(lambda: b.requests)
    b.store.newer = "Sweep"
    gate.set()
    b.until(lambda: b.status().ready)
    assert b.outcomes(sweep) == {}
    assert sweep.sweep_id in b.worker._choosing.refused
    delivery = b.queue.consume().take(list(b.addresses))
    assert delivery.task == task
    assert not delivery.redelivered


@pytest.mark.parametrize("kind", ["Attempt", "FoldResult", "DatasetInfo"])
def test_a_task_about_which_something_cannot_be_read_is_given_back_and_blocks_nothing(bench, kind):
    b = bench(store=Newer())
    sweep = b.sweep()
    b.store.newer = kind
    b.task(sweep, fold=0 if kind == "FoldResult" else None)
    b.until(lambda: b.worker._choosing.refused)
    assert b.status().ready == 1
    assert b.outcomes(sweep) == {}


# a sweep that is read as it was before


@pytest.mark.parametrize("stale", ["cancelled", "of another spec"])
def test_a_task_that_is_newer_than_what_is_read_of_its_sweep_is_given_back_until_it_is_read(bench, stale):
    b = bench()
    sweep = b.sweep(cancelled=stale == "cancelled")
    again = sweep.model_copy(update={"epoch": 2, "cancelled": False})
    if stale == "of another spec":
        sweep = sweep.model_copy(update={"spec": sweep.spec.model_copy(update={"seed": 7})})
    b.store.save_sweep(again)
    read = b.store.sweep

    b.store.sweep = lambda sweep_id: sweep
    task = make_task_of(again)
    b.publish([task])
    for _ in range(20):
        b.pass_time(0.5)
    b.store.sweep = read
    b.until_settled()
    assert set(b.outcomes(again)) == {task.trials[0].trial_id}
    assert b.status().dead == 0


# a sweep that is published anew while a task of before runs


@pytest.mark.parametrize("evaluate", [crash, fail])
@pytest.mark.parametrize("fold", [None, 0])
def test_what_goes_wrong_with_a_task_of_before_does_not_fail_what_was_published_anew(bench, evaluate, fold):
    gate = threading.Event()
    b = bench(evaluate=after(gate, evaluate))
    sweep = b.sweep()
    task = b.task(sweep, fold=fold)
    trial_id = task.trials[0].trial_id
    before = [make_attempt(number).model_copy(update={"trial_ids": (trial_id,), "fold": fold}) for number in range(2)]
    b.store.append_attempts(before)
    b.until(lambda: b.requests)
    again = sweep.model_copy(update={"epoch": 2})
    assert b.store.change_sweep(sweep, again)
    b.evaluate = succeed if fold is None else (lambda request, tell: (make_fold_result(trial_id=trial_id),))
    b.publish([make_task_of(again, fold=fold)])
    gate.set()
    b.until_settled()
    assert [each.state for each in b.outcomes(sweep).values()] == ([TrialState.SUCCEEDED] if fold is None else [])
    assert len(b.requests) == 2


def test_the_end_of_several_is_not_charged_to_the_one_that_is_left(bench):
    gate = threading.Event()
    b = bench(evaluate=after(gate, crash))
    sweep = b.sweep()
    task = b.task(sweep, trials=2)
    first, second = (trial.trial_id for trial in task.trials)
    b.until(lambda: b.requests)
    b.store.record(sweep.sweep_id, [make_outcome().model_copy(update={"trial_id": first})])
    b.evaluate = succeed
    gate.set()
    b.until_settled()
    (attempt,) = b.store.attempts([second])[second]
    assert attempt.trial_ids == (first, second)
    assert b.requests[1:] == [[second]]
    assert all(each.state is TrialState.SUCCEEDED for each in b.outcomes(sweep).values())
