"""Numbers below each other have the same decimals: enough to tell them apart, none of noise."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.analysis import number_format


@pytest.mark.parametrize(
    ("numbers", "format_"),
    [
        ([25986.4, 26585.1, 43765.6], ".0f"),
        ([54.2, 55.1, 61.3], ".3f"),
        ([0.85722, 0.85, 0.04], ".5f"),
        ([0.6443781, 0.6443785, 0.6443789], ".9f"),
        ([54.2, 55.1, 61.3, 1e20], ".3f"),
        ([2.7e11, 3.1e11], ".4e"),
        ([2.6e-8, 2.7e-8], ".4e"),
        ([0.0, 0.0], ".0f"),
        ([0.5, 0.5], ".5f"),
        ([float("nan"), 54.2], ".3f"),
        ([float("nan")], ".0f"),
        ([], ".0f"),
    ],
)
def test_a_column_has_the_decimals_of_its_middle_or_of_its_spread(numbers, format_):
    assert number_format(pd.Series(numbers, dtype="float64")) == format_


def test_spread_decides_where_few_digits_are_wanted():
    assert number_format([25986.4, 26585.1, 43765.6], digits=1) == ".0f"
    assert number_format([0.512, 0.533, 0.561], digits=1) == ".4f"
    assert number_format([0.5, 0.5, 0.5], digits=1) == ".1f"
    assert number_format([2.7e11, 3.1e11], digits=1) == ".2e"
