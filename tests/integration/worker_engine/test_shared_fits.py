"""What fits share, rounds and binned rows, changes no score."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from shared.catalog import Library, TaskType, library_catalog
from shared.catalog.model import RoundsSharing
from shared.domain import TrialOutcome
from shared.planning import full_params
from tests.support.evaluating import evaluated, fold_scores, make_request, mixed_frame, numeric_frame
from worker.engine.binned_cache import BinnedCache
from worker.engine.fits import plan_fits

pytestmark = pytest.mark.slow

PREFIX, DURING = RoundsSharing.PREFIX, RoundsSharing.DURING_TRAINING

_SAMPLED_XGBOOST = {"subsample": 0.6, "colsample_bytree": 0.7, "colsample_bynode": 0.8}
_BAGGED = {"subsample": 0.6, "subsample_freq": 1}

#: configurations that the catalog says can share, and how
SHARING: list[tuple[Library, RoundsSharing, dict[str, Any]]] = [
    (Library.XGBOOST, PREFIX, {}),
    (Library.XGBOOST, PREFIX, {"tree_method": "approx", "subsample": 0.7}),
    (Library.XGBOOST, PREFIX, {"tree_method": "exact", "colsample_bylevel": 0.7}),
    (Library.XGBOOST, PREFIX, _SAMPLED_XGBOOST),
    (Library.XGBOOST, PREFIX, {"grow_policy": "lossguide", "max_leaves": 8, "max_depth": 0}),
    (Library.XGBOOST, PREFIX, _SAMPLED_XGBOOST | {"num_parallel_tree": 3}),
    (Library.XGBOOST, DURING, {"booster": "dart", "rate_drop": 0.3}),
    (Library.XGBOOST, DURING, {"booster": "dart", "one_drop": True, "subsample": 0.7}),
    (Library.XGBOOST, DURING, {"booster": "gblinear", "reg_alpha": 0.01}),
    (Library.LIGHTGBM, PREFIX, {}),
    (Library.LIGHTGBM, PREFIX, _BAGGED | {"colsample_bytree": 0.6, "colsample_bynode": 0.8}),
    (Library.LIGHTGBM, PREFIX, _BAGGED | {"boosting_type": "rf"}),
    (Library.LIGHTGBM, PREFIX, {"data_sample_strategy": "goss", "learning_rate": 0.2}),
    (Library.LIGHTGBM, PREFIX, {"extra_trees": True}),
    (Library.LIGHTGBM, PREFIX, {"linear_tree": True}),
    (Library.LIGHTGBM, PREFIX, {"path_smooth": 2.0}),
    (Library.LIGHTGBM, PREFIX, {"use_quantized_grad": True}),
    (Library.LIGHTGBM, DURING, {"boosting_type": "dart", "drop_rate": 0.3, "skip_drop": 0.0}),
    (Library.CATBOOST, PREFIX, {"learning_rate": 0.1}),
    (Library.CATBOOST, PREFIX, {"learning_rate": 0.1, "bootstrap_type": "Bernoulli", "subsample": 0.6}),
    (Library.CATBOOST, PREFIX, {"learning_rate": 0.1, "grow_policy": "Lossguide", "max_leaves": 6}),
    (Library.CATBOOST, PREFIX, {"learning_rate": 0.1, "grow_policy": "Depthwise", "rsm": 0.7}),
    (Library.CATBOOST, PREFIX, {"learning_rate": 0.1, "boosting_type": "Ordered"}),
    (Library.CATBOOST, PREFIX, {"learning_rate": 0.1, "bootstrap_type": "MVS", "random_strength": 3.0}),
]

ROUNDS = (3, 9, 20)


#: what no tree of categories is made by
NUMBERS_ONLY = ("gblinear", "exact")


@pytest.mark.parametrize("make_frame", [numeric_frame, mixed_frame])
@pytest.mark.parametrize("task", TaskType)
@pytest.mark.parametrize(("library", "sharing", "params"), SHARING, ids=str)
def test_trials_that_share_a_fit_score_as_each_does_alone(tmp_path, library, sharing, params, task, make_frame):
    if make_frame is mixed_frame and any(value in NUMBERS_ONLY for value in params.values()):
        make_frame = partial(numeric_frame, missing=0.1)
    rounds_parameter = library_catalog(library).rounds_parameter
    points = [params | {rounds_parameter: rounds} for rounds in ROUNDS]
    request = make_request(tmp_path / "data.parquet", make_frame(task), library, task, points)
    full = full_params(library, points[0], request.seed)
    assert library_catalog(library).rounds_sharing(full) is sharing
    assert len(plan_fits(library, request.trials, request.seed)) == 1

    together = evaluated(request)

    for trial, outcome in zip(request.trials, together, strict=True):
        (alone,) = evaluated(request.model_copy(update={"trials": (trial,)}))
        assert (outcome.fit_shared_by, alone.fit_shared_by) == (len(ROUNDS), 1)
        assert outcome.rounds == alone.rounds
        assert_equal(outcome, alone)


@pytest.mark.parametrize(
    ("library", "params"),
    [
        (Library.CATBOOST, {}),
        (Library.CATBOOST, {"learning_rate": 0.1, "unheard_of": 1}),
        (Library.LIGHTGBM, {"unheard_of": 1}),
        (Library.XGBOOST, {"unheard_of": 1}),
    ],
    ids=str,
)
def test_what_is_not_known_to_be_safe_is_not_shared(library, params):
    full = full_params(library, {}, seed=0) | params
    assert library_catalog(library).rounds_sharing(full) is RoundsSharing.NONE


def test_rounds_in_which_lightgbm_finds_no_split_do_not_shift_the_prefixes(tmp_path):
    frame = numeric_frame(TaskType.REGRESSION).head(60)
    params = {"min_child_samples": 14, "subsample": 0.7, "subsample_freq": 1, "min_split_gain": 60_000.0}
    points = [params | {"n_estimators": rounds} for rounds in (5, 10, 40)]
    request = make_request(tmp_path / "data.parquet", frame, Library.LIGHTGBM, points=points)

    together = evaluated(request)

    assert any(made < 40 for made in together[-1].rounds)
    for trial, outcome in zip(request.trials, together, strict=True):
        (alone,) = evaluated(request.model_copy(update={"trials": (trial,)}))
        assert outcome.rounds == alone.rounds
        assert_equal(outcome, alone)


def test_approx_bins_anew_for_each_fit_since_it_does_so_by_the_rows_that_it_samples(tmp_path):
    params = {"tree_method": "approx", "subsample": 0.3, "max_bin": 8, "n_estimators": 4}
    points = [params | {"random_state": seed} for seed in (1, 2)]
    request = make_request(tmp_path / "data.parquet", numeric_frame(TaskType.REGRESSION), points=points)

    together = evaluated(request)

    for trial, outcome in zip(request.trials, together, strict=True):
        (alone,) = evaluated(request.model_copy(update={"trials": (trial,)}))
        assert_equal(outcome, alone)


def test_a_cache_that_can_keep_nothing_costs_no_score(tmp_path):
    points = [{"n_estimators": 5}, {"n_estimators": 8}]
    request = make_request(
        tmp_path / "data.parquet", numeric_frame(TaskType.BINARY), task=TaskType.BINARY, points=points
    )

    for kept, made in zip(evaluated(request), evaluated(request, BinnedCache(0)), strict=True):
        assert_equal(kept, made)


def assert_equal(one: TrialOutcome, other: TrialOutcome) -> None:
    """Scores are the same, to the bit."""
    assert fold_scores(one) == fold_scores(other)
