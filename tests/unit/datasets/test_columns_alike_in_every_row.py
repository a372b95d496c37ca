"""A column from which nothing can be learned is suggested to be left out, and the target never is."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from shared.datasets import see_file
from shared.domain import Reading


def seen(cells, target="y"):
    rows = "\n".join(f"{number % 7}.5,{cell},{number % 3}" for number, cell in enumerate(cells))
    return see_file("a.csv", f"a,c,y\n{rows}\n".encode(), 5, target)


@pytest.mark.parametrize("cell", ["5", "0.0", "abc", "2021-01-01", "12:30", "True", "5 kg", "007", "-999", "3/10"])
def test_one_value_in_every_row_is_left_out_and_said(cell):
    file = seen([cell] * 30)
    assert file.columns[1].suggested is Reading.LEAVE_OUT
    assert file.columns[1].why == "it has one value in every row, from which nothing is learned"
    upload = file.read()
    assert list(upload.frame) == ["a", "y"]
    assert any("column 'c' is left out: it has one value" in note for note in upload.notes)


@pytest.mark.parametrize("made", [5, "abc", pd.Timestamp("2021-01-01"), pd.Timedelta("1h"), b"abc", True])
def test_of_parquet_too(made):
    frame = pd.DataFrame({"a": range(30), "c": [made] * 30, "k": pd.Categorical(["x"] * 30), "y": [1.5, 2.5, 4] * 10})
    stream = io.BytesIO()
    frame.to_parquet(stream)
    columns = see_file("a.parquet", stream.getvalue(), 5, "y").columns
    assert [column.suggested for column in columns[1:3]] == [Reading.LEAVE_OUT] * 2


def test_one_value_or_none_may_tell_something_and_is_kept():
    assert seen(["5", ""] * 15).columns[1].suggested is Reading.NUMBER


def test_a_few_rows_that_are_alike_prove_nothing():
    assert seen(["5"] * 10).columns[1].suggested is Reading.NUMBER


def test_a_chosen_reading_of_it_holds():
    assert list(seen(["5"] * 30).read({"c": Reading.NUMBER}).frame) == ["a", "c", "y"]


def test_a_target_of_one_value_is_kept_for_its_own_message():
    assert seen(["5"] * 30, target="c").columns[1].suggested is Reading.NUMBER


@pytest.mark.parametrize("cells", [["NA", "None", "null"] * 10, [f"text {number}" for number in range(30)]])
def test_a_target_is_kept_whatever_its_texts_are(cells):
    file = seen(cells, target="c")
    assert file.columns[1].suggested is Reading.CATEGORY
    assert file.columns[1].why.startswith("kept, for it is the target: ")
    assert sorted(file.read(target="c").frame["c"].astype(str)) == sorted(cells)
