"""The winner is a point as the grid writes it; ties go to the cheaper, then to the grid's order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import analysis
from shared.catalog import Library, Metric
from shared.domain import Sweep
from shared.operations import export, winner
from shared.planning import full_params, points
from shared.planning.winning import best_of, point_of
from shared.planning.written import WrittenPoints
from shared.testing import InMemoryStore, make_outcome, make_spec, make_sweep
from tests.support.work import calls_of
from tests.unit.planning.test_properties import TELLING, grids, spec_of


def sweep_of(library: Library, *param_grid: dict[str, list[Any]], **changes: Any) -> Sweep:
    return make_sweep("sweep", spec=make_spec(library=library, param_grid=list(param_grid), **changes))


def outcome_of(sweep: Sweep, point: dict[str, Any], score: float = 0.5):
    params = full_params(sweep.spec.library, point, sweep.spec.seed)
    return make_outcome(tuple(params.items()), score, params=params)


def winner_of(sweep: Sweep, *outcomes):
    """Return the winner's point by every way that leads to one."""
    store = InMemoryStore()
    store.save_sweep(sweep)
    store.record(sweep.sweep_id, outcomes)
    best = winner(sweep, store)
    assert best == best_of(sweep, outcomes) == analysis.best_outcome(sweep, reversed(outcomes))
    return point_of(sweep, best)


@pytest.mark.parametrize(
    ("library", "grid", "point", "written"),
    [
        (Library.LIGHTGBM, {"max_depth": [5], "num_leaves": [31, 100]}, {"max_depth": 5, "num_leaves": 100}, None),
        (Library.XGBOOST, {"n_estimators": [60], "early_stopping_rounds": [200]}, {}, None),
        (Library.LIGHTGBM, {"subsample": [0.5, 0.7]}, {"subsample": 0.7}, {"subsample": 0.5}),
        (Library.XGBOOST, {"learning_rate": [None]}, {"learning_rate": 0.3}, {"learning_rate": None}),
    ],
)
def test_the_winner_is_a_point_as_it_is_written(library, grid, point, written):
    sweep = sweep_of(library, grid)
    point = {name: values[0] for name, values in grid.items()} | point
    written = point if written is None else written
    outcome = outcome_of(sweep, point)
    assert winner_of(sweep, outcome) == written
    shown = {name: value for name, value in written.items() if value is not None}
    assert shown.items() <= export.best_params(sweep, outcome).items()
    assert analysis.trials_frame(sweep, [outcome]).loc[0, list(shown)].to_dict() == shown


def test_of_equals_the_cheaper_wins_and_then_the_first_of_the_grid():
    sweep = sweep_of(Library.XGBOOST, {"n_estimators": [200, 50], "gamma": [1.0, 0.0]})
    outcomes = [outcome_of(sweep, point) for point in points(sweep.spec)]
    assert winner_of(sweep, *outcomes) == {"gamma": 1.0, "n_estimators": 50}
    better = outcome_of(sweep, {"gamma": 0.0, "n_estimators": 200}, 0.4)
    others = [each for each in outcomes if each.trial_id != better.trial_id]
    assert winner_of(sweep, *others, better) == {"gamma": 0.0, "n_estimators": 200}


def test_ties_beyond_the_first_trials_that_are_read_are_seen():
    sweep = sweep_of(Library.XGBOOST, {"n_estimators": list(range(100, 0, -1))})
    assert winner_of(sweep, *(outcome_of(sweep, point) for point in points(sweep.spec))) == {"n_estimators": 1}


def test_a_success_without_the_ranking_metric_does_not_win():
    sweep = sweep_of(Library.XGBOOST, {"gamma": [0.0]}, metrics=(Metric.R2,))
    assert best_of(sweep, [make_outcome().model_copy(update={"scores": {}})]) is None


def test_what_another_grid_sets_is_what_the_library_takes():
    sweep = sweep_of(Library.XGBOOST, {"gamma": [1.0]}, {"max_depth": [3]})
    assert point_of(sweep, outcome_of(sweep, {"max_depth": 3})) == {"gamma": 0.0, "max_depth": 3}


def check_points(spec) -> None:
    """Every point leads to the first that is the same model."""
    first: dict[str, tuple[int, dict[str, Any]]] = {}
    finding = WrittenPoints(spec)
    orders = []
    for point in points(spec):
        full = full_params(spec.library, point, spec.seed)
        expected = first.setdefault(repr(full), (len(first), point))[1]
        found = finding.first(full)
        assert repr(sorted(found.params.items())) == repr(sorted(expected.items()))
        if expected is point:
            orders.append(found.order)
    assert orders == sorted(orders)


@pytest.mark.parametrize("held", [8_000, 2])
@pytest.mark.parametrize(("library", "declared"), TELLING, ids=str)
def test_each_point_leads_to_the_first_that_is_the_same_model(library, declared, held, monkeypatch):
    monkeypatch.setattr("shared.planning.written.MOST_HELD", held)
    check_points(spec_of(library, declared, 7))


@pytest.mark.slow
@pytest.mark.parametrize("held", [8_000, 2])
@pytest.mark.parametrize("library", list(Library))
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_point_leads_to_the_first_that_is_the_same_model(library, held, data):
    drawn = data.draw(st.lists(grids(library), min_size=1, max_size=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.planning.written.MOST_HELD", held)
        check_points(spec_of(library, drawn, 7))


def test_a_point_of_a_million_is_found_at_once():
    grid = {"num_leaves": list(range(2, 1_002)), "max_depth": list(range(1, 1_001))}
    sweep = sweep_of(Library.LIGHTGBM, grid)
    outcome = outcome_of(sweep, {"num_leaves": 777, "max_depth": 9})
    assert point_of(sweep, outcome) == {"num_leaves": 512, "max_depth": 9}
    assert calls_of(lambda: point_of(sweep, outcome)) < 100_000
