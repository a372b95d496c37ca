"""Uploaded files: which CSV and Parquet is read, and what is said of a file that is not."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pandas as pd
import pytest

from shared import datasets
from shared.errors import DatasetError
from tests.support.tables import mixed_frame


def upload_csv(text, **changes):
    return datasets.read_upload("mine.csv", text.encode(), **{"max_mb": 1} | changes).frame


def test_csv_has_numbers_categories_and_missing_values():
    frame = upload_csv("colour,size,weight,on\nred,1,0.5,True\n,2,,False\nblue,3,1.5,True\n")
    assert frame.dtypes.astype(str).to_dict() == {
        "colour": "category",
        "size": "int64",
        "weight": "float64",
        "on": "int64",
    }
    assert frame["on"].tolist() == [1, 0, 1]
    assert list(frame["colour"].cat.categories) == ["blue", "red"]
    assert frame["colour"].isna().tolist() == [False, True, False]
    assert frame["weight"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_separator_is_found(separator):
    frame = upload_csv(f"a{separator}b\n1{separator}2\n")
    assert frame.to_dict("list") == {"a": [1], "b": [2]}


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_decimal_commas_are_read_as_numbers(separator):
    text = "a b,c;whole;point;on\n1,5;3;0.5;True\n-2;4;1.5;\n;5;2.5;False\n1,25e3;6;3;True\n"
    frame = upload_csv(text.replace(";", separator))
    assert frame["a b,c"].tolist() == pytest.approx([1.5, -2, np.nan, 1250], nan_ok=True)
    assert frame["whole"].tolist() == [3, 4, 5, 6]
    assert frame["point"].tolist() == [0.5, 1.5, 2.5, 3]
    assert frame["on"].tolist() == pytest.approx([1, np.nan, 0, 1], nan_ok=True)


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("a;b\n1,2;1\n1,2,3;2\n", ["1,2", "1,2,3"]),
        ("a;b\n1,5;1\n2.5;2\n", ["1,5", "2.5"]),
        ("a;b\n1,5;1\nlow;2\n", ["1,5", "low"]),
        ("a;b\n1,500;1\n12;2\n", ["1,500", "12"]),  # one and a half, or fifteen hundred
    ],
)
def test_what_may_be_no_decimal_comma_stays_text(text, categories):
    assert upload_csv(text)["a"].cat.categories.tolist() == categories


def test_csv_separator_in_a_quoted_name_does_not_count():
    assert list(upload_csv('"a, b, c";d\n1;2\n').columns) == ["a, b, c", "d"]


def test_csv_may_start_with_a_byte_order_mark_and_quote_its_names():
    frame = datasets.read_upload("mine.csv", '\ufeff"a, b",c\n1,2\n'.encode(), max_mb=1).frame
    assert list(frame.columns) == ["a, b", "c"]


def test_parquet_round_trip():
    buffer = io.BytesIO()
    mixed_frame().to_parquet(buffer)
    frame = datasets.read_upload("MINE.PARQUET", buffer.getvalue(), max_mb=1).frame
    pd.testing.assert_frame_equal(frame, datasets.normalise(mixed_frame()))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'mine.csv' is empty"),
        ("  \n ", "'mine.csv' is empty"),
        ("a,b\n", "has no rows; add data"),
        ("a\n1\n", "one column only"),
        ("a,b,a\n1,2,3\n", "column 'a' occurs more than once; rename"),
        (",a,b\nx,1,2\n", r"column 1 \(no header\) has no name in the header, .* leave it out"),
        ("a,b\n1,2\n3,4,5\n", "cannot be read as CSV: line 3 has 3 values for 2 columns; mend"),
        ("a,b\n1,2,3\n4,5,6\n", "a value more in each row than column names"),
        ("a,b\n1,inf\n2,3\n", "column 'b' has 1 row with an infinite value"),
        ('a,b\n1,"2\n', "cannot be read as CSV"),
        ("a\0,b\n1,2\n", "is not text"),
    ],
)
def test_unusable_csv_names_the_fault(text, message):
    with pytest.raises(DatasetError, match=message):
        upload_csv(text)


@pytest.mark.parametrize(
    ("filename", "content", "message"),
    [
        ("mine.xlsx", b"PK\x03\x04 and more", "is an Excel file or another ZIP archive; save its table as CSV"),
        ("mine.csv", b"PK\x03\x04 and more", "is an Excel file"),
        ("mine.parquet", b"PAR1nonsense", "is cut short: the end of a Parquet file is missing"),
        ("mine.csv", b"\x1f\x8bnonsense", "cannot be unpacked"),
        ("mine.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 300_000), "unpacks to more than the 1 MB allowed"),
        ("mine.csv", b"<!DOCTYPE html><html>", "is a web page"),
        ("mine.csv", b'{"a": 1}', "looks like JSON"),
        ("mine.csv", b"\xef\xbb\xbfa,b\n\xff,1\n", "is not utf-8 text throughout; save it as UTF-8 CSV"),
        ("mine.csv", b"a,b\n" + bytes(range(128, 160)) * 9 + b",1\n", "nor in an encoding that is known; save it"),
        ("mine.csv", b"a,b\n" + b"1,2\n" * 300_000, "1.1 MB, more than the 1 MB allowed"),
    ],
)
def test_unusable_file_names_the_fault(filename, content, message):
    with pytest.raises(DatasetError, match=message):
        datasets.read_upload(filename, content, max_mb=1)
