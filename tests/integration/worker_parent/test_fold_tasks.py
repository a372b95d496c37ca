"""A whole sweep whose fits are tasks a fold, beside the same sweep in whole tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared import operations
from shared.catalog import Library, TaskType
from shared.domain import DatasetRef, TrialOutcome
from shared.planning import tasks
from shared.planning.versions import installed_versions
from shared.testing import make_spec
from tests.support.worker_bench import Bench
from worker.engine.binned_cache import BinnedCache
from worker.engine.cross_validation import evaluate

pytestmark = pytest.mark.slow

SPEC = make_spec(
    library=Library.LIGHTGBM,
    dataset=DatasetRef(name="diabetes", target="target", task=TaskType.REGRESSION),
    param_grid={"n_estimators": [5, 10, 20], "num_leaves": [4, 15]},
    rounds_curve=True,
)


def swept(home: Path) -> tuple[list[int | None], dict[str, TrialOutcome]]:
    """Launch and work off the spec; return the folds of its evaluations and its outcomes."""
    cache, folds = BinnedCache(2**26), []

    def evaluated(request, tell):
        folds.append(request.fold)
        return evaluate(request, 1, tell, cache)

    bench = Bench(home, evaluate=evaluated, versions=installed_versions())
    try:
        sweep = operations.launch(SPEC, bench.store, bench.queue)
        bench.until(lambda: bench.store.summaries()[0].open == 0)
        summary = bench.store.summaries()[0]
        assert (summary.succeeded, summary.open) == (6, 0)
        return folds, bench.outcomes(sweep)
    finally:
        bench.close()


def test_single_folds_give_the_outcomes_of_whole_tasks(tmp_path, monkeypatch):
    folds, whole = swept(tmp_path / "whole")
    assert set(folds) == {None}

    monkeypatch.setattr(tasks, "_TASK_SECONDS", 0.0)
    folds, apart = swept(tmp_path / "apart")
    assert sorted(folds) == [0, 0, 1, 1, 2, 2]

    timed = {"fit_seconds", "score_seconds", "started_at", "finished_at", "attempt_id"}
    assert apart.keys() == whole.keys()
    for trial_id, outcome in whole.items():
        assert apart[trial_id].model_dump(exclude=timed) == outcome.model_dump(exclude=timed)
