"""Whatever the grid, planning finds the models that its points are, one by one, and the fits that they can share."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalog import Library, library_catalog
from shared.catalog.model import ParameterKind, RoundsSharing
from shared.domain import SweepSpec
from shared.planning import full_params, grid_size, identified_points, plan_tasks, points
from shared.planning.grid_plan import grid_plans
from shared.testing import make_spec, make_sweep

XGBOOST, LIGHTGBM, CATBOOST = Library
VERSION = "1.0"

#: grids in which one rule of the catalog, or what shares a fit, depends on another parameter's value
TELLING: list[tuple[Library, list[dict[str, list[Any]]]]] = [
    (CATBOOST, [{"grow_policy": ["Lossguide"], "depth": [2, 6]}]),
    (CATBOOST, [{"grow_policy": ["SymmetricTree", "Lossguide"], "depth": [2, 6]}]),
    (CATBOOST, [{"grow_policy": ["Lossguide"], "depth": [2, 6], "max_leaves": [4, 16, None]}]),
    (CATBOOST, [{"grow_policy": ["Lossguide", "Depthwise"], "depth": [3], "max_leaves": [8, 31, None]}]),
    (CATBOOST, [{"iterations": [5, 9], "learning_rate": [0.1], "langevin": [False, True]}]),
    (CATBOOST, [{"iterations": [5, 9], "learning_rate": [None, 0.1, 0.3], "l2_leaf_reg": [None, 3.0]}]),
    (CATBOOST, [{"iterations": [5, 9], "learning_rate": [0.1], "model_shrink_rate": [None, 0.0, 0.1]}]),
    (
        CATBOOST,
        [
            {
                "iterations": [5, 9],
                "learning_rate": [0.1],
                "langevin": [False, True],
                "model_shrink_rate": [None, 0.0, 0.1],
            }
        ],
    ),
    (
        XGBOOST,
        [{"booster": ["gbtree", "gblinear"], "max_depth": [2, 3], "max_leaves": [0, 4], "n_estimators": [5, 9]}],
    ),
    (XGBOOST, [{"booster": ["dart"], "rate_drop": [0.0, 0.5], "one_drop": [False, True], "skip_drop": [0.0, 0.5]}]),
    (XGBOOST, [{"subsample": [0.5, 1.0], "colsample_bytree": [1.0], "random_state": [0, 1]}]),
    (LIGHTGBM, [{"boosting_type": ["gbdt", "dart"], "max_drop": [10]}]),
    (LIGHTGBM, [{"max_depth": [-1, 0, 2, 3], "num_leaves": [4, 8, 31]}, {"num_leaves": [4, 31], "max_depth": [2]}]),
    (
        LIGHTGBM,
        [
            {"subsample": [0.5, 1.0], "subsample_freq": [0, 1]},
            {"n_estimators": [5], "early_stopping_rounds": [3, 4, 9]},
        ],
    ),
]


def grids(library):
    """Small grids over parameters that a rule relates, and a few others."""
    catalog = library_catalog(library)
    by_name = {parameter.name: parameter for parameter in catalog.parameters}
    related = [
        {catalog.rounds_parameter, *catalog.rounds_sharing_reads},
        {catalog.rounds_parameter, *catalog.relative_cost_reads},
        *({equivalence.parameter, *equivalence.reads} for equivalence in catalog.equivalences),
    ]

    def values(name):
        return st.lists(st.sampled_from(candidates(by_name[name])), min_size=1, max_size=3, unique_by=repr)

    return st.tuples(st.sampled_from(related), st.sets(st.sampled_from(sorted(by_name)), max_size=2)).flatmap(
        lambda names: st.fixed_dictionaries(
            {name: values(name) for name in sorted(list(names[0])[:5] + list(names[1]))}
        )
    )


def candidates(parameter):
    """Values on which rules turn: defaults, empty ones, choices, bounds and small numbers."""
    found = [parameter.default, *parameter.suggested, *parameter.choices]
    if parameter.kind is ParameterKind.INT:
        found += [value for value in (-1, 0, 1, 2, 3, 4, 8, 31) if parameter.low is None or value >= parameter.low]
    if parameter.nullable:
        found.append(None)
    return sorted(set(found), key=repr)


def spec_of(library: Library, grids: list[dict[str, list[Any]]], seed: int) -> SweepSpec:
    """A spec around the rules: planning must hold for any grid, legal combinations or not."""
    declared = tuple({name: tuple(values) for name, values in sorted(grid.items())} for grid in grids)
    return make_spec(library=library, param_grid={}).model_copy(update={"param_grid": declared, "seed": seed})


def check(spec: SweepSpec) -> None:
    """Compare the plan with what a walk over all points finds."""
    library, catalog = spec.library, library_catalog(spec.library)
    ids = [identity for _, identity in identified_points(spec, VERSION)]
    planned: Counter[tuple[str, int]] = Counter()
    for task in plan_tasks(make_sweep(library_version=VERSION).model_copy(update={"spec": spec}), cells=185_760):
        folds = range(spec.folds) if task.fold is None else [task.fold]
        planned.update((trial.trial_id, fold) for trial in task.trials for fold in folds)
    assert set(planned.values()) == {1}
    assert set(planned) == {(identity, fold) for identity in ids for fold in range(spec.folds)}

    for fit, group in (each for plan in grid_plans(spec) for each in plan.groups()):
        for written, full in group:
            assert repr(full) == repr(full_params(library, written, spec.seed))
        if len(group) > 1:
            assert all(catalog.rounds_sharing(full) is not RoundsSharing.NONE for _, full in group)
            assert len({tuple(v for k, v in full.items() if k not in catalog.read_off) for _, full in group}) == 1
        assert fit.cost == max(catalog.relative_cost(full) for _, full in group)

    size = grid_size(spec)
    assert (size.points, size.trials) == (len(ids), len(set(ids)))
    if len(spec.param_grid) == 1:
        fits = set()
        for point in points(spec):
            full = full_params(library, point, spec.seed)
            shares = catalog.rounds_sharing(full) is not RoundsSharing.NONE
            fits.add(tuple((name, value) for name, value in full.items() if not (shares and name in catalog.read_off)))
        assert size.fits == len(fits) * spec.folds


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize(("library", "grids"), TELLING, ids=str)
def test_a_grid_in_which_parameters_bear_on_each_other_is_planned_as_its_points_are(library, grids, seed):
    check(spec_of(library, grids, seed))


@pytest.mark.slow
@pytest.mark.parametrize("most_tried", [20_000, 3])
@pytest.mark.parametrize("library", list(Library))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_grid_is_planned_as_its_points_are(library, most_tried, data):
    drawn = data.draw(st.lists(grids(library), min_size=1, max_size=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.planning.components._MOST_TRIED", most_tried)
        check(spec_of(library, drawn, data.draw(st.sampled_from([0, 7]))))
