"""The built-in data sets: what they hold, and that they come without a network."""

from __future__ import annotations

import os

import pandas as pd
import pytest
from sklearn.datasets import fetch_california_housing

from shared import datasets, operations
from shared.catalog import TaskType
from shared.errors import DatasetError
from shared.testing import InMemoryStore

needs_california = pytest.mark.skipif(
    not os.environ.get("SCIKIT_LEARN_DATA"), reason="SCIKIT_LEARN_DATA names no folder with California housing"
)


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
