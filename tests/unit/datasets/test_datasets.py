"""Data sets: what is accepted, what is stored, and what a worker reads back."""

from __future__ import annotations

import datetime
import decimal
import gzip
import io
import os
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import fetch_california_housing, load_breast_cancer
from sklearn.preprocessing import LabelEncoder

from shared import datasets, operations
from shared.catalog import TaskType
from shared.errors import DatasetError
from shared.testing import InMemoryStore

needs_california = pytest.mark.skipif(
    not os.environ.get("SCIKIT_LEARN_DATA"), reason="SCIKIT_LEARN_DATA names no folder with California housing"
)


def table_of(tmp_path, frame, target, task):
    _, parquet = datasets.describe(frame, "mine")
    path = tmp_path / "table.parquet"
    path.write_bytes(parquet)
    return datasets.read_table(path, target, task)


def upload_csv(text, **changes):
    return datasets.read_upload("mine.csv", text.encode(), **{"max_mb": 1} | changes).frame


def mixed_frame():
    return pd.DataFrame(
        {
            "colour": ["red", "blue", None, "red"],
            "size": [1, 2, 3, 4],
            "weight": [0.5, None, 1.5, 2.0],
            "on": [True, False, True, True],
            "price": [1.0, 2.0, 3.0, 4.0],
        }
    )


# --- named sets


@pytest.mark.parametrize("name", datasets.NAMED_DATASETS)
def test_named_set_is_as_its_description_says(name):
    known = datasets.NAMED_DATASETS[name]
    frame = datasets.load_named(name)
    assert frame.shape == (known.rows, known.columns)
    datasets.check_target(frame, known.target, known.task, folds=5)
    assert datasets.possible_tasks(frame, known.target)[0] is known.task


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=needs_california if n == "california_housing" else ()) for n in datasets.NAMED_DATASETS],
)
def test_code_of_a_named_set_makes_the_same_table(name):
    scope = {}
    exec(datasets.NAMED_DATASETS[name].code, scope)  # noqa: S102 - what an export prints must run
    pd.testing.assert_frame_equal(scope["frame"], datasets.load_named(name))


def test_unknown_name_lists_the_named_sets():
    with pytest.raises(DatasetError, match=r"no data set named 'boston'; choose one of california_housing, diabetes"):
        datasets.load_named("boston")


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """No connection can be made, and scikit-learn has downloaded nothing before."""

    def refuse(*args):
        raise OSError("no network")

    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", datasets.NAMED_DATASETS)
def test_named_set_is_stored_without_a_network(name):
    info = operations.store_named(name, InMemoryStore())
    assert (info.rows, len(info.columns)) == (datasets.NAMED_DATASETS[name].rows, datasets.NAMED_DATASETS[name].columns)


@needs_california
def test_california_housing_is_scikit_learns_own_frame():
    frame = fetch_california_housing(as_frame=True, download_if_missing=False).frame
    pd.testing.assert_frame_equal(datasets.load_named("california_housing"), frame, check_exact=True)


def test_california_housing_keeps_the_hash_that_sweeps_know_it_by():
    info, _ = datasets.describe(datasets.load_named("california_housing"), "california_housing")
    assert info.content_hash == "693c4aea7c92d73bc0d3c23d124218c2727d2a79d76cae4a2a2c59b920c74dc7"


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read .*No such file.*; install Boostgrid again"), (b"PAR1", "is not the file .*; install")],
)
def test_california_housing_whose_file_is_damaged_says_so(tmp_path, monkeypatch, content, message):
    file = tmp_path / "california_housing.parquet"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr("shared.datasets.california_housing.FILE", file)
    with pytest.raises(DatasetError, match=message):
        datasets.load_named("california_housing")


def test_named_set_is_stored_once_and_then_not_loaded_again(monkeypatch):
    store = InMemoryStore()
    first = operations.store_named("wine", store)
    monkeypatch.setattr("shared.operations.tables.load_named", None)
    assert operations.store_named("wine", store) == first
    assert (first.target, first.task, first.rows) == ("target", TaskType.MULTICLASS, 178)


