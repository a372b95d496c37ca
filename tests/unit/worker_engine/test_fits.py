"""Which trials of a request share a fit, and what a fit refuses to be made of."""

from __future__ import annotations

import pytest

from shared.catalog import Library, library_catalog
from shared.domain import PlannedTrial
from shared.testing.factories import fake_trial_id
from worker.engine.fits import UnknownParameter, native_params, plan_fits


def trials_of(*points):
    return [PlannedTrial(trial_id=fake_trial_id(point), params=point) for point in points]


@pytest.mark.parametrize("library", Library)
@pytest.mark.parametrize("rounds", [2.5, "many", None])
def test_rounds_that_are_no_whole_number_are_refused_by_name(library, rounds):
    name = library_catalog(library).rounds_parameter
    with pytest.raises(TypeError, match=f"{name} must be a whole number, not {rounds!r}"):
        plan_fits(library, trials_of({name: rounds}), seed=0)


@pytest.mark.parametrize("library", Library)
def test_a_patience_that_is_no_whole_number_is_refused_by_name(library):
    with pytest.raises(TypeError, match=r"early_stopping_rounds must be a whole number or empty, not 2\.5"):
        plan_fits(library, trials_of({"early_stopping_rounds": 2.5}), seed=0)


@pytest.mark.parametrize("library", Library)
def test_a_parameter_that_this_worker_does_not_know_is_refused_with_what_to_do(library):
    label = library_catalog(library).label
    sentence = f"this worker knows no {label} parameter train_dir; roll out workers of the dashboard's version"
    with pytest.raises(UnknownParameter, match=sentence):
        native_params(library, {"train_dir": "/tmp"}, seed=0)  # noqa: S108
    with pytest.raises(UnknownParameter, match=sentence):
        plan_fits(library, trials_of({"train_dir": "/tmp"}), seed=0)  # noqa: S108


def test_trials_that_differ_in_rounds_and_patience_share_a_fit_of_the_most_rounds():
    trials = trials_of(
        {"n_estimators": 20},
        {"n_estimators": 10, "early_stopping_rounds": 5},
        {"n_estimators": 10, "max_depth": 2},
    )
    shared, alone = plan_fits(Library.XGBOOST, trials, seed=0)
    assert [entry.trial_id for entry in shared.entries] == [trials[1].trial_id, trials[0].trial_id]
    assert (shared.rounds, shared.stops_early) == (20, True)
    assert [entry.trial_id for entry in alone.entries] == [trials[2].trial_id]
    assert (alone.rounds, alone.stops_early) == (10, False)
