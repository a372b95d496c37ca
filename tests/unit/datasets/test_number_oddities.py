"""Numbers that stand for missing ones, and whole numbers that are times, are warned of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shared.datasets import describe, see_file, table_warnings
from shared.datasets.reading_script import reading_code
from shared.domain import Reading
from shared.errors import DatasetError

ROWS = np.arange(200)


def seen(values):
    frame = pd.DataFrame({"v": values, "x": ROWS % 7 + 0.5, "y": ROWS * 5 % 13})
    return see_file("a.csv", frame.to_csv(index=False).encode(), 5, "y")


@pytest.mark.parametrize("mark", [-999, -9999, 9999, 99999, -99, -999.0, 999.9, -32768])
def test_a_number_far_from_the_others_may_be_read_as_missing(mark):
    file = seen(np.where(ROWS % 20 == 0, mark, ROWS % 41 + 0.5))
    column = file.columns[0]
    assert column.choices[:2] == (Reading.NUMBER, Reading.MARKS_MISSING)
    assert column.suggested is Reading.NUMBER
    (warning,) = column.warnings
    assert warning.startswith(f"has {mark:.12g} in 10 rows, far from all its other numbers")
    assert "read the column as a number without it" in warning
    plain, chosen = file.read(), file.read({"v": Reading.MARKS_MISSING})
    assert plain.oddities == (f"column 'v' {warning}",)
    assert table_warnings(plain.frame) == {"v": (warning,)}  # and so it is said of the stored table too
    assert (plain.frame["v"].isna().sum(), chosen.frame["v"].isna().sum()) == (0, 10)
    assert chosen.oddities == ()
    assert f"column 'v' is read as a number without {mark:.12g}: {mark:.12g} in 10 rows becomes missing" in chosen.notes
    assert describe(plain.frame, "a")[0].content_hash != describe(chosen.frame, "a")[0].content_hash


def test_several_marks_are_all_named_and_missing():
    file = seen(np.select([ROWS % 20 == 0, ROWS % 20 == 1], [-999, -9999], ROWS % 41))
    assert file.columns[0].warnings[0].startswith("has -9999 in 10 rows, -999 in 10 rows, far")
    assert file.read({"v": Reading.MARKS_MISSING}).frame["v"].isna().sum() == 20


def test_a_mark_is_said_once_with_the_rows_that_are_left():
    values = np.where(ROWS % 20 == 0, -999, ROWS % 41 + 0.5)
    frame = pd.DataFrame({"v": values, "x": ROWS % 7 + 0.5, "y": np.where(ROWS % 50 == 0, np.nan, ROWS % 13)})
    file = see_file("a.csv", frame.to_csv(index=False).encode(), 5, "y")
    said = [note for note in file.read(target="y", filled="y").oddities if "far from all" in note]
    assert len(said) == 1
    assert said[0].startswith("column 'v' has -999 in 8 rows, far")
    as_category = [note for note in file.read({"v": Reading.CATEGORY}).oddities if "far from all" in note]
    assert len(as_category) == 1
    assert as_category[0].startswith("column 'v': has -999 in 10 rows, far")


def test_a_mark_among_texts_that_are_numbers_may_be_read_as_missing_too():
    cells = ["?" if row == 3 else "-999" if row % 20 == 0 else f"{row % 41} EUR" for row in ROWS]
    frame = pd.DataFrame({"v": cells, "x": ROWS % 7 + 0.5, "y": ROWS * 5 % 13})
    file = see_file("a.csv", frame.to_csv(index=False).encode(), 5, "y")
    assert file.columns[0].choices[:2] == (Reading.NUMBER, Reading.MARKS_MISSING)
    assert file.columns[0].warnings[-1].startswith("has -999 in 10 rows, far from all its other numbers")
    assert (file.read().frame["v"] == -999).sum() == 10
    chosen = file.read({"v": Reading.MARKS_MISSING})
    assert chosen.frame["v"].isna().sum() == 11
    assert not any("far from all" in note for note in chosen.oddities)
    code = reading_code(file, chosen.readings, "a.csv")
    assert "numbers_without(raw['v'].astype(object), '.', '-999.0')" in code


@pytest.mark.parametrize(
    "values",
    [
        ROWS * 50.0,  # up to 9,950, and 9999 would be among them
        np.where(ROWS == 3, -999, ROWS % 41),  # once
        np.where(ROWS % 20 == 0, -500, ROWS % 41),  # no such number
        np.where(ROWS % 2 == 0, 99, 0),  # one other value
        np.where(ROWS % 20 == 0, 9999, ROWS * 49),  # not far
        np.full(200, 99),
    ],
)
def test_other_numbers_are_not_taken_for_missing(values):
    column = seen(values).columns[0]
    assert column.marks is None
    assert not any("stands for a missing value" in each for each in column.warnings)


def test_a_column_without_such_numbers_cannot_be_read_so():
    with pytest.raises(DatasetError, match="without numbers that mean missing; read it as a number, as a cat"):
        seen(ROWS).read({"v": Reading.MARKS_MISSING})


@pytest.mark.parametrize(
    ("unit", "size"), [("seconds", 1), ("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9)]
)
def test_time_stamps_are_warned_of_with_their_dates(unit, size):
    file = seen((1_609_459_200 + ROWS * 3600 * 7) * size)
    (warning,) = file.columns[0].warnings
    assert warning in table_warnings(file.read().frame)["v"]
    assert warning.startswith(f"looks like time stamps in {unit} since 1970, from 2021-01-01 00:00:00 to 2021-02")


@pytest.mark.parametrize("values", [ROWS * 10_000_000, 1_609_459_200 + ROWS / 2, 1_609_459_200 + ROWS % 5, ROWS + 1950])
def test_other_numbers_are_no_time_stamps(values):
    assert not any("time stamps" in each for each in seen(values).columns[0].warnings)


@pytest.mark.parametrize(("layout", "written"), [("yyyymm", "{1}{0:02}"), ("mm.yyyy", "{0:02}.{1}")])
def test_months_that_are_numbers_are_warned_of(layout, written):
    months = [written.format(row % 12 + 1, 1990 + row % 31) for row in ROWS]
    text = "v,y\n" + "".join(f"{month},{row * 5 % 13}\n" for month, row in zip(months, ROWS, strict=True))
    (warning,) = see_file("a.csv", text.encode(), 5, "y").columns[0].warnings
    assert f"months written as {layout}" in warning


@pytest.mark.parametrize(
    "values",
    [200001 + ROWS, 1 + ROWS / 16, (ROWS % 12 + 1) + 0.25, 190001 + ROWS * 7],
    ids=["ids", "16ths", ".25", "7s"],
)
def test_numbers_that_are_no_months_are_not_called_so(values):
    assert "month" not in " ".join(seen(values).columns[0].warnings)
