"""Files as programs write them: what is the header, what separates, what is missing, and what is said of it."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared import datasets
from shared.errors import DatasetError


def upload(content, filename="mine.csv", max_mb=5):
    return datasets.read_upload(filename, content.encode() if isinstance(content, str) else content, max_mb)


def columns_of(content, **options):
    return upload(content, **options).frame.to_dict("list")


def parquet(frame, **options):
    buffer = io.BytesIO()
    frame.to_parquet(buffer, **options)
    return buffer.getvalue()


def arrow(**columns):
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def rows(*lines, times=1):
    return "\n".join(lines[:1] + lines[1:] * times) + "\n"


# --- separators


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        # a comma in names and decimal commas: both separators give three fields everywhere
        (
            rows("Fläche, m²;Zimmer;Miete, EUR", "54,1;3;630,92", "45,8;1;470,39"),
            {"Fläche, m²": [54.1, 45.8], "Zimmer": [3, 1], "Miete, EUR": [630.92, 470.39]},
        ),
        # more semicolons than commas, in the names alone
        (
            rows("P1;P2;P3,P4;P5,ill", "0.7,1.0,0", "0.8,0.2,1"),
            {"P1;P2;P3": [0.7, 0.8], "P4;P5": [1.0, 0.2], "ill": [0, 1]},
        ),
        (rows("a|b;c|d", "1;2", "3;4"), {"a|b": [1, 3], "c|d": [2, 4]}),
        (rows("a b\tc, d", "1,5\t2", "3,5\t4"), {"a b": [1.5, 3.5], "c, d": [2, 4]}),
        (rows("name,size", "x|y,1", "z|y,2"), {"name": ["x|y", "z|y"], "size": [1, 2]}),
        (rows("a,b", '"x;y",1', '"z;w",2'), {"a": ["x;y", "z;w"], "b": [1, 2]}),
    ],
)
def test_the_separator_is_the_one_under_which_all_lines_agree(text, columns):
    assert columns_of(text) == columns


def test_where_two_separators_fit_alike_the_file_must_say_which():
    text = rows("a,b;c", "x,y;z", "u,v;w")
    with pytest.raises(DatasetError, match=r"may be separated by .* or by .*; put a first line sep="):
        upload(text)
    assert columns_of("sep=;\n" + text) == {"a,b": ["x,y", "u,v"], "c": ["z", "w"]}
    assert columns_of("sep=,\n" + text) == {"a": ["x", "u"], "b;c": ["y;z", "v;w"]}


# --- headers


def test_a_sep_line_is_not_the_header():
    read = upload("sep=;\r\na;b\r\n1;2\r\n")
    assert read.frame.to_dict("list") == {"a": [1], "b": [2]}
    assert read.notes[0] == "its first line, sep=;, names the separator"


@pytest.mark.parametrize(
    ("above", "note"),
    [
        ("Report of sales 2024\n\n", "1 title line above the column names left out: 'Report of sales 2024'"),
        ("Report, 2024\n\n", "1 title line above the column names left out: 'Report 2024'"),
        ("Report,,\nof sales,,\n", "2 title lines above the column names left out"),
        ("# exported by tool v2\n", "1 comment line above the column names left out: '# exported by tool v2'"),
        ("# a, b\n# c\n", "2 comment lines above the column names left out"),
    ],
)
def test_what_stands_above_the_header_is_left_out_and_said(above, note):
    read = upload(above + rows("hours,age,price", "2.5,34,41.5", "1.5,38,42.5"))
    assert list(read.frame.columns) == ["hours", "age", "price"]
    assert len(read.frame) == 2
    assert note in read.notes[0]


def test_a_header_with_newlines_in_its_names_is_one_record():
    text = '"Hours\n(per week)";"Age\r\n(years)";Price\n2,5;34;41,5\n1,5;35;42,5\n'
    assert list(columns_of(text)) == ["Hours (per week)", "Age (years)", "Price"]
    with pytest.raises(DatasetError, match="column 'Age' occurs more than once"):
        upload('"Hours\n(a)","Age",Age\n2.5,34,41.5\n')


@pytest.mark.slow
def test_a_header_may_be_longer_than_what_is_sampled():
    names = [f"gene_number_{number}" for number in range(5_000)]
    read = upload(rows(",".join(names), ",".join(["1.5"] * 5_000), ",".join(["2.5"] * 5_000)))
    assert read.frame.shape == (2, 5_000)
    with pytest.raises(DatasetError, match="column 'gene_number_7' occurs more than once"):
        upload(rows(",".join([*names, "gene_number_7"]), ",".join(["1.5"] * 5_001)))


@pytest.mark.parametrize(
    "text",
    [
        rows("5.1,3.5,1.4,setosa", "4.9,3.0,1.4,setosa", "6.3,3.3,6.0,virginica"),
        rows("5;3,5;1", "4;3,0;1", "6;3,3;6"),
        rows("rot,3", "grün,4", "rot,5"),
    ],
)
def test_a_file_without_names_is_told_so(text):
    with pytest.raises(
        DatasetError, match=r"has no column names: its first line holds values .*; put a line with a name"
    ):
        upload(text)


def test_years_and_numbers_in_a_row_are_names():
    assert list(columns_of(rows("2019,2020,2021", "1.5,2.5,3.5", "2.5,3.5,4.5"))) == ["2019", "2020", "2021"]


def test_blanks_around_names_and_classes_are_no_part_of_them():
    read = upload(rows("hours, age , income", "2.5, 34, >50K", "1.5, 35,>50K ", "1.5, 36,<=50K", "1.5,37,  ")).frame
    assert list(read.columns) == ["hours", "age", "income"]
    assert read["age"].tolist() == [34, 35, 36, 37]
    assert list(read["income"].cat.categories) == ["<=50K", ">50K"]
    assert read["income"].isna().tolist() == [False, False, False, True]


def test_blanks_around_classes_of_parquet_are_no_part_of_them():
    frame = pd.DataFrame({" x ": [1.5, 2.5, 3.5], "y": [" a", "a", "b"], "z": pd.Categorical([" a", "a", " "])})
    read = upload(parquet(frame)).frame
    assert list(read.columns) == ["x", "y", "z"]
    assert list(read["y"].cat.categories) == ["a", "b"]
    assert read["z"].tolist()[:2] == ["a", "a"]
    assert read["z"].isna().tolist() == [False, False, True]


def test_a_row_that_is_too_long_is_named_by_its_line_in_the_file():
    with pytest.raises(DatasetError, match="line 5 has 4 values for 3 columns; mend that line, or put"):
        upload("Title\n\na,b,c\n1,2,3\n4,5,6,7\n")


# --- what is missing


@pytest.mark.parametrize("word", ["None", "NA", "null", "nan", "N/A", "NULL"])
def test_a_class_called_like_a_missing_value_is_a_class(word):
    read = upload(rows("hours,disorder", f"1.5,{word}", "2.5,Apnea", "3.5,", times=3))
    assert sorted(read.frame["disorder"].cat.categories) == sorted([word, "Apnea"])
    assert int(read.frame["disorder"].isna().sum()) == 3
    assert f"column 'disorder' is read as a category: '{word}' in 3 rows is a value" in read.notes[0]


def test_among_numbers_such_a_word_is_missing_and_said():
    read = upload(rows("a,b", "1.5,1", "NA,2", "2.5,3"))
    assert read.frame["a"].isna().tolist() == [False, True, False]
    assert read.notes[0] == (
        "column 'a' is read as a number: 'NA' in 1 row is read as missing, for the others are numbers"
    )
    german = upload(rows("a;b", "1,5;1", "NA;2", "2,5;3"))
    assert german.frame["a"].tolist() == pytest.approx([1.5, np.nan, 2.5], nan_ok=True)
    assert "read as missing" in german.notes[0]


def test_an_empty_cell_needs_no_note():
    assert upload(rows("a,b", "1.5,x", ",y", "2.5,", "2.5,y")).notes == ()


# --- row numbers


@pytest.mark.parametrize("name", ["Unnamed: 0", "", "index", "row_id", "Row", "rownames"])
def test_row_numbers_are_left_out_and_said(name):
    read = upload(rows(f"{name},a,y", "0,1.5,2.5", "1,2.5,3.5", "2,1.0,4.5"))
    assert list(read.frame.columns) == ["a", "y"]
    assert "it numbers the rows" in read.notes[0]


def test_a_shuffled_index_is_left_out_by_its_name():
    assert list(columns_of(rows("Unnamed: 0,a,y", "17,1.5,2.5", "4,2.5,3.5"))) == ["a", "y"]


def test_a_column_of_such_a_name_that_counts_nothing_is_kept():
    assert list(columns_of(rows("index,a,y", "101.5,1.5,2.5", "99.5,2.5,3.5"))) == ["index", "a", "y"]


def test_what_else_counts_the_rows_is_said():
    frame = pd.DataFrame({"n": range(40), "y": np.arange(40) * 1.5 + 7})
    read = upload(frame.to_csv(index=False))
    assert list(read.frame.columns) == ["n", "y"]
    assert read.notes == ("column 'n' counts the rows from 0 on; leave it out if it is a number of theirs",)


@pytest.mark.parametrize(
    "index", [pd.Index([5, 3, 9]), pd.Index([5, 3, 9], name="customer"), pd.Index(list("abc"), name="key")]
)
def test_the_index_of_a_parquet_file_is_left_out_and_said(index):
    frame = pd.DataFrame({"a": [1.5, 2.5, 3.5], "y": [1, 0, 1]}, index=index)
    read = upload(parquet(frame))
    assert list(read.frame.columns) == ["a", "y"]
    name = index.name or "__index_level_0__"
    assert read.notes[0].startswith(f"column '{name}' is left out: it was the index of the table")


def test_an_index_that_another_program_kept_as_a_column_is_left_out():
    read = upload(arrow(__index_level_0__=[3, 1, 2], a=[1.5, 2.5, 3.5], y=[1, 0, 1]))
    assert list(read.frame.columns) == ["a", "y"]


# --- Parquet


def test_integer_categories_of_parquet_keep_being_categories():
    frame = pd.DataFrame({"c": pd.Categorical([10, 9, 10]), "y": [1.5, 2.5, 3.5]})
    read = upload(parquet(frame)).frame
    pd.testing.assert_frame_equal(read, datasets.normalise(frame))
    assert list(read["c"].cat.categories) == ["9", "10"]


def test_metadata_of_another_program_does_no_harm():
    buffer = io.BytesIO()
    table = pa.table({"a": [1, 2], "y": [1.5, 2.5]}).replace_schema_metadata({b"pandas": b'{"columns": [{}]}'})
    pq.write_table(table, buffer)
    assert list(columns_of(buffer.getvalue())) == ["a", "y"]


def test_bytes_that_are_utf_8_are_text():
    read = upload(arrow(colour=[b"rot", "grün".encode(), None], y=[1.5, 2.5, 3.5])).frame
    assert list(read["colour"].cat.categories) == ["grün", "rot"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1.0, 2.0], None], "column 'f' holds lists, the first with 2 values"),
        (
            [{"lat": 1.0, "lon": 2.0}, None],
            "column 'f' holds structs with the fields lat, lon; make a column of each field",
        ),
        ([b"\xff", b"a"], "column 'f' holds bytes that are not UTF-8 text"),
    ],
)
def test_a_column_that_cannot_be_used_is_called_what_it_is(values, message):
    with pytest.raises(DatasetError, match=message):
        upload(arrow(f=values, y=[1, 2]), filename="mine.parquet")


# --- what a file is


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("mine.tsv", b"a\ty\n1\t2\n"),
        ("mine.dat", b"a,y\n1,2\n"),
        ("mine", b"a,y\r1,2\r"),
        ("mine.csv.gz", gzip.compress(b"a,y\n1,2\n", mtime=0)),
        ("mine.csv", parquet(pd.DataFrame({"a": [1], "y": [2]}))),
        ("mine.pq", parquet(pd.DataFrame({"a": [1], "y": [2]}))),
        ("mine.csv", "a,y\n1,2\n".encode("utf-16")),
        ("mine.csv", "a,y\n1,2\n".encode("utf-32")),
        ("mine.csv", "\ufeffa,y\n1,2\n".encode()),
    ],
)
def test_a_file_is_known_by_its_content(filename, content):
    assert columns_of(content, filename=filename) == {"a": [1], "y": [2]}


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1252", ["Straße", "Größe", "Köln"]),
        ("cp1251", ["Москва", "Казань", "Нижний Новгород"]),
        ("shift_jis", ["東京都", "大阪府", "名古屋市"]),
        ("gb18030", ["北京市", "上海市", "广州市"]),
    ],
)
def test_another_encoding_is_found_and_said(encoding, words):
    text = rows("stadt,y", *(f"{word},{number}" for number, word in enumerate(words)))
    read = upload(text.encode(encoding))
    assert sorted(read.frame["stadt"].cat.categories) == sorted(words)
    assert "is not UTF-8 and was read as" in read.notes[0]


# --- what is not what it seems


@pytest.mark.parametrize(
    ("odd", "because"),
    [
        ("?", "'?' in 2 rows"),
        ("-", "'-' in 2 rows"),
        ("unknown", "'unknown' in 2 rows"),
    ],
)
def test_numbers_that_are_text_because_of_a_few_rows_are_numbers_and_said(odd, because):
    lines = [f"{number}.5,{number}" for number in range(50)]
    read = upload(rows("a,y", *lines, f"{odd},3", f"{odd},4"))
    assert read.frame["a"].tolist()[:50] == [number + 0.5 for number in range(50)]
    assert read.frame["a"].isna().sum() == 2
    assert read.notes[0] == (f"column 'a' is read as a number: text because of {because}; {because} becomes missing")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(
            ("{}%", 100),
            ("\N{EURO SIGN}{}", 100),
            ("{} \N{EURO SIGN}", 100),
            ("USD {}", 100),
            ("\N{MINUS SIGN}{}", -100),
        ),
        *(("1 {}", 1100), ("1,{}", 1100), ("1'{}", 1100), ("1\N{NO-BREAK SPACE}{}", 1100), ("({})", -100)),
        *(("1\N{NARROW NO-BREAK SPACE}{}", 1100), ("1.234.{},5", 1234100.5), ("1,{}.5", 1100.5), ("- {}", -100)),
    ],
)
def test_numbers_with_signs_around_them_are_numbers_and_said(written, value):
    lines = [f'"{written.format(number)}",{number % 7}' for number in range(100, 150)]
    read = upload(rows("a,y", *lines))
    assert read.frame["a"].iloc[0] == value
    assert read.frame["a"].notna().all()
    assert read.notes[0].startswith("column 'a' is read as a number: text because of signs in its numbers; ")
    assert f"is {value:.12g}" in read.notes[0]


def test_texts_with_one_of_their_own_a_row_are_left_out_and_a_constant_is_said():
    frame = pd.DataFrame({"key": [f"k{n}" for n in range(40)], "same": 1, "x": 2.5, "y": np.arange(40) ** 2 % 7 * 0.5})
    frame.loc[3, "x"] = 7
    read = upload(frame.to_csv(index=False))
    assert list(read.frame.columns) == ["x", "y"]
    assert "'key' is left out: 40 distinct texts in 40 rows, as an id has" in read.notes[0]
    assert read.notes[1] == ("column 'same' is left out: it has one value in every row, from which nothing is learned")


def test_values_that_fall_together_in_32_bits_are_said():
    seconds = 1_700_000_000 + np.arange(200) / 2
    (note,) = upload(pd.DataFrame({"a": np.sin(seconds), "seconds": seconds}).to_csv(index=False)).notes
    assert "column 'seconds' has 200 distinct values, but 2 in the 32 bits of the libraries" in note
    assert note.endswith("subtract a constant, such as 1700000000")


def test_of_many_notes_the_first_are_given():
    frame = pd.DataFrame({f"c{n}": ["NA", "b", "c"] for n in range(100)})
    notes = upload(frame.to_csv(index=False)).notes
    assert len(notes) == 31
    assert notes[-1] == "and 70 more such notes"


def test_metadata_of_parquet_that_nobody_can_read_is_left():
    table = pa.table({"x": [1, 2], "y": [3, 4]}).replace_schema_metadata({b"pandas": b"[" * 100_000})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    assert list(upload(buffer.getvalue(), filename="mine.parquet").frame) == ["x", "y"]
