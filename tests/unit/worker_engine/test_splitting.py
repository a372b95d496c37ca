import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedKFold

from worker.engine.splitting import k_fold, stratified_k_fold


def held_out(splitter, y):
    fold_of = np.full(len(y), -1)
    for fold, (_, test) in enumerate(splitter.split(y, y)):
        fold_of[test] = fold
    return fold_of


@pytest.mark.parametrize(
    ("rows", "folds"), [(2, 2), (3, 2), (3, 3), (10, 3), (10, 10), (101, 5), (101, 10), (20_640, 3), (20_640, 5)]
)
def test_folds_are_scikit_learns(rows, folds):
    for seed in (0, 1, 2**32 - 1):
        expected = held_out(KFold(folds, shuffle=True, random_state=seed), np.zeros(rows))
        np.testing.assert_array_equal(k_fold(rows, folds, seed), expected)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("folds", [2, 3, 5])
def test_stratified_folds_are_scikit_learns(classes, folds):
    random = np.random.default_rng(classes)
    for rows in (100, 101, 997):
        # rare and frequent ones, in an order of appearance that is not that of their numbers
        y = np.append(np.repeat(np.arange(classes), folds), random.geometric(0.4, rows) % classes)[::-1]
        for seed in (0, 7):
            expected = held_out(StratifiedKFold(folds, shuffle=True, random_state=seed), y)
            np.testing.assert_array_equal(stratified_k_fold(y, folds, seed), expected)


def test_more_folds_than_rows_are_refused():
    with pytest.raises(ValueError, match="4 rows cannot be split into 5 folds"):
        k_fold(4, 5, 0)


def test_more_folds_than_rows_of_any_class_are_refused():
    with pytest.raises(ValueError, match="no class has as many rows as there are folds, which are 3"):
        stratified_k_fold(np.array([0, 0, 1, 1]), 3, 0)
