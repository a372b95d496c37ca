"""A spec expands to the same distinct trials everywhere, and each of them is in exactly one task."""

from __future__ import annotations

import hashlib
import itertools
import json
import tracemalloc
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import ParameterGrid

from shared.catalog import Library, Metric, TaskType, library_catalog
from shared.domain import DatasetRef, content_hash
from shared.planning import (
    EVALUATION_VERSION,
    combinations_to_compare,
    full_params,
    grid_size,
    identified_points,
    plan_tasks,
    points,
    trial_ids,
)
from shared.planning.same_model import canonical
from shared.testing import make_spec, make_sweep

VERSION = "1.0"
#: of California housing
CELLS = 20_640 * 9


def ids_of(spec):
    return [identity for _, identity in identified_points(spec, VERSION)]


def tasks_of(spec, cells=CELLS):
    sweep = make_sweep(library_version=VERSION).model_copy(update={"spec": spec})
    return list(plan_tasks(sweep, cells))


def one_id(**changes):
    return ids_of(make_spec(**changes))[0]


def test_points_come_in_the_order_of_parameter_grid():
    grid = [{"n_estimators": [10, 20], "learning_rate": [0.3, 0.1]}, {"max_depth": [3, 4, 5]}]
    spec = make_spec(param_grid=grid)
    assert list(points(spec)) == [dict(sorted(point.items())) for point in ParameterGrid(grid)]


def test_an_empty_grid_is_one_trial_of_defaults():
    assert list(points(make_spec(param_grid={}))) == [{}]


@pytest.mark.parametrize("alias", ["eta", "learning_rate"])
def test_an_alias_is_the_same_trial(alias):
    assert one_id(param_grid={alias: [0.05]}) == one_id(param_grid={"learning_rate": [0.05]})


def test_a_default_that_is_spelled_out_is_the_same_trial():
    for library in Library:
        catalog = library_catalog(library)
        for parameter in catalog.parameters:
            if parameter.default is None or TaskType.REGRESSION not in parameter.tasks:
                continue
            if parameter.name == catalog.seed_parameter:
                continue
            spec = make_spec(library=library, param_grid={parameter.name: [parameter.default]})
            assert ids_of(spec) == ids_of(make_spec(library=library, param_grid={})), parameter.name


def test_numbers_are_compared_by_value():
    assert one_id(param_grid={"learning_rate": [1]}) == one_id(param_grid={"learning_rate": [1.0]})
    assert one_id(param_grid={"max_depth": [4.0]}) == one_id(param_grid={"max_depth": [4]})


def test_the_sweeps_seed_is_the_librarys_unless_the_grid_says_otherwise():
    full = full_params(Library.XGBOOST, {"subsample": 0.5}, seed=7)
    assert full["random_state"] == 7
    assert full_params(Library.XGBOOST, {"subsample": 0.5, "random_state": 3}, seed=7)["random_state"] == 3


def test_another_positive_class_is_another_trial_and_the_default_one_as_before():
    dataset = DatasetRef(name="mine", content_hash="d" * 64, target="y", task="binary")
    common = {"param_grid": {"learning_rate": [0.1]}, "dataset": dataset, "metrics": [Metric.F1]}
    assert one_id(**common, positive_class="fraud") != one_id(**common) == one_id(**common, positive_class=None)
    # what a spec without the field had before there was one
    spec = make_spec(**common)
    assert "positive_class" not in spec.model_dump(mode="json", exclude_none=True)
    assert spec.spec_hash == content_hash(
        {k: v for k, v in spec.model_dump(mode="json").items() if k != "positive_class"}
    )


@pytest.mark.parametrize(
    "change",
    [
        {"folds": 4},
        {"seed": 1},
        {"metrics": [Metric.MAE]},
        {"rounds_curve": True},
        {"library": Library.LIGHTGBM},
        {"dataset": DatasetRef(name="diabetes", content_hash="a" * 64, target="target", task="regression")},
        {"dataset": DatasetRef(name="diabetes", content_hash="d" * 64, target="age", task="regression")},
    ],
)
def test_another_protocol_is_another_trial(change):
    grid = {"learning_rate": [0.1]}
    assert one_id(param_grid=grid, **change) != one_id(param_grid=grid)


def test_an_id_is_the_hash_of_protocol_and_of_params_that_are_not_the_default_as_sorted_json():
    grid = {"n_estimators": [100, 7], "gamma": [0.0, 1e-05], "grow_policy": ["lossguide"], "max_leaves": [5]}
    spec = make_spec(param_grid=grid)
    protocol = {
        "dataset": spec.dataset.content_hash,
        "evaluation": EVALUATION_VERSION,
        "folds": spec.folds,
        "library": "xgboost",
        "library_version": VERSION,
        "metrics": sorted(spec.metrics),
        "seed": spec.seed,
        "target": spec.dataset.target,
        "task": "regression",
    }
    always = {"grow_policy": "lossguide", "max_leaves": 5}
    for identity, params in zip(
        ids_of(spec),
        [always, always | {"n_estimators": 7}, always | {"gamma": 1e-05}, always | {"gamma": 1e-05, "n_estimators": 7}],
        strict=True,
    ):
        text = "".join(json.dumps(each, sort_keys=True, separators=(",", ":")) for each in (protocol, params))
        assert identity == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("library", list(Library))
