"""A table with a column of each kind, and tables as a worker reads them."""

from __future__ import annotations

import pandas as pd

from shared import datasets


def table_of(tmp_path, frame, target, task):
    """Return a frame as a worker reads it back."""
    _, parquet = datasets.describe(frame, "mine")
    path = tmp_path / "table.parquet"
    path.write_bytes(parquet)
    return datasets.read_table(path, target, task)


def mixed_frame():
    """Return four rows of text, whole numbers, fractions, truth values and a target, with values missing."""
    return pd.DataFrame(
        {
            "colour": ["red", "blue", None, "red"],
            "size": [1, 2, 3, 4],
            "weight": [0.5, None, 1.5, 2.0],
            "on": [True, False, True, True],
            "price": [1.0, 2.0, 3.0, 4.0],
        }
    )
