"""A column that holds nothing but words for missing values is said to, and suggested to be left out."""

from __future__ import annotations

import pytest

from shared.datasets import see_file
from shared.domain import Reading


def seen(cells):
    rows = "\n".join(f"{number % 7}.5,{cell},{number % 3}" for number, cell in enumerate(cells))
    return see_file("a.csv", f"a,c,y\n{rows}\n".encode(), 5, "y")


@pytest.mark.parametrize("word", ["None", "NA", "null", "n/a", "NaN", "-", "?", "<NA>", "N/A", "unknown"])
@pytest.mark.parametrize("others", [[], [""] * 10])
def test_nothing_but_a_word_for_missing_is_left_out_and_said(word, others):
    file = seen([word] * 30 + others)
    column = file.columns[1]
    assert (column.suggested, column.missing) == (Reading.LEAVE_OUT, len(others))
    assert column.why == f"{word!r} in 30 rows stands for a missing value, and it has no other"
    upload = file.read()
    assert list(upload.frame) == ["a", "y"]
    assert any(f"column 'c' is left out: {word!r} in 30 rows" in note for note in upload.notes)


def test_several_such_words_are_all_named_and_may_be_categories():
    file = seen(["None"] * 20 + ["?"] * 10)
    assert file.columns[1].why.startswith("'None' in 20 rows, '?' in 10 rows stands")
    made = file.read({"c": Reading.CATEGORY}).frame["c"]
    assert made.value_counts().to_dict() == {"None": 20, "?": 10}
    assert file.read({"c": Reading.NUMBER}).frame["c"].isna().all()


def test_a_column_that_ticks_boxes_is_a_category():
    assert seen(["x"] * 20 + [""] * 20).columns[1].suggested is Reading.CATEGORY


def test_a_column_of_empty_cells_is_left_out_and_has_no_word():
    column = seen([""] * 30).columns[1]
    assert (column.suggested, column.why) == (Reading.LEAVE_OUT, "it has no values")
