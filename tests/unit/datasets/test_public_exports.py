"""Tables as statistical offices, databases and loggers write them: notes, second names, flags, years as names."""

from __future__ import annotations

import pandas as pd
import pytest

from shared.datasets import see_file
from shared.datasets.reading_script import reading_code
from shared.datasets.tables import normalise
from shared.errors import DatasetError

ROWS = range(30)
TABLE = "a,b,y\n" + "".join(f"{row * 1.5},{'pqr'[row % 3]},{row % 2}\n" for row in ROWS)


def read(text, tmp_path, encoding="utf-8"):
    """Return the table as it is suggested, after its script has made the same one."""
    content = text.encode(encoding)
    seen = see_file("a.csv", content, 5)
    upload = seen.read()
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    made: dict[str, object] = {}
    exec(reading_code(seen, upload.readings, str(path)), made)  # noqa: S102 - our own script
    pd.testing.assert_frame_equal(upload.frame, normalise(made["frame"]))
    return upload


@pytest.mark.parametrize(
    "below",
    [
        '\n"Notes: all figures, in EUR"\nSource: x\nDownloaded: 2024-01-01\n',
        "__________\nQuelle: Statistisches Bundesamt\n",
        "first words\nother words\n",
        "Source: x,,\nlast updated,,\n",
    ],
)
def test_several_footnotes_are_left_out_and_said(below, tmp_path):
    upload = read(TABLE + below, tmp_path)
    assert (len(upload.frame), int(upload.frame.isna().sum().sum())) == (30, 0)
    (note,) = upload.oddities
    assert note.startswith("the last ")
    assert note.endswith("in their first cell; they are no data and left out")


def test_last_rows_that_may_be_data_are_said_and_kept(tmp_path):
    text = "name,b,y\n" + "".join(f"n{row % 4},{row % 3},{row % 2}\n" for row in ROWS) + "n1,,\nn2,,\n"
    upload = read(text, tmp_path)
    assert len(upload.frame) == 32
    assert any(note.endswith("remove them from the file if they are no data") for note in upload.oddities)


def test_titles_above_and_notes_below_a_table_with_semicolons(tmp_path):
    rows = "".join(f"{['Bayern', 'Hessen'][row % 2]};{row},5;{row % 7}\n" for row in ROWS)
    upload = read(f"Tabelle 12411;;\nStand 2024;;\nLand;Anzahl;y\n{rows}____\nQuelle: Amt\n", tmp_path, "latin-1")
    assert list(upload.frame) == ["Land", "Anzahl", "y"]
    assert upload.frame["Anzahl"].tolist() == [row + 0.5 for row in ROWS]
    assert list(upload.frame["Land"].cat.categories) == ["Bayern", "Hessen"]


def test_second_names_are_left_out_and_said(tmp_path):
    rows = "".join(f"{'AB'[row % 2]},{row * 7 % 13},{row % 7}\n" for row in ROWS)
    upload = read(f"NAME,E1,M1\nGeography,Estimate!!Total,Margin of Error\n{rows}", tmp_path)
    assert len(upload.frame) == 30
    assert list(upload.frame["NAME"].cat.categories) == ["A", "B"]
    (note,) = upload.oddities
    assert "('Estimate!!Total' of 'E1', 'Margin of Error' of 'M1'); it is no data and left out" in note


def test_words_above_one_column_of_numbers_are_said_and_kept(tmp_path):
    rows = "".join(f"{'AB'[row % 2]},{row * 7 % 13},{'uv'[row % 2]}\n" for row in ROWS)
    upload = read(f"NAME,E1,kind\nGeography,Estimate,Flag\n{rows}", tmp_path)
    assert len(upload.frame) == 31
    assert any(note.endswith("remove it from the file if it is a second row of names") for note in upload.oddities)


