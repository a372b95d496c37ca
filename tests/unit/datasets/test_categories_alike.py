"""Categories and classes that are one but for capitals or blanks are warned of, in features and in the target."""

from __future__ import annotations

import pandas as pd
import pytest

from shared.datasets import see_file, table_warnings


def table(*texts):
    cells = [each for text, rows in texts for each in [text] * rows]
    return pd.DataFrame({"v": pd.Categorical(cells), "y": [row * 5 % 13 / 2 for row in range(len(cells))]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yes", "yes"),
        ("New York", "new york"),
        ("New York", "New  York"),
        ("New York", "New\N{NO-BREAK SPACE}York"),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"),
        ("Stra\N{LATIN SMALL LETTER SHARP S}e", "STRASSE"),
        ("yes", "y\N{ZERO WIDTH SPACE}es"),
    ],
)
def test_both_are_named_with_their_rows_and_the_fix(one, other):
    (warning,) = table_warnings(table((one, 30), (other, 4), ("no", 20)), "y")["v"]
    assert warning == (
        f"has {one!r} in 30 rows and {other!r} in 4 rows, which differ only in capitals, blanks or signs that nobody "
        "sees, and are categories of their own; write them alike in the file"
    )


def test_in_the_target_they_are_classes():
    frame = table(("Yes", 30), ("yes", 1), ("YES", 4), ("no", 20))
    (warning,) = table_warnings(frame, "v")["v"]
    assert "has 'Yes' in 30 rows, 'YES' in 4 rows and 'yes' in 1 row, which differ" in warning
    assert "are classes of their own" in warning


def test_many_of_them_are_counted():
    texts = [(word, 3) for letter in "abcdef" for word in (letter * 3, letter.upper() * 3)]
    (warning,) = table_warnings(table(*texts), "y")["v"]
    assert warning.startswith("has 'AAA' in 3 rows and 'aaa' in 3 rows, ")
    assert "and 3 more such groups, which" in warning


@pytest.mark.parametrize("other", ["Yes!", "yess", "y-es", "no"])
def test_others_are_not(other):
    assert "v" not in table_warnings(table(("yes", 30), (other, 20)), "y")


def test_those_that_do_not_occur_are_not():
    frame = table(("yes", 30), ("no", 20))
    frame["v"] = frame["v"].cat.add_categories("YES")
    assert "v" not in table_warnings(frame, "y")


def test_it_is_said_before_the_file_is_stored():
    text = "v,x\n" + "".join(f"{'Yes' if row % 2 else 'yes' if row % 3 else 'no'},{row % 7}\n" for row in range(30))
    oddities = see_file("a.csv", text.encode(), 5, "v").read(target="v").oddities
    assert any("column 'v' has 'Yes' in 15 rows and 'yes' in 10 rows" in each for each in oddities)
