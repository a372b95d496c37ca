"""A grid is checked once on its way, and what is odd about it is told by that check."""

from __future__ import annotations

import pytest

from dashboard.sweep_form import FormValues, check
from shared.catalog import validation
from shared.domain import SweepSpec
from shared.errors import InvalidSpec
from shared.testing import make_spec

RAW = {
    "name": "First look",
    "library": "xgboost",
    "dataset": {"name": "diabetes", "target": "target", "task": "regression"},
    "param_grid": {"n_estimators": [10, 20], "rate_drop": [0.5]},
    "metrics": ["rmse"],
}


@pytest.fixture
def checks(monkeypatch):
    """Count how often the combinations of a grid are checked."""
    counted = []
    real = validation._check_combinations
    monkeypatch.setattr(
        validation, "_check_combinations", lambda *args: (counted.append(args), real(*args))[1], raising=True
    )
    return counted


def test_a_parsed_spec_tells_its_warnings_without_a_second_check(checks):
    warnings = []
    SweepSpec.parse(RAW, warnings)
    assert [issue.field for issue in warnings] == ["param_grid.rate_drop"]
    assert len(checks) == 1


def test_a_form_is_checked_once(checks):
    form = FormValues.of(make_spec())
    checks.clear()
    checked = check(form)
    assert checked.spec is not None
    assert len(checks) == 1


def test_metrics_are_checked_also_where_the_grid_was():
    with pytest.raises(InvalidSpec, match="names a metric twice"):
        SweepSpec.parse(RAW | {"metrics": ["rmse", "rmse"]}, grid_is_checked=True)
