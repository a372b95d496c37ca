"""How measured numbers are written: never cut within their whole part, never with a bare point."""

from __future__ import annotations

import pytest

from shared.wording import number, with_spread


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.5, "0.50000"),
        (-0.1, "-0.10000"),
        (54.2, "54.200"),
        (9999.96, "10,000"),
        (43765.61, "43,766"),
        (-123456.7, "-123,457"),
        (437_656_123.4, "437,656,123"),
        (2.68143e11, "2.6814e+11"),
        (999_999_999.9, "1.0000e+09"),
        (0.00031, "0.00031000"),
        (2.59864e-8, "2.5986e-08"),
        (0.0, "0"),
        (-0.0, "0"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_keep_five_digits_and_their_whole_part(value, written):
    assert number(value) == written


@pytest.mark.parametrize(
    ("mean", "std", "written"),
    [
        (43765.61, 1902.3, "43,766 ± 1,902"),
        (0.61234, 0.0213, "0.61234 ± 0.021"),
        (54.2, 0.0, "54.200 ± 0"),
        (2.68143e11, 1.23e10, "2.6814e+11 ± 1.2e+10"),
    ],
)
def test_a_spread_has_two_digits_at_least(mean, std, written):
    assert with_spread(mean, std) == written
