import pytest

from shared import operations
from shared.catalog import Library, Metric
from shared.domain import MetricScore
from shared.testing import make_outcome, make_spec, make_sweep
from shared.wording import number
from tests.support.analysed import RATES_AND_DEPTHS, evaluate, sweep_over


@pytest.mark.parametrize("library", Library)
def test_a_sweep_whose_trials_all_score_the_same_learned_nothing(library):
    sweep = make_sweep(spec=make_spec(library=library, param_grid={"learning_rate": [0.1, 0.3]}), size=2)
    outcomes = evaluate(sweep, lambda learning_rate: 0.5)
    found = operations.learned_nothing(sweep, outcomes)
    assert "All 2 trials scored the same on every fold" in found
    assert ("min_child_samples" in found) == (library is Library.LIGHTGBM)


def test_a_sweep_whose_trials_differ_learned_something():
    sweep = sweep_over(RATES_AND_DEPTHS)
    assert operations.learned_nothing(sweep, evaluate(sweep, lambda max_depth, **_: max_depth)) is None


def test_equal_means_of_different_folds_are_not_the_same():
    sweep = sweep_over({"max_depth": [3, 5]})
    outcomes = [
        make_outcome(name, scores={Metric.RMSE: MetricScore(fold_scores=folds, mean_score=2.0, std_score=0.1)})
        for name, folds in (("a", (1.0, 2.0, 3.0)), ("b", (3.0, 2.0, 1.0)))
    ]
    assert operations.learned_nothing(sweep, outcomes) is None


def test_one_trial_and_none_say_nothing_of_it():
    sweep = sweep_over({"max_depth": [3, 5]})
    assert operations.learned_nothing(sweep, []) is None
    assert operations.learned_nothing(sweep, evaluate(sweep, lambda max_depth: 0.5)[:1]) is None


@pytest.mark.parametrize(("best", "nothing"), [(-0.25, True), (0.0, True), (0.1, False)])
def test_the_best_r2_of_zero_or_less_is_no_better_than_the_mean(best, nothing):
    sweep = make_sweep(spec=make_spec(param_grid={"max_depth": [3, 5]}, metrics=["r2"]), size=2)
    outcomes = evaluate(sweep, lambda max_depth: 1 - best + (max_depth == 5))
    found = operations.learned_nothing(sweep, outcomes)
    assert (found is not None) is nothing
    if found:
        assert f"The best R², {number(best, 4)}, is no better than predicting the mean" in found


@pytest.mark.parametrize("library", Library)
def test_outcomes_are_read_no_further_than_is_needed(library):
    sweep = make_sweep(spec=make_spec(library=library, param_grid={"learning_rate": [0.1, 0.3]}), size=2)
    outcomes = evaluate(sweep, lambda learning_rate: learning_rate)

    def endless():
        yield from outcomes
        raise AssertionError("read too far")

    assert operations.learned_nothing(sweep, endless()) is None