def test_a_parameter_that_a_later_catalog_adds_changes_no_id(library, monkeypatch):
    catalog = library_catalog(library)
    before = one_id(library=library, param_grid={catalog.rounds_parameter: [7]})
    added = replace(catalog.parameters[0], name="new", aliases=(), default=3)
    later = replace(catalog, parameters=(*catalog.parameters, added))
    for module, cached in ((canonical, canonical._defaults), (trial_ids, trial_ids._canonical_defaults)):
        monkeypatch.setattr(module, cached.__name__, cached.__wrapped__)
    monkeypatch.setattr(canonical, "library_catalog", lambda library: later)
    assert one_id(library=library, param_grid={catalog.rounds_parameter: [7]}) == before
    assert "new" in full_params(library, {}, 0)


def test_another_library_version_is_another_trial():
    ((_, one),), ((_, other),) = (identified_points(make_spec(param_grid={}), version) for version in ("1.0", "1.1"))
    assert one != other


@pytest.mark.parametrize(
    "change", [{"name": "renamed"}, {"metrics": [Metric.R2, Metric.RMSE]}, {"trial_timeout_seconds": 9.0}]
)
def test_what_does_not_change_the_scores_does_not_change_the_id(change):
    assert ids_of(make_spec(**change)) == ids_of(make_spec())


def test_a_spec_without_stored_data_has_no_ids():
    spec = make_spec(dataset=DatasetRef(name="diabetes", target="target", task="regression"))
    with pytest.raises(ValueError, match="content hash"):
        ids_of(spec)


def test_trials_that_share_a_fit_are_one_task_and_differ_only_in_rounds():
    tasks = tasks_of(make_spec(param_grid={"n_estimators": [10, 20, 40], "max_depth": [2, 3]}))
    assert [len(task.trials) for task in tasks] == [3, 3]
    for task in tasks:
        rest = {tuple((k, v) for k, v in trial.params.items() if k != "n_estimators") for trial in task.trials}
        assert len(rest) == 1


@pytest.mark.parametrize(
    ("library", "rates", "fits"), [*((library, [0.1], 1) for library in Library), (Library.CATBOOST, [None], 6)]
)
def test_trials_that_stop_early_share_the_fit_of_those_that_do_not(library, rates, fits):
    rounds = library_catalog(library).rounds_parameter
    grid = {rounds: [10, 20], "early_stopping_rounds": [None, 5, 9], "learning_rate": rates}
    spec = make_spec(library=library, param_grid=grid)
    assert grid_size(spec).trials == 6
    assert grid_size(spec).fits == fits * spec.folds


def test_rounds_that_cannot_share_are_tasks_of_their_own():
    spec = make_spec(library=Library.CATBOOST, param_grid={"iterations": [10, 20], "depth": [4]})
    assert [len(task.trials) for task in tasks_of(spec)] == [1, 1]
    assert grid_size(spec).fits == 2 * spec.folds


def test_the_costliest_tasks_come_first():
    tasks = tasks_of(make_spec(param_grid={"max_depth": [2, 8, 5], "learning_rate": [0.1, 0.2]}))
    assert [task.trials[0].params["max_depth"] for task in tasks] == [8, 8, 5, 5, 2, 2]


def test_the_costliest_tasks_of_several_grids_come_first():
    grids = [{"max_depth": [4, 6]}, {"max_depth": [3, 7], "reg_lambda": [2.0]}, {"max_depth": [5]}]
    assert [task.trials[0].params["max_depth"] for task in tasks_of(make_spec(param_grid=grids))] == [7, 6, 5, 4, 3]


def test_a_trial_that_a_larger_fit_of_another_grid_answers_needs_none_of_its_own():
    spec = make_spec(param_grid=[{"n_estimators": [100]}, {"n_estimators": [100, 200]}])
    (task,) = tasks_of(spec)
    assert [trial.params["n_estimators"] for trial in task.trials] == [100, 200]
    assert grid_size(spec).fits == spec.folds


@pytest.mark.slow
def test_small_fits_share_a_task():
    spec = make_spec(param_grid={"n_estimators": [1], "reg_lambda": [number / 10 for number in range(1, 3001)]})
    tasks = tasks_of(spec, cells=600)
    assert max(len(task.trials) for task in tasks) > 10
    assert len(tasks) >= 30


def test_a_small_sweep_comes_in_enough_tasks_for_several_workers():
    spec = make_spec(param_grid={"reg_lambda": [number / 10 for number in range(1, 41)]})
    assert len(tasks_of(spec, cells=600)) >= 20


