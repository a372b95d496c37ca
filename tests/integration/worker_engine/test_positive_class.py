"""The positive class: scores, and what class weights mean, are those of the estimator with that class as 1."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedKFold, cross_validate

from shared.catalog import Library, Metric, TaskType, metric_info, metrics_for
from tests.integration.worker_engine.test_scores_equal_scikit_learn import ESTIMATORS, FOLDS, SEED
from tests.support.evaluating import evaluated, fold_scores, make_request
from worker.engine.binned_cache import BinnedCache

pytestmark = pytest.mark.slow

#: `fraud` sorts first, and is rare
ROWS = 500
WEIGHTS = (1.0, 17.5)


@pytest.fixture
def frame() -> pd.DataFrame:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(ROWS, 4)), columns=list("abcd"))
    is_fraud = frame["a"] + frame["b"] + random.normal(size=ROWS) > 2.6
    return frame.assign(target=pd.Categorical(np.where(is_fraud, "fraud", "legit")))


def points(library: Library) -> list[dict[str, float]]:
    rounds = "iterations" if library is Library.CATBOOST else "n_estimators"
    return [{rounds: 20, "learning_rate": 0.1, "scale_pos_weight": weight} for weight in WEIGHTS]


def reference(
    library: Library, frame: pd.DataFrame, point: dict[str, float], positive: str
) -> dict[Metric, list[float]]:
    """Return scikit-learn's fold scores with the positive class as 1, in our sign."""
    _, classifier, defaults = ESTIMATORS[library]
    names = {metric: metric_info(metric).scorers[TaskType.BINARY] for metric in metrics_for(TaskType.BINARY)}
    scores = cross_validate(
        classifier(**defaults | point),
        frame.drop(columns="target").to_numpy(),
        (frame["target"] == positive).astype(int).to_numpy(),
        cv=StratifiedKFold(FOLDS, shuffle=True, random_state=SEED),
        scoring=list(names.values()),
        error_score="raise",
    )
    return {
        metric: list(scores[f"test_{name}"] * (-1 if name.startswith("neg_") else 1)) for metric, name in names.items()
    }


@pytest.mark.parametrize("library", Library)
def test_scores_and_weights_are_of_the_class_that_is_chosen(tmp_path, frame, library):
    grid, cache = points(library), BinnedCache(2**28)
    of_class = {}
    for chosen, positive in ((None, "legit"), ("fraud", "fraud"), ("legit", "legit")):
        request = make_request(
            tmp_path / "data.parquet",
            frame,
            library,
            TaskType.BINARY,
            grid,
            folds=FOLDS,
            seed=SEED,
            positive_class=chosen,
        )
        outcomes = evaluated(request, cache)
        of_class[chosen] = [fold_scores(outcome) for outcome in outcomes]
        for point, outcome in zip(grid, outcomes, strict=True):
            expected = reference(library, frame, point, positive)
            assert {metric: list(scores) for metric, scores in fold_scores(outcome).items()} == expected
    assert of_class["legit"] == of_class[None]
    light, heavy = (np.mean(scores[Metric.F1]) for scores in of_class["fraud"])
    assert heavy > light, "weighing the rare class up helps to find it"


def test_a_class_that_the_target_does_not_have_fails_the_trials_of_this_worker(tmp_path, frame):
    request = make_request(tmp_path / "data.parquet", frame, Library.XGBOOST, TaskType.BINARY, positive_class="nobody")
    (outcome,) = evaluated(request)
    assert "'nobody' is none of the two classes of target 'target'" in outcome.error.message
