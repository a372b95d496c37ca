"""Codes with leading zeros are categories; numbers with units and fractions are called what they are."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from shared.datasets import see_file
from shared.domain import Reading

ROWS = range(60)


def seen(texts, parquet=False, **options):
    table = pd.DataFrame({"v": texts, "x": [n % 7 + 0.5 for n in ROWS], "y": [n * 5 % 13 for n in ROWS]})
    if not parquet:
        return see_file("a.csv", table.to_csv(index=False, **options).encode(), 5, "y")
    buffer = io.BytesIO()
    table.to_parquet(buffer)
    return see_file("a.parquet", buffer.getvalue(), 5, "y")


def as_number(file):
    return file.read({"v": Reading.NUMBER}).frame["v"].tolist()


# --- codes


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize("options", [{}, {"sep": ";"}, {"quoting": 1}, {"sep": "\t", "lineterminator": "\r\n"}])
def test_numbers_with_leading_zeros_are_categories_and_said(parquet, options):
    file = seen([("007", "7", "12")[n % 3] for n in ROWS], parquet, **options)
    column = file.columns[0]
    assert (column.suggested, column.distinct) == (Reading.CATEGORY, 3)
    assert column.why == "'007' in 20 rows begins with zeros, as codes do, which a number loses"
    assert set(file.read().frame["v"].cat.categories) == {"007", "7", "12"}
    assert column.effect(Reading.NUMBER) == "the zeros are lost: '007' and '7' become one"
    assert as_number(file)[:3] == [7, 7, 12]


def test_postal_codes_keep_their_zeros_beside_empty_cells():
    file = seen([("02134", "10001", "", "94105")[n % 4] for n in ROWS])
    made = file.read().frame["v"]
    assert (list(made.cat.categories), made.isna().sum()) == (["02134", "10001", "94105"], 15)
    assert file.columns[0].effect(Reading.NUMBER) == "the zeros are lost: '02134' becomes 2134"


def test_the_last_cell_of_a_file_may_be_a_code():
    file = see_file("a.csv", b"x,zip\n" + b"1.5,123\n" * 30 + b"2.5,0123", 5)
    assert file.columns[1].suggested is Reading.CATEGORY


@pytest.mark.parametrize("written", ["0.{}", "{}", "0", "-0.0{}"])
def test_other_numbers_are_numbers(written):
    column = seen([written.format(n + 1) if n else "1" for n in ROWS]).columns[0]
    assert (column.kind, column.suggested) == ("number", Reading.NUMBER)


# --- numbers with units


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(
            ("0.{} kg", 0.21),
            ("{}kg", 21),
            ("{} km/h", 21),
            ("{}m²", 21),
            ("{} m2", 21),
            ("{} sq ft", 21),
            ("{}°C", 21),
        ),
        *(("${}K", 21e3), ("{}k", 21e3), ("1.{}M", 1.21e6), ("€{}.5M", 21.5e6), ("{}B", 21e9), ("£1.{}m", 1.21e6)),
        *(("{} Mio. EUR", 21e6), ("{},5 Mio. EUR", 21.5e6), ("{} million", 21e6), ("{} years", 21), ("-{} kg", -21)),
    ],
)
def test_numbers_of_one_unit_are_numbers_and_said(written, value):
    texts = [written.format(n + 21) for n in ROWS]
    file = seen(texts)
    column = file.columns[0]
    assert column.suggested is Reading.NUMBER
    assert column.why.startswith(("text because of the unit ", "text because of thousands, millions or billions"))
    assert column.why.endswith(f"; {texts[0]!r} is {value:.12g}")
    made = file.read().frame["v"]
    assert made.iloc[0] == pytest.approx(value)
    assert made.notna().all()


def test_thousands_and_millions_beside_plain_numbers_are_one_column_of_numbers():
    assert as_number(seen([("950", "1.2K", "3.4M", "n/a")[n % 4] for n in ROWS]))[:3] == [950, 1200, 3.4e6]


def test_a_word_for_missing_beside_a_unit_is_named():
    file = seen(["n/a" if n % 9 == 0 else f"{n} years" if n > 1 else "1 year" for n in ROWS])
    assert file.columns[0].why == (
        "text because of the unit year of its numbers, and of 'n/a' in 7 rows; 'n/a' in 7 rows becomes missing; "
        "'1 year' is 1"
    )
    assert file.read().frame["v"].isna().sum() == 7


def test_several_units_are_named_and_a_category():
    file = seen([f"{n} kg" if n % 3 else f"{n} lb" for n in ROWS])
    column = file.columns[0]
    assert column.suggested is Reading.CATEGORY
    assert column.why == "its numbers have several units, kg in 40 rows, lb in 20 rows; convert them to one in the file"
    assert "'0 lb' in 1 row" in column.effect(Reading.NUMBER)
    assert as_number(file)[1] == 1
    assert pd.isna(as_number(file)[3])


def test_numbers_without_a_unit_among_those_with_one_are_warned_of():
    (warning,) = seen([f"{n} kg" if n % 3 else f"{n}" for n in ROWS]).columns[0].warnings
    assert warning.startswith("20 rows of its numbers have no unit and are read as if they had the others' (kg)")


@pytest.mark.parametrize("texts", [[f"key{n}" for n in ROWS], [f"{n}{'abcdefgh'[n % 8]}" for n in ROWS]])
def test_other_texts_of_one_a_row_are_as_ids_are(texts):
    assert "as an id has" in seen(texts).columns[0].why


# --- fractions


def test_fractions_are_called_what_they_are_and_may_be_numbers():
    file = seen([f"{n}/{n % 11 + 1}" for n in ROWS])
    column = file.columns[0]
    assert column.suggested is None
    assert column.why.startswith("holds two numbers with a slash, such as '0/1': fractions, odds, scores,")
    assert as_number(file)[:3] == [0, 0.5, pytest.approx(2 / 3)]
    assert len(file.read({"v": Reading.CATEGORY}).frame["v"].cat.categories) == 60


def test_a_few_fractions_are_a_category_unless_chosen():
    file = seen([f"{n % 5}/{n % 3}" for n in ROWS])
    assert file.columns[0].suggested is Reading.CATEGORY
    assert "'0/0' in 4 rows" in file.columns[0].effect(Reading.NUMBER)
    assert pd.isna(as_number(file)[0])
    assert as_number(file)[1] == 1
