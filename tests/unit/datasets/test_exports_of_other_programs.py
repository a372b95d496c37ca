"""What programs and people of several countries export: read as meant, or said."""

from __future__ import annotations

import bz2
import datetime as dt
import io
import lzma

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.datasets import describe, see_file
from shared.datasets.reading_script import reading_code
from shared.domain import Reading
from shared.errors import DatasetError

ROWS = range(40)


def csv(header, row, separator=",", below=""):
    return "\n".join([separator.join(header), *(separator.join(map(str, row(n))) for n in ROWS)]) + "\n" + below


def see(text, target="y"):
    return see_file("a.csv", text.encode(), 5, target)


def parquet(**columns):
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return see_file("a.parquet", buffer.getvalue(), 5, "y")


@pytest.mark.parametrize("cents", [".-", ".--", ".\N{EN DASH}", ".\N{EM DASH}", ",-", ",--"])
def test_a_dash_in_place_of_cents_is_no_minus(cents):
    seen = see(csv(["price", "y"], lambda n: [f"{n + 5}{cents}", n % 7], ";"))
    assert seen.read().frame["price"].tolist() == [n + 5.0 for n in ROWS]


def test_a_minus_behind_a_number_still_is_one():
    seen = see(csv(["price", "y"], lambda n: [f"{n + 5}-" if n % 2 else n + 5, n % 7]))
    assert seen.read().frame["price"].tolist() == [-(n + 5.0) if n % 2 else n + 5.0 for n in ROWS]


@pytest.mark.parametrize("fields", [["Source: Federal Office"], ["Source: Federal Office", "", ""]])
def test_a_footnote_below_the_rows_is_left_out_and_said(fields):
    upload = see(csv(["a", "b", "y"], lambda n: [n * n % 11, n % 3, n % 7], below=",".join(fields) + "\n")).read()
    assert (len(upload.frame), upload.frame["y"].isna().sum()) == (40, 0)
    assert (
        "the last row has nothing but 'Source: Federal Office' in its first cell; it is no data and left out"
        in upload.oddities
    )


def test_a_last_row_like_others_is_data():
    text = csv(["a", "b", "y"], lambda n: ["x", "", ""] if n % 20 == 19 else ["z", n % 3, n % 7])
    assert len(see(text).read().frame) == 40


def test_column_names_that_come_a_second_time_are_named():
    text = csv(["a", "b", "y"], lambda n: ["a", "b", "y"] if n == 20 else [n, n % 3, n % 7])
    with pytest.raises(DatasetError, match="has its column names a second time, in row 21 below them; remove that row"):
        see(text)


@pytest.mark.parametrize(("separator", "what"), [(" ", "blanks"), ("  ", "blanks"), ("^", "the sign ^")])
def test_another_separator_is_named(separator, what):
    with pytest.raises(
        DatasetError, match=f"whose values seem to have {what.replace('^', '.')} between them; put comm"
    ):
        see(csv(["a", "b", "y"], lambda n: [n, n % 3, n % 7], separator))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('1,"open,3', "a quote is opened in row 6 and not closed; close it, or write it twice"),
        ("1,2,3,4", "line 7 has 4 values for 3 columns; mend that line, or put values"),
    ],
)
def test_a_broken_row_is_told_in_plain_words(row, message):
    text = csv(["a", "b", "y"], lambda n: row.split("/") if n == 5 else [n, f"x{n % 2}", n % 7])
    with pytest.raises(DatasetError, match=message):
        see(text)


@pytest.mark.parametrize(
    ("content", "what"),
    [(b'[{"a": 1}, {"a": 2}]', "looks like JSON"), (b"@relation x\n@attribute a numeric\n@data\n1,2\n", "is ARFF")],
)
def test_other_formats_are_called_by_their_name(content, what):
    with pytest.raises(DatasetError, match=what):
        see_file("a.csv", content, 5)


@pytest.mark.parametrize(
    "months",
    [
        ["Januar", "Februar", "M\N{LATIN SMALL LETTER A WITH DIAERESIS}rz", "Oktober"],
        ["janvier", "f\N{LATIN SMALL LETTER E WITH ACUTE}vrier", "mai", "juin"],
    ],
)
def test_dates_with_months_of_another_language_are_said(months):
    seen = see(csv(["d", "y"], lambda n: [f"{n % 28 + 1}. {months[n % 4]} 2021", n % 7], ";"))
    (warning,) = seen.columns[0].warnings
    assert warning.startswith("looks like dates, such as '")
    assert "write ISO dates" in warning
    assert any("looks like dates" in note for note in seen.read().oddities)


