"""What is said of columns whose kind is easily missed: decimals, numbers that are days, dates that fit two layouts."""

from __future__ import annotations

import io
from decimal import Decimal

import pandas as pd
import pytest

from shared.datasets import see_file

_ROWS = 24


def _seen(values: list[object], parquet: bool = False):
    frame = pd.DataFrame({"v": values, "y": range(_ROWS)})
    buffer = io.BytesIO()
    if parquet:
        frame.to_parquet(buffer)
    else:
        frame.to_csv(buffer, index=False)
    return see_file("t.parquet" if parquet else "t.csv", buffer.getvalue(), 10, "y").columns[0]


def test_decimals_are_numbers_whose_values_are_counted():
    seen = _seen([Decimal(i % 7) / 4 for i in range(_ROWS - 1)] + [None], parquet=True)
    assert (seen.kind, seen.missing, seen.distinct) == ("number", 1, 7)


@pytest.mark.parametrize("parquet", [False, True])
def test_numbers_that_are_days_are_warned_of(parquet):
    days = pd.date_range("2021-01-25", periods=_ROWS).strftime("%Y%m%d").astype(int).tolist()
    assert "yyyymmdd" in " ".join(_seen(days, parquet).warnings)


@pytest.mark.parametrize("first", [20213200, 1000, 99990000])
def test_other_whole_numbers_are_not_days(first):
    assert _seen([first + 3 * i for i in range(_ROWS)]).warnings == ()


def test_dates_of_two_layouts_name_both_before_a_reading_is_chosen():
    seen = _seen([f"{i % 12 + 1:02d}/{i * 5 % 12 + 1:02d}/2021" for i in range(_ROWS)])
    assert "dd/mm/yyyy or mm/dd/yyyy" in seen.why
    assert "%" not in seen.why + " ".join(seen.warnings)


def test_dates_of_one_layout_name_only_that():
    assert _seen([f"{i + 1:02d}/02/2021" for i in range(_ROWS)]).why.endswith("dd/mm/yyyy")