# --- uploads


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
        (",a,b\nx,1,2\n", r"column 1 has no name; .*index=False"),
        ("a,b\n1,2\n3,4,5\n", "cannot be read as CSV: Expected 2 fields in line 3, saw 3"),
        ("a,b\n1,2,3\n4,5,6\n", "rows with more values than there are column names"),
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
        ("mine.parquet", b"PAR1nonsense", "cannot be read as Parquet"),
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


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            pd.to_datetime(["2026-01-01", "2026-01-02"]),
            "column 'f' holds dates or times; turn it into numbers",
        ),
        (pd.to_timedelta([1, 2], unit="s"), "holds dates or times"),
        ([datetime.date(2026, 1, 1), None], "holds dates or times"),
        ([[1], [2]], "holds lists, the first with 1 value; make a column of each place in the list, or remove it"),
        ([np.zeros(3), None], "holds lists, the first with 3 values"),
        ([{"a": 1}, None], "holds structs with the fields a; make a column of each field, or remove it"),
        ([b"\xff", b"b"], "holds bytes that are not UTF-8 text; turn them into text or numbers, or remove it"),
        ([1.5, "a"], "holds mixed values; make all of them numbers or all of them text"),
        ([1, "a"], "holds mixed-integer values"),
        (pd.Categorical([1, "a"]), "categories of type mixed-integer"),
        ([1 + 2j, 3.0], "type complex128, which no library reads"),
        ([1.0, np.inf], "infinite value"),
        ([1.0, 1e300], "one beyond 3.4e38"),
    ],
)
def test_unusable_column_is_named_with_its_fix(values, message):
    with pytest.raises(DatasetError, match=message):
        datasets.normalise(pd.DataFrame({"f": values, "y": [1, 2]}))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.array([1, None], dtype="Int64"), [1.0, np.nan]),
        (np.array([1, 2**63 + 1025], dtype="uint64"), [1.0, 2.0**63 + 2048]),
        ([True, None], [1.0, np.nan]),
        (pd.array([None, False], dtype="boolean"), [np.nan, 0.0]),
        ([decimal.Decimal("1.5"), None], [1.5, np.nan]),
        ([None, None], [np.nan, np.nan]),
        (pd.Categorical([None, None]), [np.nan, np.nan]),
    ],
)
def test_every_kind_of_number_becomes_a_plain_one(values, expected):
    frame = datasets.normalise(pd.DataFrame({"f": values, "y": [1, 2]}))
    np.testing.assert_array_equal(frame["f"].to_numpy(), expected)
    assert frame["f"].dtype == "float64"


@pytest.mark.parametrize(
    ("values", "expected", "dtype"),
    [
        (np.array([1, 2], dtype="uint8"), [1, 2], "int64"),
        ([True, False], [1, 0], "int64"),
        (np.array([True, False], dtype=object), [1, 0], "int64"),
        (pd.array([True, False], dtype="boolean"), [1, 0], "int64"),
        (pd.array([3, 4], dtype="Int32"), [3, 4], "int64"),
        (np.array([0.1, np.nan], dtype="float32"), [np.float32(0.1), np.nan], "float32"),
        (pd.array([0.1, None], dtype="Float32"), [np.float32(0.1), np.nan], "float32"),
        (np.array([0.1, 2], dtype="float16"), [np.float16(0.1), 2], "float32"),
    ],
)
def test_numbers_keep_the_precision_in_which_scikit_learn_scores_them(values, expected, dtype):
    frame = datasets.normalise(pd.DataFrame({"f": values, "y": [1, 2]}))
    np.testing.assert_array_equal(frame["f"].to_numpy(), expected)
    assert frame["f"].dtype == dtype


@pytest.mark.parametrize("ordered", [False, True])
def test_categories_keep_the_order_of_their_file_and_those_that_do_not_occur(tmp_path, ordered):
    sizes = pd.Categorical(["small", None, "large", "small"], ["small", "middle", "large"], ordered=ordered)
    file = io.BytesIO()
    pd.DataFrame({"size": sizes, "y": [1.0, 2.0, 3.0, 4.0]}).to_parquet(file)
    table = table_of(
        tmp_path, datasets.read_upload("sizes.parquet", file.getvalue(), 1).frame, "y", TaskType.REGRESSION
    )
    assert table.categories == {0: ("small", "middle", "large")}
    assert table.ordered == ({0} if ordered else set())
    np.testing.assert_array_equal(table.X[:, 0], [0, np.nan, 2, 0])


