"""What nobody sees, and what is written in several ways, is said before it becomes a column or a category."""

from __future__ import annotations

import pytest

from shared.datasets import see_file


def seen(header, values, encoding="utf-8"):
    rows = [f"{value},{number * 7 % 11 + 0.25}" for number, value in enumerate(values)]
    return see_file("a.csv", "\n".join([header, *rows, ""]).encode(encoding), 5)


def warnings(values):
    return " ".join(seen("v,y", values).columns[0].warnings)


@pytest.mark.parametrize(
    "write",
    ["20{0:02}-W{1:02}", "20{0:02}W{1:02}", "20{0:02}Q{2}", "20{0:02}-Q{2}", "Q{2} 20{0:02}", "20{0:02}M{1:02}"],
)
@pytest.mark.parametrize("rows", [40, 4])
def test_weeks_quarters_and_months_are_said(write, rows):
    values = [write.format(number % rows, number % 12 + 1, number % 4 + 1) for number in range(40)]
    assert f"looks like dates, such as {values[0]!r}, in a form that is not read as dates; write ISO" in warnings(
        values
    )


@pytest.mark.parametrize("values", [["M1", "Q2"], ["2020X1", "2020X2"], ["model Q1 2020", "model Q2 2020"]])
def test_other_codes_are_not_taken_for_periods(values):
    assert warnings(values * 20) == ""


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["TRUE", "FALSE", "1", "0"], "'0' in 10 rows, '1' in 10 rows, 'FALSE' in 10 rows, 'TRUE' in 10 rows"),
        (["yes", "no", "N", "Y"], "'N' in 10 rows, 'Y' in 10 rows, 'no' in 10 rows, 'yes' in 10 rows"),
        (["ja", "true", "-", "nein"], "'ja' in 10 rows, 'nein' in 10 rows, 'true' in 10 rows"),
    ],
)
def test_true_and_false_in_several_ways_are_said(values, told):
    assert f"says true and false in several ways, {told}, each a category of its own; write" in warnings(values * 10)


@pytest.mark.parametrize("values", [["yes", "no"], ["y", "n", "maybe", "1"], ["on", "off", "ON"]])
def test_one_way_of_true_and_false_is_none_of_several(values):
    assert "in several ways" not in warnings(values * 10)


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16", "")])
@pytest.mark.parametrize("word", ["München", "Łódź", "naïve", "£"])
def test_letters_that_were_encoded_twice_are_said(encoding, mark, word):
    twice = word.encode().decode("cp1252" if word != "Łódź" else "latin-1")
    notes = seen(f"{mark}city,y", [twice, "Ulm"] * 10, encoding).raw.notes
    (found,) = [note for note in notes if "twice" in note]
    assert found.startswith("has ")
    assert f"{word!r} before it was written as UTF-8 twice; save it anew from where it came from" in found


@pytest.mark.parametrize("word", ["München", "Łódź", "São", "5 €", "Ã", "Â", "naïve"])
def test_letters_that_are_right_are_not_said(word):
    assert seen("city,y", [word, "Ulm"] * 10).raw.notes == ()


@pytest.mark.parametrize("sign", ["\ufeff", "\u200b", "\u00a0", "\u00ad", "\u202e"])
def test_a_column_name_with_a_sign_that_nobody_sees_is_said(sign):
    (note,) = seen(f"net{sign}age,y", ["a", "b"] * 10).raw.notes
    assert note.startswith(f"the column name {f'net{sign}age'!a} has U+{ord(sign):04X}, which nobody sees; remove")


@pytest.mark.parametrize("name", ["net age", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "größe"])
def test_a_column_name_as_people_write_them_is_not_said(name):
    assert seen(f"{name},y", ["a", "b"] * 10).raw.notes == ()


@pytest.mark.parametrize("rows", [40, 5])
def test_formulas_of_a_spreadsheet_are_said(rows):
    such = "a spreadsheet, such as '=\"000\"'; remove the = and the quotes to have its values read"
    assert warnings([f'="{number % rows:03}"' for number in range(40)]) == f"is written as formulas of {such}"


@pytest.mark.parametrize("sign", ["R$", "$", "A$", "US$"])
def test_amounts_of_one_kind_of_dollars_are_numbers_of_one_currency(sign):
    column = seen("v,y", [f"{sign} {number}.50" for number in range(30)]).columns[0]
    assert (column.suggested, column.warnings) == ("number", ())


def test_dollars_of_several_kinds_are_several_currencies():
    assert "several currencies or units, R$, US$; convert" in warnings([f"R$ {n}.50" for n in range(30)] + ["US$ 7.00"])
