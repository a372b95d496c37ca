"""What a worker tells a scraper of its work."""

from __future__ import annotations

from shared.domain import ErrorCause
from shared.testing import make_fold_result, make_outcome
from tests.support.worker_bench import Crash, succeed
from worker.parent.memory import Usage
from worker.parent.tallies import Tallies


def figures(tallies, unsettled=0, pids=(), measure=lambda pid: None):
    found = {each.name: each for each in tallies.measures(lambda: unsettled, lambda: list(pids), measure)}
    return {name: dict(each.values) for name, each in found.items() if each.durations is None}


def test_a_fit_that_trials_share_is_one():
    tallies = Tallies()
    shared = [make_outcome(number).model_copy(update={"fit_shared_by": 2}) for number in range(2)]
    folds = len(next(iter(shared[0].scores.values())).fold_scores)
    tallies.evaluated(shared, shared[0].started_at)
    assert (tallies.folds, tallies.fits) == (2 * folds, folds)
    assert tallies.tasks.count == 1

    tallies.evaluated([make_fold_result()], None)
    assert (tallies.folds, tallies.fits) == (2 * folds + 1, folds + 1)
    assert tallies.tasks.count == 1


def test_a_trial_without_scores_has_no_folds_and_a_state():
    tallies = Tallies()
    failed = make_outcome(1, failed=ErrorCause.EVALUATION)
    tallies.evaluated([failed], None)
    tallies.recorded([failed, make_outcome(2)])
    assert (tallies.folds, tallies.fits) == (0, 0)
    assert figures(tallies)["boostgrid_worker_trials"] == {"failed": 1, "succeeded": 1}


def test_memory_is_the_parents_and_that_of_the_engines_that_live():
    memory = {7: Usage(100, 0), 8: Usage(50, 0)}
    found = figures(Tallies(), unsettled=3, pids=(7, 8, 9), measure=memory.get)
    assert found["boostgrid_worker_memory_bytes"] == {"parent": 0, "engines": 150}
    assert found["boostgrid_worker_unsettled_tasks"] == {"": 3}


def test_a_worker_counts_what_it_did_and_how_its_engines_ended(bench):
    def evaluate(request, tell):
        if b.started == 1:
            raise Crash(-11)
        return succeed(request, tell)

    b = bench(evaluate=evaluate)
    sweep = b.sweep()
    b.task(sweep)
    b.until_settled()

    found = figures(b.pool.tallies)
    assert found["boostgrid_worker_trials"] == {"succeeded": 1}
    assert found["boostgrid_worker_engine_restarts"] == {"died": 1}
    assert b.pool.tallies.tasks.count == 1
    assert b.worker.unsettled() == 0
    assert b.pool.pids() == [2]