@pytest.mark.parametrize(
    "text",
    [
        " a | b | y\n---+---+---\n"
        + "".join(f" {row * 1.5} | p{row % 2} | {row % 3}\n" for row in ROWS)
        + "(30 rows)\n",
        "| a | b | y |\n|---|:-:|---|\n" + "".join(f"| {row * 1.5} | p{row % 2} | {row % 3} |\n" for row in ROWS),
    ],
)
def test_a_table_of_a_terminal_or_of_markdown(text, tmp_path):
    upload = read(text, tmp_path)
    assert upload.frame["a"].tolist() == [row * 1.5 for row in ROWS]
    assert list(upload.frame["b"].cat.categories) == ["p0", "p1"]


def test_the_name_of_row_labels_is_no_row():
    rows = "".join(f"r{row % 4},{row},{row % 2}\n" for row in ROWS)
    seen = see_file("a.csv", f",sales,y\nregion,,\n{rows}".encode(), 5)
    assert len(seen.raw.frame) == 30
    assert any("'region', the name of row labels" in note for note in seen.raw.notes)


def test_names_of_which_only_the_last_one_is_filled_are_no_title():
    seen = see_file("a.csv", (",,y\n" + "".join(f"{row + 1},{row * 5 % 7},{row % 2}\n" for row in ROWS)).encode(), 5)
    assert [column.name for column in seen.columns] == ["column_1", "column_2", "y"]
    assert len(seen.raw.frame) == 30


def test_years_are_names_below_titles_whose_lines_end_in_a_comma(tmp_path):
    rows = "".join(f'"C{row % 5}","{row * 2}","{row % 7}",\n' for row in ROWS)
    text = (
        f'"Data Source","World Development Indicators",\n\n"Updated","2024-06-28",\n\n"Country","1960","1961",\n{rows}'
    )
    upload = read(text, tmp_path)
    assert list(upload.frame) == ["Country", "1960", "1961"]
    assert upload.frame["1960"].tolist() == [row * 2 for row in ROWS]


def test_years_are_names_of_a_table_with_tabs(tmp_path):
    rows = "".join(f"A,PC,{['DE', 'FR'][row % 2]}\t{row} \t{row * 3 % 7} \n" for row in ROWS)
    assert list(read(f"freq,unit,geo\\TIME_PERIOD\t2018 \t2019 \n{rows}", tmp_path).frame) == [
        "freq,unit,geo\\TIME_PERIOD",
        "2018",
        "2019",
    ]


def test_numbers_from_0_on_beside_a_word_are_names(tmp_path):
    rows = "".join(f"{row / 10},{row * 1.5},{row % 7}\n" for row in ROWS)
    assert list(read(f"0,1,target\n{rows}", tmp_path).frame) == ["0", "1", "target"]


def test_a_first_row_of_numbers_and_a_class_is_no_header():
    rows = "".join(f"{row},{row + 1},{['set', 'vers'][row % 2]}\n" for row in ROWS)
    with pytest.raises(DatasetError, match="has no column names"):
        see_file("a.csv", rows.encode(), 5)


def test_flags_behind_some_numbers_are_dropped_and_said(tmp_path):
    flags = {1: " b", 2: " e", 3: " bp"}
    rows = "".join(f"{13 + row / 10}{flags.get(row, '')},{row % 7}\n" for row in ROWS)
    seen = see_file("a.csv", f"v,y\n{rows}".encode(), 5)
    assert read(f"v,y\n{rows}", tmp_path).frame["v"].tolist() == [13 + row / 10 for row in ROWS]
    assert "flags behind some of its numbers (b, bp, e), which are dropped" in seen.columns[0].why


def test_billions_beside_a_unit_are_not_read_as_one():
    rows = "".join(f"{13 + row}{' kg' if row % 3 else 'k'},{row % 7}\n" for row in ROWS)
    (column, _) = see_file("a.csv", f"v,y\n{rows}".encode(), 5).columns
    assert column.suggested.value == "category"
    assert "several units" in column.why