def test_normalising_twice_changes_nothing():
    once = datasets.normalise(mixed_frame())
    pd.testing.assert_frame_equal(datasets.normalise(once), once)


# --- targets


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        ([1.0, None, 2.0, 3.0], TaskType.REGRESSION, "has 1 row without a value; remove these rows"),
        (["1", "2", "?", "4"], TaskType.REGRESSION, "is not numeric: 1 row of text, such as '\\?'"),
        (["a", "b", "c", "d"], TaskType.REGRESSION, "is not numeric: 4 rows"),
        ([7, 7, 7, 7], TaskType.REGRESSION, r"one value only \(7\)"),
        (["a"] * 4, TaskType.BINARY, r"one value only \(a\)"),
        (["a", "b", "c", "c"], TaskType.BINARY, "has 3 classes and binary needs 2; choose multiclass"),
        (["a", "b", "a", "b"], TaskType.MULTICLASS, "has 2 classes; choose binary"),
        ([0.5, 1.5, 2.5, 1.5], TaskType.MULTICLASS, "has fractions.*choose regression"),
        (list(range(101)) * 2, TaskType.MULTICLASS, "has 101 classes, more than 100"),
        (["a", "a", "b", "a", "a"], TaskType.BINARY, "class 'b' of target 'y' has 1 row, fewer than the 2 folds"),
        ([1], TaskType.REGRESSION, "has 1 row for 2 folds"),
    ],
)
def test_unfit_target_names_the_fix(values, task, message):
    frame = pd.DataFrame({"x": range(len(values)), "y": values})
    with pytest.raises(DatasetError, match=message):
        datasets.check_target(frame, "y", task)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([f"n{number}" for number in range(101)] * 2, "has 101 classes of text, more than 100; merge rare ones, or"),
        ([f"n{number}" for number in range(9)], "class 'n8' of target 'y' has 1 row, fewer than the 2 folds"),
        (["a", "b", "b"], "class 'a' of target 'y' has 1 row, fewer than the 2 folds"),
        ([1.5, None, 2.5], "has 1 row without a value"),
        ([3, 3, 3], "has one value only"),
        ([1.5, 2.5, 3.5], None),
        (["a", "b"] * 2, None),
    ],
)
def test_a_target_that_allows_nothing_says_the_true_reason(values, message):
    frame = pd.DataFrame({"x": range(len(values)), "y": values})
    why = datasets.why_unpredictable(frame, "y")
    assert (why is None) == (message is None) == bool(datasets.possible_tasks(frame, "y"))
    assert message is None or message in why
    assert "choose classification" not in str(why)


def test_absent_target_lists_the_columns():
    with pytest.raises(DatasetError, match="no target column 'z'; the columns are x, y"):
        datasets.check_target(pd.DataFrame({"x": [1], "y": [2]}), "z", TaskType.REGRESSION)


def test_every_class_needs_a_row_for_each_fold():
    frame = pd.DataFrame({"x": range(6), "y": [0, 0, 0, 1, 1, 1]})
    datasets.check_target(frame, "y", TaskType.BINARY, folds=3)
    with pytest.raises(DatasetError, match="fewer than the 4 folds; use fewer folds"):
        datasets.check_target(frame, "y", TaskType.BINARY, folds=4)


@pytest.mark.parametrize(
    ("values", "tasks"),
    [
        ([0.5, 1.5, 2.5, 3.5], (TaskType.REGRESSION,)),
        (list(range(50)) * 2, (TaskType.REGRESSION, TaskType.MULTICLASS)),
        ([0, 1, 0, 1], (TaskType.BINARY, TaskType.REGRESSION)),
        ([0, 1, 2] * 2, (TaskType.MULTICLASS, TaskType.REGRESSION)),
        (["a", "b", "a", "b"], (TaskType.BINARY,)),
        (["a", "b", "c", "d"], ()),
        ([1.0, None, 1.0, 2.0], ()),
    ],
)
def test_possible_tasks_start_with_the_likeliest(values, tasks):
    assert datasets.possible_tasks(pd.DataFrame({"y": values, "x": 0}), "y") == tasks


