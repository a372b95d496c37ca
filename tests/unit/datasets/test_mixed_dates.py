"""Dates of one column in several layouts are named with their counts, and read where each is one date only."""

from __future__ import annotations

import pandas as pd
import pytest

from shared.datasets import see_file
from shared.domain import Reading
from shared.errors import DatasetError

DAYS = pd.date_range("2021-01-05", periods=60)
NO_DATES = (Reading.CATEGORY, Reading.LEAVE_OUT)


def seen(texts):
    frame = pd.DataFrame({"d": texts, "x": [n % 7 + 0.5 for n in range(60)], "y": [n * 5 % 13 for n in range(60)]})
    return see_file("a.csv", frame.to_csv(index=False).encode(), 5, "y")


def written(*layouts, share=3):
    return [day.strftime(layouts[0 if n % share else 1]) for n, day in enumerate(DAYS)]


@pytest.mark.parametrize(
    ("other", "called"),
    [("%d.%m.%Y", "dd.mm.yyyy"), ("%d/%m/%Y", "dd/mm/yyyy"), ("%m/%d/%Y", "mm/dd/yyyy"), ("%d %B %Y", "dd Month yyyy")],
)
@pytest.mark.parametrize("share", [2, 10])
def test_both_layouts_are_named_with_their_rows_and_every_date_is_read(other, called, share):
    file = seen(written("%Y-%m-%d", other, share=share))
    column = file.columns[0]
    assert (column.kind, column.suggested) == ("date", None)
    first, second = DAYS[1].strftime("%Y-%m-%d"), DAYS[0].strftime(other)
    iso = f"yyyy-mm-dd in {60 - 60 // share} rows (such as {first!r} in row 2)"
    another = f"{called} in {60 // share} rows (such as {second!r} in row 1)"
    assert column.why.startswith("holds dates as text in 2 layouts: ")
    assert [iso in column.why, another in column.why] == [True] * 2
    days = file.read({"d": Reading.ORDINAL}).frame["d"]
    assert days.tolist() == (DAYS - pd.Timestamp(0)).days.tolist()
    assert file.read({"d": Reading.PARTS}).frame["d_month"].tolist() == DAYS.month.tolist()


def test_without_a_choice_they_are_refused():
    with pytest.raises(DatasetError, match=r"in 2 layouts.* choose how to read them: 'd' as time passed, as year"):
        seen(written("%Y-%m-%d", "%d.%m.%Y")).read()


def test_days_and_months_that_may_be_each_other_are_not_read_as_dates():
    file = seen(written("%m/%d/%Y", "%d/%m/%Y"))
    assert file.columns[0].choices == NO_DATES
    assert "is one date as mm/dd/yyyy and another as dd/mm/yyyy, so they cannot be read as dates" in file.columns[0].why
    with pytest.raises(DatasetError, match="holds dates and cannot be read as time passed; read it as a category, or"):
        file.read({"d": Reading.ORDINAL})
    same = seen(["05/06/2021" if number % 2 else day.strftime("%Y-%m-%d") for number, day in enumerate(DAYS)])
    assert same.columns[0].choices == NO_DATES


def test_what_is_no_date_among_them_is_said_to_become_missing():
    texts = written("%Y-%m-%d", "%d.%m.%Y")
    texts[7] = "unknown"
    file = seen(texts)
    assert file.columns[0].why.endswith("; 'unknown' in 1 row would become missing")
    assert file.read({"d": Reading.ORDINAL}).frame["d"].isna().sum() == 1


def test_dates_of_one_layout_are_as_before():
    assert seen(written("%d.%m.%Y", "%d.%m.%Y")).columns[0].why == "holds dates as text, written as dd.mm.yyyy"
    assert seen([f"{n % 12}-{n}-x" for n in range(60)]).columns[0].kind == "text"