@pytest.mark.parametrize("text", ["12 red 2021", "5 apples 2021", "red", "Model 3 2021"])
def test_other_texts_are_no_dates(text):
    assert see(csv(["d", "y"], lambda n: [f"{text}{n % 4}", n % 7], ";")).columns[0].warnings == ()


def test_years_of_two_digits_say_their_century():
    column = see(csv(["d", "y"], lambda n: [f"31/12/{99 - n}", n % 7])).columns[0]
    assert column.why == ("holds dates as text, written as dd/mm/yy; years of two digits are those from 1969 to 2068")


@pytest.mark.parametrize("kind", ["text", "dates", "times"])
@pytest.mark.parametrize("never", [dt.date(9999, 12, 31), dt.date(1, 1, 1), dt.date(2999, 12, 31)])
def test_dates_that_stand_for_none_are_warned_of(kind, never):
    days = [never if n % 5 == 0 else dt.date(2021, 1, 1) + dt.timedelta(n) for n in ROWS]
    if kind == "text":
        column = see(csv(["d", "y"], lambda n: [days[n], n % 7])).columns[0]
    else:
        written = pa.array(days, pa.date32())
        column = parquet(d=written.cast(pa.timestamp("us")) if kind == "times" else written, y=list(ROWS)).columns[0]
    (warning,) = column.warnings
    assert f"{never.isoformat()}" in warning
    assert "in 8 rows, as what stands for no date; if that is so, empty these cells" in warning


def test_what_cannot_be_read_is_a_choice_for_each_column_and_the_others_are_read():
    seen = parquet(
        struct=pa.array([{"a": n} for n in ROWS]),
        many=pa.array([[n] for n in ROWS]),
        raw=pa.array([bytes([255, n]) for n in ROWS]),
        y=list(ROWS),
    )
    assert [column.suggested for column in seen.columns] == [None, None, None, Reading.NUMBER]
    with pytest.raises(DatasetError) as refused:
        seen.read()
    for said in (
        "column 'struct' holds structs with the fields a",
        "column 'many' holds lists, the first with 1 value",
        "column 'raw' holds bytes that are not UTF-8 text",
        "'raw' can only be left out",
    ):
        assert said in str(refused.value)
    with pytest.raises(DatasetError, match="left out are 'struct', 'many', 'raw'"):
        seen.read(dict.fromkeys(("struct", "many", "raw"), Reading.LEAVE_OUT))


def test_times_that_python_has_not_are_named():
    with pytest.raises(DatasetError, match="column 't' holds times of the day with nanoseconds, which are not read"):
        parquet(t=pa.array([n * 10**9 + 1 for n in ROWS], pa.time64("ns")), y=list(ROWS))
    whole = parquet(t=pa.array([n * 10**9 for n in ROWS], pa.time64("ns")), x=list(ROWS), y=[n % 7 for n in ROWS])
    assert whole.columns[0].kind == "time of day"
    assert whole.read({"t": Reading.ORDINAL}).frame["t"].tolist() == list(ROWS)


def test_times_of_parquet_with_a_zone_are_those_of_its_clock():
    first = dt.datetime(2021, 1, 1, 12, tzinfo=dt.UTC)
    seen = parquet(
        t=pa.array([first + dt.timedelta(hours=n) for n in ROWS], pa.timestamp("ns", "Europe/Berlin")), y=list(ROWS)
    )
    assert seen.read({"t": Reading.PARTS}).frame["t_hour"].tolist()[:3] == [13, 14, 15]


def test_columns_of_one_name_in_parquet_are_refused():
    table = pa.table({"a": list(ROWS), "y": list(ROWS)}).append_column("a", pa.array(list(ROWS)))
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    with pytest.raises(DatasetError, match="occurs more than once"):
        see_file("a.parquet", buffer.getvalue(), 5)


def test_a_parquet_file_that_was_cut_is_called_so():
    buffer = io.BytesIO()
    pq.write_table(pa.table({"a": list(ROWS), "y": list(ROWS)}), buffer)
    with pytest.raises(DatasetError, match="is cut short: the end of a Parquet file is missing; copy it again"):
        see_file("a.parquet", buffer.getvalue()[:-20], 5)


def test_numbers_of_16_bits_may_be_categories():
    seen = parquet(h=pa.array(np.arange(40, dtype=np.float16) % 4), y=list(ROWS))
    assert list(seen.read({"h": Reading.CATEGORY}).frame["h"].cat.categories) == ["0", "1", "2", "3"]