# --- what is stored


def test_hash_is_of_content_and_order():
    base, _ = datasets.describe(mixed_frame(), "mine")
    same, _ = datasets.describe(mixed_frame().astype({"size": "int32"}), "another name")
    assert same.content_hash == base.content_hash
    for changed in (
        mixed_frame().astype({"size": "float64"}),
        mixed_frame().astype({"weight": "float32"}),
        mixed_frame().astype({"colour": pd.CategoricalDtype(["red", "blue"])}),
        mixed_frame().astype({"colour": pd.CategoricalDtype(["blue", "red", "green"])}),
        mixed_frame().astype({"colour": pd.CategoricalDtype(["blue", "red"], ordered=True)}),
        mixed_frame().iloc[::-1],
        mixed_frame()[["size", "colour", "weight", "on", "price"]],
        mixed_frame().rename(columns={"size": "length"}),
        mixed_frame().assign(weight=[0.5, 9.0, 1.5, 2.0]),
        mixed_frame().replace({"colour": {"red": "rod"}}),
    ):
        assert datasets.describe(changed, "mine")[0].content_hash != base.content_hash


@pytest.mark.slow
def test_hash_is_the_same_in_another_process():
    code = (
        "from shared import datasets as d\n"
        "frame = d.load_named('wine').assign(text=lambda f: f['target'].map({0: 'b', 1: 'a', 2: 'c'}))\n"
        "print(d.describe(frame, 'wine')[0].content_hash)"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1


def test_negative_zero_and_text_given_as_categories_do_not_change_the_hash():
    one = pd.DataFrame({"x": [0.0, 1.0], "c": pd.Categorical(["a", "b"])})
    two = pd.DataFrame({"x": [-0.0, 1.0], "c": ["a", "b"]})
    assert datasets.describe(one, "m")[0].content_hash == datasets.describe(two, "m")[0].content_hash


def test_description_has_kinds_and_rows():
    info, parquet = datasets.describe(mixed_frame(), "mine", "price", TaskType.REGRESSION)
    assert info.columns == {
        "colour": "category",
        "size": "number",
        "weight": "number",
        "on": "number",
        "price": "number",
    }
    assert (info.rows, info.size_bytes) == (4, len(parquet))
    pd.testing.assert_frame_equal(datasets.read_frame(parquet), datasets.normalise(mixed_frame()))
    assert datasets.read_frame(parquet, columns=["price"], rows=2).to_dict("list") == {"price": [1.0, 2.0]}


def test_own_table_cannot_take_a_built_in_name_or_none():
    with pytest.raises(DatasetError, match="name of a built-in data set"):
        operations.store_frame(mixed_frame(), "wine", InMemoryStore())
    with pytest.raises(DatasetError, match="has no name"):
        operations.store_frame(mixed_frame(), " ", InMemoryStore())


def test_own_table_is_stored_and_comes_back():
    store = InMemoryStore()
    info = operations.store_frame(mixed_frame(), "mine", store, "price", TaskType.REGRESSION)
    stored, parquet = store.load_dataset(info.content_hash)
    assert stored == info
    pd.testing.assert_frame_equal(datasets.read_frame(parquet), datasets.normalise(mixed_frame()))


# --- what a worker reads


def test_numbers_become_one_matrix_equal_to_scikit_learns(tmp_path):
    bunch = load_breast_cancer(as_frame=True)
    table = table_of(tmp_path, bunch.frame, "target", TaskType.BINARY)
    np.testing.assert_array_equal(table.X, bunch.data.to_numpy())
    np.testing.assert_array_equal(table.y, bunch.target.to_numpy())
    assert (table.X.dtype, table.y.dtype, table.classes, table.categories) == ("float64", "int64", ("0", "1"), {})
    assert table.X.flags.c_contiguous


def test_categories_become_codes_and_missing_values_stay(tmp_path):
    table = table_of(tmp_path, mixed_frame(), "price", TaskType.REGRESSION)
    assert table.categories.keys() == {0}
    np.testing.assert_array_equal(table.X[:, 3], mixed_frame()["on"].astype(float))
    assert table.categories[0] == ("blue", "red")
    np.testing.assert_array_equal(table.X[:, 0], [1, 0, np.nan, 1])
    np.testing.assert_array_equal(table.X[:, 2], [0.5, np.nan, 1.5, 2.0])
    assert table.X.dtype == np.float64
    assert table.y.tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    "labels",
    [
        ["b", "a", "B", "é", "a"],
        [10, 9, -1, 10, 9],
        [2.0, 10.0, 3.0, 2.0, 3.0],
        pd.Categorical([10, 9, 2, 10, 9]),
        pd.Categorical(["z", "a", "z", "m", "a"], categories=["z", "m", "a"]),
        [True, False, True, False, True],
    ],
)
def test_class_numbers_are_those_of_label_encoder(tmp_path, labels):
    original = np.asarray(labels)
    encoder = LabelEncoder().fit(original)
    task = TaskType.BINARY if len(encoder.classes_) == 2 else TaskType.MULTICLASS
    table = table_of(tmp_path, pd.DataFrame({"x": range(5), "y": labels}), "y", task)
    np.testing.assert_array_equal(table.y, encoder.transform(original))
    assert len(table.classes) == len(encoder.classes_)


