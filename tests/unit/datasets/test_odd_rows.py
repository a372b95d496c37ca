"""Rows that are no data: units below the column names, sums and means below the last row."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from shared.datasets import see_file

ROWS = [(f"r{number % 5}", number * 13 % 37 + 1, number * 7 % 11 + 0.25) for number in range(30)]
UNITS, PRICE = sum(row[1] for row in ROWS), sum(row[2] for row in ROWS)


def seen(header, *below, first="", rows=ROWS):
    lines = [header, *([first] if first else []), *(",".join(map(str, row)) for row in rows), *below]
    return see_file("a.csv", ("\n".join(lines) + "\n").encode(), 5)


@pytest.mark.parametrize(
    "units", ["-,m²,EUR", ",km/h,[m]", "text,kg,€/m2", "region,pcs,USD", "string,int,float", "?,m^2,(k€)", ",,EUR"]
)
def test_a_row_of_units_below_the_names_is_left_out_and_named(units):
    file = seen("region,units,price", first=units)
    table = file.read().frame
    assert len(table) == 30
    assert table["units"].sum() == UNITS
    assert table["price"].sum() == PRICE
    (note,) = file.read().oddities
    assert note.startswith("the row below the column names has units and no numbers (")
    assert repr(units.split(",")[2]) + " of 'price'" in note
    assert note.endswith("it is no data and left out")


@pytest.mark.parametrize("first", ["r1,?,EUR", "r9,8,EUR", ",-,?", "r9,unknown,sold", ",word,other"])
def test_a_row_that_may_be_data_stays(first):
    assert len(seen("region,units,price", first=first).raw.frame) == 31


def test_a_few_rows_tell_nothing():
    assert len(seen("region,units,price", first=",kg,EUR", rows=ROWS[:2]).raw.frame) == 3


@pytest.mark.parametrize("word", ["Total", "total:", "Sum", "Summe", "Gesamt", "GRAND TOTAL", "Total sales", ""])
def test_a_row_of_sums_is_left_out_and_named(word):
    file = seen("region,units,price", f"{word},{UNITS},{PRICE}")
    table = file.read().frame
    assert (len(table), table["units"].sum(), str(table["units"].dtype)) == (30, UNITS, "int64")
    assert set(table["region"].cat.categories) == {"r0", "r1", "r2", "r3", "r4"}
    called = f"the last row, {word!r}," if word else "the last row"
    assert file.read().notes[0] == (
        f"{called} has the sums of the others in 'units', 'price'; it is no data and left out"
    )


def test_sums_and_means_below_each_other_are_left_out_at_once():
    file = seen("region,units,price", f"Total,{UNITS},{PRICE}", f"Average,{UNITS / 30},{PRICE / 30:.2f}", "")
    assert len(file.raw.frame) == 30
    assert ["'Average', has the means" in file.raw.notes[0], "'Total', has the sums" in file.raw.notes[1]] == [True] * 2


def test_a_word_for_sums_in_a_column_of_numbers_leaves_it_one_of_numbers():
    years = [(2000 + number, number + 1, price) for number, (_, _, price) in enumerate(ROWS)]
    file = seen("year,units,price", f"Total,{UNITS},{PRICE}", rows=years)
    assert (file.columns[0].kind, len(file.raw.frame)) == ("number", 30)


def test_sums_with_signs_and_decimal_commas_are_sums():
    lines = [f"r{number % 5};{number},5;1.{number + 100} EUR" for number in range(30)]
    sums = sum(number + 0.5 for number in range(30)), sum(1100 + number for number in range(30))
    text = "\n".join(["a;b;c", *lines, f"Summe;{sums[0]:.1f};{sums[1]} EUR".replace(".", ",")])
    assert "'Summe', has the sums of the others in 'b', 'c'" in see_file("a.csv", text.encode(), 5).raw.notes[0]


def test_a_last_row_that_is_only_called_so_is_said_and_kept():
    file = seen("region,units,price", "Total,3,4")
    assert len(file.raw.frame) == 31
    assert file.raw.notes == (
        "the last row, 'Total', is trained on like the others, though it is called like sums; remove it from the file "
        "if it is no row of data",
    )


def test_sums_in_a_row_over_several_lines_are_said_and_kept():
    file = seen("region,units,price", f'"Total",{UNITS},"{PRICE}\n"')
    assert len(file.raw.frame) == 31
    assert "it is trained on like the others, so remove it from the file" in file.raw.notes[0]


def test_sums_between_the_rows_are_warned_of():
    rows = [*ROWS[:15], ("Subtotal North", 120, 80.0), *ROWS[15:]]
    column = seen("region,units,price", rows=rows).columns[0]
    assert column.warnings[0].startswith("'Subtotal North' in 1 row is called like a row of sums or means")


def test_a_class_of_such_a_name_is_a_class():
    rows = [(["total", "partial"][number % 2], number + 1, price) for number, (_, _, price) in enumerate(ROWS)]
    file = seen("region,units,price", "total,3,4", rows=rows)
    assert file.raw.notes == ()
    assert file.columns[0].is_plain


def test_sums_of_a_parquet_file_are_left_out_and_named():
    frame = pd.DataFrame([*ROWS, ("Total", UNITS, PRICE)], columns=["region", "units", "price"])
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    file = see_file("a.parquet", buffer.getvalue(), 5)
    assert len(file.read().frame) == 30
    assert "'Total', has the sums" in file.raw.notes[0]
    buffer = io.BytesIO()
    frame.assign(units=range(31), price=1.5).to_parquet(buffer)
    file = see_file("a.parquet", buffer.getvalue(), 5)
    assert len(file.read().frame) == 31
    assert "is called like sums" in file.raw.notes[0]


def test_empty_rows_below_the_last_one_are_left_out_and_counted():
    file = seen("region,units,price", f"Total,{UNITS},{PRICE}", *[",,"] * 12, "")
    assert len(file.raw.frame) == 30
    assert file.raw.notes[0] == "the last 12 rows are empty and left out"
    assert "'Total', has the sums" in file.raw.notes[1]
    frame = pd.DataFrame([*ROWS, (None, None, None)], columns=["region", "units", "price"])
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    file = see_file("a.parquet", buffer.getvalue(), 5)
    assert (len(file.raw.frame), file.raw.below, file.raw.notes) == (30, 1, ("the last row is empty and left out",))


def test_a_row_of_one_empty_cell_is_said_and_kept():
    file = seen("region,units,price", '""')
    assert file.raw.notes == ("the last row is empty and trained on like the others; remove it from the file",)
    assert len(file.raw.frame) == 31