@pytest.mark.parametrize("reading", [Reading.NUMBER, Reading.CATEGORY])
def test_a_script_keeps_the_digits_of_whole_numbers_that_no_float_holds(reading, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    numbers = pa.array([2**53 + n if n % 5 else None for n in ROWS], pa.uint64())
    pq.write_table(pa.table({"u": numbers, "x": [n % 3 for n in ROWS], "y": list(ROWS)}), "a.parquet")
    seen = see_file("a.parquet", (tmp_path / "a.parquet").read_bytes(), 5, "y")
    upload = seen.read({"u": reading})
    made: dict[str, object] = {}
    code = "import pandas as pd\n" + reading_code(seen, upload.readings, "a.parquet")
    exec(code, made)  # noqa: S102 - what an export prints must run
    assert describe(made["frame"], "a")[0].content_hash == describe(upload.frame, "a")[0].content_hash


@pytest.mark.parametrize(("layout", "unit"), [("%H:%M", "minutes"), ("%H:%M:%S", "seconds")])
def test_times_of_the_day_that_are_texts_are_one_number(layout, unit):
    times = [dt.time(n // 4 + 3, n % 4 * 15, 0 if unit == "minutes" else n) for n in ROWS]
    seen = see(csv(["t", "y"], lambda n: [times[n].strftime(layout), n % 7]))
    upload = seen.read({"t": Reading.ORDINAL})
    factor = 1 if unit == "minutes" else 60
    assert upload.frame["t"].tolist() == [(each.hour * 60 + each.minute) * factor + each.second for each in times]
    assert f"column 't' is in {unit}" in upload.oddities


def test_points_that_may_be_thousands_are_said_where_commas_do_not_separate():
    def column(*values, separator=";"):
        return see(csv(["m", "y"], lambda n: [values[n % len(values)], n % 7], separator)).columns[0]

    assert column("1.000", "2.037", "40.5".ljust(6, "0")).why == (
        "'1.000' may be a fraction or thousands, and is read as a fraction; write thousands without points"
    )
    assert column("1.5", "2.037").why == ""
    assert column("0.125", "2.037").why == ""
    assert column("1.000", "2.037", separator=",").why == ""


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_empty_rows_between_the_others_are_said(kind):
    if kind == "csv":
        seen = see(csv(["a", "b", "y"], lambda n: ["", "", ""] if n % 10 == 5 else [n % 5, n % 3, n % 7]))
    else:
        gaps = [None if n % 10 == 5 else n for n in ROWS]
        seen = parquet(a=gaps, y=gaps)
    assert seen.raw.notes == ("4 rows have no value at all, and are kept; remove them from the file",)
    filled = seen.read(target="y", filled="y")
    assert len(filled.frame) == 36


def test_dates_with_words_behind_them_are_said():
    column = see(csv(["t", "y"], lambda n: [f"{n % 28 + 1:02d}.03.2021 {n % 24:02d}:{n:02d} Uhr", n % 7], ";")).columns[
        0
    ]
    assert column.warnings[0].startswith("looks like dates, such as '")


THREE_COLUMNS = "".join(f"{number}.5,{'pq'[number % 2]},{number * 7 % 11}\n" for number in range(30))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (bz2.compress(b"a,b,y\n" + THREE_COLUMNS.encode()), "is packed by bzip2; unpack it, or pack it by gzip"),
        (lzma.compress(b"a,b,y\n" + THREE_COLUMNS.encode()), "is packed by xz; unpack it, or pack it by gzip"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "is packed by Zstandard; unpack it, or pack it by gzip"),
        (
            b"% of irises\n%\n\n@Relation iris\n@DATA\n" + THREE_COLUMNS.encode(),
            "is ARFF; save its table as CSV or Parquet",
        ),
        (
            b"a,y\n" + THREE_COLUMNS.encode(),
            "has a value more in each row than column names, as R writes row names; put a name, such as row, before "
            "the first one",
        ),
        (
            b"a,y\n" + THREE_COLUMNS.replace(".5,", ".5,0,").encode(),
            "has rows with more values than there are column names; name every column",
        ),
        (
            b"a,b,y,\n" + THREE_COLUMNS.encode(),
            "cannot be read as CSV: it has 4 column names, and its rows have 3 values; name each column once, and "
            "remove a separator at the end of the names",
        ),
    ],
)
def test_what_cannot_be_read_says_what_it_is_and_the_fix(content, told):
    with pytest.raises(DatasetError) as caught:
        see_file("a.csv", content, 5)
    assert str(caught.value) == f"'a.csv' {told}"
