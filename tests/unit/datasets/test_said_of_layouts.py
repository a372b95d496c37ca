"""What is said of how dates are written and which mark separates is what the file has."""

from __future__ import annotations

import warnings

import pytest

from shared.datasets import see_file

ROWS = range(24)


@pytest.mark.parametrize(
    ("dates", "layout"),
    [
        ([f"2021-{row % 12 + 1:02}" for row in ROWS], "yyyy-mm"),
        ([f"2021/{row % 12 + 1:02}" for row in ROWS], "yyyy/mm"),
        ([f"2021-01-{row + 1:02}" for row in ROWS], "yyyy-mm-dd"),
        ([f"2021-01-{row + 1:02} 10:30" for row in ROWS], "yyyy-mm-dd hh:mm"),
        ([f"2021-01-{row + 1:02}T10:30:15.250" for row in ROWS], "yyyy-mm-ddThh:mm:ss.fff"),
        ([f"2021-01-{row + 1:02}T10:30:15+02:00" for row in ROWS], "yyyy-mm-ddThh:mm:ss with a zone"),
        ([f"{row + 1:02}.01.2021" for row in ROWS], "dd.mm.yyyy"),
    ],
)
def test_dates_are_said_to_be_written_as_they_are(dates, layout):
    rows = "\n".join(f"{date},{row}" for row, date in enumerate(dates))
    assert see_file("a.csv", f"d,y\n{rows}\n".encode(), 5, "y").columns[0].why == (
        f"holds dates as text, written as {layout}"
    )


@pytest.mark.parametrize(
    "row", ["{0},50 €;Nantes;{0}.5", "1 {0:03},00 €;{0},5 m²;good", "{0},5;x;y", "-{0},5;{0},1 kg;x"]
)
def test_decimal_commas_do_not_make_a_title_of_the_column_names(row):
    content = "price;place;y\n" + "".join(row.format(number) + "\n" for number in ROWS)
    file = see_file("a.csv", content.encode(), 5)
    assert [column.name for column in file.columns] == ["price", "place", "y"]
    assert not file.raw.notes


def test_an_infinite_number_is_no_time_and_warns_of_nothing_of_numpy():
    rows = "\n".join(f"{'inf' if row == 3 else row},{row % 5}" for row in ROWS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert see_file("a.csv", f"a,y\n{rows}\n".encode(), 5, "y").columns[0].kind == "number"


def test_digits_of_another_script_leave_no_half_sentence():
    rows = "\n".join(f"{''.join(chr(0x660 + int(digit)) for digit in str(row))},{row % 5}" for row in ROWS)
    assert not see_file("a.csv", f"a,y\n{rows}\n".encode(), 5, "y").columns[0].why.endswith("; ")


@pytest.mark.parametrize("space", [" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"])
def test_a_comma_behind_spaced_thousands_is_a_fraction(space):
    rows = "".join(f"1{space}{row:03},50 €;{row % 5}\n" for row in ROWS)
    file = see_file("a.csv", f"a;y\n{rows}".encode(), 5, "y")
    assert file.read().frame["a"].tolist() == [1000.5 + row for row in ROWS]
