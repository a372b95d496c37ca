"""Rows in which the target has no value may be left out as the file is read."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shared import operations
from shared.catalog import TaskType
from shared.datasets import see_file
from shared.domain import DatasetRef
from shared.errors import DatasetError
from shared.testing import InMemoryStore

ROWS = [f"{row % 7},{'red' if row % 3 else 'blue'},{'' if row % 5 == 2 else row % 2}" for row in range(40)]
FILE = "\n".join(["x,colour,y", *ROWS]).encode() + b"\n"


def test_they_are_left_out_and_it_is_said_with_a_hash_of_its_own():
    seen, store = see_file("a.csv", FILE, 5, "y"), InMemoryStore()
    with pytest.raises(DatasetError, match="target 'y' has 8 rows without a value; read the file again without these"):
        operations.store_upload(seen, FILE, "a", store, target="y")
    whole, _ = operations.store_upload(seen, FILE, "whole", store)
    info, upload = operations.store_upload(seen, FILE, "filled", store, target="y", filled="y")
    assert (info.rows, info.task, whole.rows) == (32, TaskType.BINARY, 40)
    assert info.content_hash != whole.content_hash
    assert "8 rows without a value of 'y' left out" in upload.oddities
    assert not upload.frame["y"].isna().any()
    assert upload.frame.index.tolist() == list(range(32))
    assert (info.source.filled, whole.source.filled) == ("y", None)


@pytest.mark.slow
def test_a_script_leaves_them_out_too(tmp_path):
    seen, store = see_file("a.csv", FILE, 5, "y"), InMemoryStore()
    info, upload = operations.store_upload(seen, FILE, "filled", store, target="y", filled="y")
    reference = DatasetRef(name="filled", target="y", task=TaskType.BINARY, content_hash=info.content_hash)
    code = operations.rebuilding(reference, store, 5)
    assert code is not None
    (tmp_path / "a.csv").write_bytes(FILE)
    (tmp_path / "read.py").write_text(code + "\nprint(len(frame), frame['y'].sum())\n")
    printed = subprocess.run([sys.executable, "read.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert printed.stdout.split() == ["32", str(float(upload.frame["y"].sum()))]


def test_nothing_is_left_out_where_every_row_has_a_value():
    seen = see_file("a.csv", FILE, 5, "y")
    upload = seen.read(filled="x")
    assert (upload.filled, upload.left_out, len(upload.frame)) == (None, 0, 40)


@pytest.mark.parametrize(
    ("column", "message"), [("z", "there is no column 'z' whose empty cells"), ("e", "'e' has no value in any row")]
)
def test_what_cannot_be_filled_says_why(column, message):
    text = "x,e,y\n" + "".join(f"{row % 7},,{row}.5\n" for row in range(12))
    with pytest.raises(DatasetError, match=message):
        see_file("a.csv", text.encode(), 5).read(filled=column)
