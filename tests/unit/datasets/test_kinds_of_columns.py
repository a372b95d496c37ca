"""Columns: which kinds of values are kept, as what, and which are refused."""

from __future__ import annotations

import datetime
import decimal
import io
import re

import numpy as np
import pandas as pd
import pytest

from shared import datasets
from shared.catalog import TaskType
from shared.errors import DatasetError
from tests.support.tables import mixed_frame, table_of


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
        ([1.5, "a"], "holds numbers ('1.5') and texts ('a'); make all of them numbers or all of them text"),
        ([1, "a"], "holds texts ('a') and whole numbers ('1'); make all of them"),
        (pd.Categorical([1, "a"]), "has as categories texts ('a') and whole numbers ('1'); make all of them"),
        ([1 + 2j, 3.0], "type complex128, which no library reads"),
        ([1.0, np.inf], "infinite value"),
        ([1.0, 1e300], "one beyond 3.4e38"),
    ],
)
def test_unusable_column_is_named_with_its_fix(values, message):
    with pytest.raises(DatasetError, match=re.escape(message)):
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
