"""Whole numbers above 2^53, such as ids and times in nanoseconds: counted as written, and their rounding is said."""

import io

import numpy as np
import pandas as pd
import pytest

from shared import datasets
from shared.datasets.table_warnings import table_warnings

BASE = 2**53
ROWS = 200


def csv(frame):
    return frame.to_csv(index=False).encode()


def parquet(frame):
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def table(dtype="int64", base=BASE):
    ids = pd.Series([base + number for number in range(ROWS)], dtype=dtype)
    rng = np.random.default_rng(0)
    return pd.DataFrame({"big": ids, "x": rng.normal(size=ROWS), "y": rng.normal(size=ROWS)})


@pytest.mark.parametrize(
    ("write", "dtype", "base"), [(csv, "int64", BASE), (parquet, "int64", -(2**62)), (parquet, "uint64", 2**63)]
)
def test_distinct_values_are_those_that_are_written(write, dtype, base):
    seen = datasets.see_file("t", write(table(dtype, base)), 5, "y")
    big = next(column for column in seen.columns if column.name == "big")
    assert (big.distinct, big.missing) == (ROWS, 0)
    rounding = [note for note in seen.read(target="y").oddities if "holds whole numbers above" in note]
    assert len(rounding) == 1
    assert "above 9,007,199,254,740,992, which are rounded: 200 distinct ones are" in rounding[0]


def test_integers_with_missing_values_are_counted_and_their_rounding_is_said():
    frame = table()
    frame["big"] = frame["big"].astype("Int64")
    frame.loc[::4, "big"] = None
    seen = datasets.see_file("t.parquet", parquet(frame), 5, "y")
    assert (seen.columns[0].distinct, seen.columns[0].missing) == (150, 50)
    assert "150 distinct ones are 101 in the 64 bits" in seen.columns[0].warnings[0]
    (why,) = [column.why for column in datasets.see_file("t.csv", csv(frame), 5, "y").columns if column.name == "big"]
    assert "its whole numbers above 9,007,199,254,740,992 are rounded, 150 distinct ones to 101; leave it out" in why


def test_numbers_that_floats_hold_are_not_warned_of():
    assert not table_warnings(pd.DataFrame({"a": np.arange(ROWS) ** 2, "y": np.arange(ROWS) * 1.5e17 + 0.5}))
    frame = pd.DataFrame({"a": [1e20, 3e22, 5.0] * 20, "y": range(60)})
    assert "rounded" not in str(datasets.see_file("t.csv", csv(frame), 5).read().notes)


def test_a_copy_of_a_large_target_is_found_where_floats_cannot_tell_its_values_apart():
    big = pd.Series(np.random.default_rng(1).integers(0, 300, ROWS) + 2**60)
    warnings = table_warnings(
        pd.DataFrame({"like": big * -1 + 7, "unlike": big.sample(frac=1).to_numpy(), "y": big}), "y"
    )
    assert any("correlation" in warning for warning in warnings["like"])
    assert not any("correlation" in warning or "equals" in warning for warning in warnings["unlike"])


def test_tables_of_other_large_numbers_have_other_hashes():
    one, other = (datasets.describe(pd.DataFrame({"a": [BASE, value], "y": [1, 2]}), "t")[0] for value in (1, BASE + 1))
    third, _ = datasets.describe(pd.DataFrame({"a": [BASE, BASE], "y": [1, 2]}), "t")
    assert len({one.content_hash, other.content_hash, third.content_hash}) == 3
