"""A whole sweep with racing, from its launch to its ranking, beside the same sweep without."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared import operations
from shared.catalog import Library, TaskType
from shared.domain import DatasetRef, SweepSpec, SweepStatus, SweepSummary, TrialOutcome, TrialState
from shared.planning.versions import installed_versions
from shared.testing import make_spec
from tests.support.worker_bench import Bench
from worker.engine.binned_cache import BinnedCache
from worker.engine.cross_validation import evaluate
from worker.parent.intervals import BELIEVE_SECONDS

pytestmark = pytest.mark.slow

#: from next to nothing learned to overfitted, some of them in one fit
SPEC = make_spec(
    library=Library.XGBOOST,
    dataset=DatasetRef(name="diabetes", target="target", task=TaskType.REGRESSION),
    param_grid={
        "n_estimators": [2, 30],
        "learning_rate": [0.01, 0.05, 0.1, 0.2, 1.0],
        "max_depth": [1, 2, 3, 9],
    },
    folds=5,
)


def swept(home: Path, spec: SweepSpec) -> tuple[SweepSummary, list[TrialOutcome], list[TrialOutcome]]:
    """Launch and work off the spec; return its counts, its ranking and what was dropped."""
    cache = BinnedCache(2**26)

    def evaluated(request, tell):
        bench.now += BELIEVE_SECONDS
        return evaluate(request, 1, tell, cache)

    bench = Bench(home, evaluate=evaluated, versions=installed_versions())
    try:
        sweep = operations.launch(spec, bench.store, bench.queue)
        bench.addresses.add(sweep.address)
        bench.until_settled()
        ranked, dropped = (
            bench.store.ranked(sweep.sweep_id, state, sweep.size)
            for state in (TrialState.SUCCEEDED, TrialState.DROPPED)
        )
        return bench.store.summaries([sweep.sweep_id])[0], ranked, dropped
    finally:
        bench.close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepSummary, list[TrialOutcome], list[TrialOutcome]]:
    return swept(tmp_path_factory.mktemp("plain"), SPEC)


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepSummary, list[TrialOutcome], list[TrialOutcome]]:
    return swept(tmp_path_factory.mktemp("raced"), SPEC.model_copy(update={"racing": True}))


def test_without_racing_nothing_is_dropped(plain):
    summary, ranked, dropped = plain
    assert (summary.succeeded, summary.failed, summary.dropped) == (40, 0, 0)
    assert len(ranked) == 40
    assert dropped == []


def test_every_trial_of_a_race_ends_as_a_success_or_dropped(raced):
    summary, ranked, dropped = raced
    assert summary.status is SweepStatus.FINISHED
    assert (summary.succeeded, summary.failed, summary.dropped) == (len(ranked), 0, len(dropped))
    assert summary.succeeded + summary.dropped == 40
    assert dropped


def test_the_ten_best_are_the_same(plain, raced):
    assert [each.trial_id for each in raced[1][:10]] == [each.trial_id for each in plain[1][:10]]


def test_what_is_not_dropped_has_the_scores_that_it_has_without_racing(plain, raced):
    without = {each.trial_id: each.scores for each in plain[1]}
    assert all(each.scores == without[each.trial_id] for each in raced[1])


def test_what_is_dropped_has_the_scores_of_its_folds_and_saves_the_others(plain, raced):
    without = {each.trial_id: each.scores for each in plain[1]}
    for each in raced[2]:
        folds = len(each.rounds)
        assert 2 <= folds < 5
        assert each.partial_scores == {
            metric: score.fold_scores[:folds] for metric, score in without[each.trial_id].items()
        }
