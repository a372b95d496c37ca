"""What a worker reads back of a stored table."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import LabelEncoder

from shared import datasets
from shared.catalog import TaskType
from shared.errors import DatasetError
from tests.support.tables import mixed_frame, table_of


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