def test_points_that_are_one_model_are_one_trial():
    spec = make_spec(library=Library.LIGHTGBM, param_grid={"subsample": [0.5, 0.8], "subsample_freq": [0, 1]})
    size = grid_size(spec)
    assert (size.points, size.trials) == (4, 3)
    assert len(set(ids_of(spec))) == 3


def test_overlapping_grids_name_each_trial_once():
    spec = make_spec(param_grid=[{"max_depth": [3, 4]}, {"max_depth": [4, 5]}, {}])
    counted = Counter(trial.trial_id for task in tasks_of(spec) for trial in task.trials)
    assert set(counted.values()) == {1}
    assert set(counted) == set(ids_of(spec))
    assert grid_size(spec).trials == len(counted)


TEN, MANY = list(range(11, 21)), [number / 1000 for number in range(1, 101)]
LARGE = {
    "no rule": (Library.XGBOOST, {"learning_rate": MANY, "reg_lambda": MANY, "reg_alpha": MANY, "gamma": MANY}),
    "read off the rounds": (
        Library.XGBOOST,
        {"n_estimators": list(range(10, 1010, 10)), "early_stopping_rounds": TEN, "max_depth": TEN, "max_bin": TEN},
    ),
    "a rule that never applies": (
        Library.LIGHTGBM,
        {"n_estimators": TEN, "learning_rate": MANY, "min_child_samples": list(range(1, 101)), "path_smooth": MANY},
    ),
    "a learning rate": (Library.CATBOOST, {"iterations": TEN, "learning_rate": MANY, "l2_leaf_reg": MANY}),
    "none, or several": (
        Library.CATBOOST,
        {"iterations": TEN, "learning_rate": [None, *MANY], "l2_leaf_reg": [None, *MANY], "rsm": MANY},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", LARGE)
def test_planning_is_lazy(case):
    library, grid = LARGE[case]
    spec = make_spec(library=library, param_grid=grid)
    tracemalloc.start()
    try:
        size = grid_size(spec)
        tasks = list(itertools.islice(plan_tasks(make_sweep(spec=spec), CELLS), 2))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size.points >= 100_000
    assert len(tasks) == 2
    assert peak < 4 * 2**20


HEAVY = {"n_estimators": [1000, 2000], "max_depth": [8]}


def test_a_fit_that_could_outlast_the_rest_is_a_task_a_fold():
    spec = make_spec(param_grid=[HEAVY, {"n_estimators": [1], "max_depth": [1]}], folds=5)
    *heavy, light = tasks_of(spec)
    assert [task.fold for task in heavy] == [0, 1, 2, 3, 4]
    assert {len(task.trials) for task in heavy} == {2}
    assert light.fold is None
    assert len(light.trials) == 1


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ({"racing": True}, CELLS),
        ({"trial_timeout_seconds": 900.0}, CELLS),
        ({"param_grid": HEAVY}, 9),
        ({"param_grid": {**HEAVY, "learning_rate": [each / 1000 for each in range(1, 101)]}}, CELLS),
    ],
    ids=["a race", "a time limit", "a small table", "one fit among many"],
)
def test_other_fits_are_one_task_for_all_folds(changes, cells):
    tasks = tasks_of(make_spec(**({"param_grid": HEAVY} | changes)), cells)
    assert {task.fold for task in tasks} == {None}


@pytest.mark.parametrize("library", list(Library))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_catalog_names_every_parameter_that_its_functions_read(library, data):
    catalog = library_catalog(library)
    drawn = {p.name: data.draw(st.sampled_from((p.default, *p.suggested))) for p in catalog.parameters}

    class Watched(dict):
        def __init__(self, values):
            super().__init__(values)
            self.read = set()

        def __getitem__(self, key):
            self.read.add(key)
            return super().__getitem__(key)

        def get(self, key, default=None):
            self.read.add(key)
            return super().get(key, default)

    for function, declared in [
        (catalog.rounds_sharing, {*catalog.rounds_sharing_reads, catalog.rounds_parameter}),
        (catalog.relative_cost, {*catalog.relative_cost_reads, catalog.rounds_parameter}),
        *((rule.broken, set(rule.reads)) for rule in catalog.rules),
        *((each.canonical, {each.parameter, *each.reads}) for each in catalog.equivalences),
    ]:
        watched = Watched(drawn)
        function(watched)
        assert watched.read <= declared


def test_what_is_compared_grows_with_the_linked_parameters_and_not_with_the_grid():
    ten = tuple(range(1, 11))
    free = {"gamma": ten, "reg_alpha": ten, "colsample_bytree": tuple(0.1 * each for each in ten)}
    assert combinations_to_compare(Library.XGBOOST, [free]) == 10
    assert combinations_to_compare(Library.XGBOOST, [free | {"n_estimators": ten, "max_depth": ten}]) == 100
    assert combinations_to_compare(Library.XGBOOST, [{}]) == 1
    assert combinations_to_compare(Library.XGBOOST, [{"gamma": ten}, {"gamma": ten, "max_depth": ten}]) == 110
