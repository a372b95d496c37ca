"""The charts of a sweep's results, and what they stand on."""

from __future__ import annotations

import pytest

from tests.app.conftest import SWEEP, evaluate, texts

pytestmark = pytest.mark.slow


def test_a_curve_for_each_varied_parameter(dashboard, sweep):
    evaluate(dashboard, sweep, 4)
    at = dashboard.open("results", SWEEP)

    assert at.get_by_key("curve_learning_rate")
    assert at.get_by_key("curve_n_estimators")
    assert at.get_by_key("importance")
    assert at.get_by_key("best_so_far")


def test_the_heat_map_is_of_two_different_parameters(dashboard, sweep):
    evaluate(dashboard, sweep, 4)
    at = dashboard.open("results", SWEEP | {"view": "Heat map"})
    at.selectbox(key="map_x").select("n_estimators").run()

    assert not at.exception
    assert at.selectbox(key="map_y").value == "learning_rate"
    assert at.get_by_key("heat_map")


def test_charts_say_what_they_stand_on(dashboard, sweep):
    evaluate(dashboard, sweep, 3, failed=1)
    for view in ("Curves", "Heat map"):
        at = dashboard.open("results", SWEEP | {"view": view})
        assert "These charts stand on 2 of 4 trials · 1 failed · 1 to come." in texts(at)
    assert "a mean is estimated" in texts(dashboard.open("results", SWEEP))


def test_where_there_is_no_score_nothing_is_said_of_estimates(dashboard, sweep):
    assert "a mean is estimated" not in texts(dashboard.open("results", SWEEP))
