"""What is stored of a table: its hash, its description and its content."""

from __future__ import annotations

import os
import subprocess
import sys

import pandas as pd
import pytest

from shared import datasets, operations
from shared.catalog import TaskType
from shared.errors import DatasetError
from shared.testing import InMemoryStore
from tests.support.tables import mixed_frame


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