def test_whole_number_labels_are_written_without_a_point(tmp_path):
    table = table_of(tmp_path, pd.DataFrame({"x": [1, 2], "y": [0.0, 1.0]}), "y", TaskType.BINARY)
    assert table.classes == ("0", "1")


@pytest.mark.parametrize(
    ("target", "message"), [("nothing", "no column 'nothing'"), ("colour", "has 1 row without"), ("text", "holds text")]
)
def test_reading_an_unfit_target_is_refused(tmp_path, target, message):
    with pytest.raises(DatasetError, match=message):
        table_of(tmp_path, mixed_frame().assign(text=list("abab")), target, TaskType.REGRESSION)


@pytest.mark.parametrize("columns", [[], ["price", "colour", "size"]])
def test_a_table_equals_what_pandas_reads(tmp_path, columns):
    """Missing values and categories in some, in every kind of place that a bitmap of them can start and end."""
    random = np.random.default_rng(0)
    for rows in (1, 7, 8, 9, 100, 1001):
        frame = pd.DataFrame({"n": random.normal(size=rows), "i": random.integers(-5, 5, rows), "y": np.arange(rows)})
        for name in columns:
            codes = pd.Series(random.integers(-1, 3, rows))
            frame[name] = codes.map(dict(enumerate("abc"))) if name != "price" else codes.where(codes >= 0)
        _, parquet = datasets.describe(frame, "mine")
        (tmp_path / "mine.parquet").write_bytes(parquet)

        table = datasets.read_table(tmp_path / "mine.parquet", "y", TaskType.REGRESSION)

        expected = datasets.read_frame(parquet).drop(columns="y")
        for i, name in enumerate(expected):
            column = expected[name]
            if column.dtype == "category":
                assert table.categories[i] == tuple(column.cat.categories)
                column = column.cat.codes.where(column.notna())
            np.testing.assert_array_equal(table.X[:, i], column.to_numpy(dtype=np.float64))


def test_importing_and_reading_needs_neither_scikit_learn_nor_pandas(tmp_path):
    frame = datasets.load_named("wine").assign(colour=["red", None] * 89)
    _, parquet = datasets.describe(frame, "wine")
    (tmp_path / "wine.parquet").write_bytes(parquet)
    code = (
        "import sys; from pathlib import Path; from shared import datasets\n"
        f"datasets.read_table(Path({str(tmp_path / 'wine.parquet')!r}), 'target', datasets.TaskType('multiclass'))\n"
        "print({'pandas', 'sklearn'} & sys.modules.keys())"
    ).replace("datasets.TaskType", "__import__('shared.catalog').catalog.TaskType")
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def test_tables_are_read_from_several_threads(tmp_path):
    frame = datasets.load_named("digits")
    _, parquet = datasets.describe(frame, "digits")
    (tmp_path / "digits.parquet").write_bytes(parquet)
    tables = []

    def read():
        tables.append(datasets.read_table(tmp_path / "digits.parquet", "target", TaskType.MULTICLASS))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tables) == 4
    assert all((table.X == tables[0].X).all() for table in tables)
