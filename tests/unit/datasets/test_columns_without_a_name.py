"""Columns that the header has no name for are called by their place, and need a choice where they hold something."""

from __future__ import annotations

import pytest

from shared.datasets import see_file
from shared.domain import Reading
from shared.errors import DatasetError

FILE = ("a,b,,y\n" + "".join(f"{row % 7},{row % 5},{row % 3},{row}.5\n" for row in range(30))).encode()


def test_it_is_named_by_its_place_and_may_be_kept():
    seen = see_file("a.csv", FILE, 5, "y")
    column = seen.columns[2]
    assert (column.name, column.label, column.suggested) == ("column_3", "column 3 (no header)", None)
    with pytest.raises(
        DatasetError, match=r"column 3 \(no header\) has no name in the header.* name it there, or leave"
    ):
        seen.read()
    kept = seen.read({"column_3": Reading.NUMBER})
    assert list(kept.frame) == ["a", "b", "column_3", "y"]
    assert any(
        note.startswith("column 3 (no header) is read as a number: chosen; has no name in the header, and is stored as")
        for note in kept.notes
    )
    assert list(seen.read({"column_3": Reading.LEAVE_OUT}).frame) == ["a", "b", "y"]


def test_the_name_is_its_own():
    seen = see_file("a.csv", FILE.replace(b"a,b,,y", b"column_3,b,,y"), 5, "y")
    assert [column.name for column in seen.columns] == ["column_3", "b", "column_3_", "y"]


def test_readings_that_were_stored_by_its_old_name_find_it():
    seen = see_file("a.csv", FILE, 5, "y")
    assert seen.known({"Unnamed: 2": Reading.CATEGORY, "a": Reading.NUMBER}) == {
        "column_3": Reading.CATEGORY,
        "a": Reading.NUMBER,
    }


@pytest.mark.parametrize("cells", [range(30), [""] * 30])
def test_what_numbers_the_rows_or_is_empty_is_left_out_and_called_by_its_place(cells):
    text = "a,b,,y\n" + "".join(f"{row % 7},{row % 5},{cell},{row}.5\n" for row, cell in enumerate(cells))
    upload = see_file("a.csv", text.encode(), 5, "y").read()
    assert list(upload.frame) == ["a", "b", "y"]
    assert any(note.startswith("column 3 (no header) is left out: it ") for note in upload.notes)


def test_a_target_without_a_name_is_kept():
    seen = see_file("a.csv", FILE, 5, "column_3")
    assert list(seen.read(target="column_3").frame) == ["a", "b", "column_3", "y"]
