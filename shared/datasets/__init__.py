"""Data sets: named ones, uploads, and the stored tables that workers train on.

A table is stored once, by the hash of its content. pandas, pyarrow and scikit-learn are imported where they are
used: an engine that reads a table needs neither pandas nor scikit-learn.
"""

from __future__ import annotations

from shared.datasets.class_counts import class_counts
from shared.datasets.columns.reading_names import reading_label
from shared.datasets.columns.seen_column import SeenColumn
from shared.datasets.describing import describe
from shared.datasets.named import NAMED_DATASETS, NamedDataset, load_named
from shared.datasets.table_warnings import table_warnings
from shared.datasets.tables import normalise, read_frame
from shared.datasets.targets import MAX_CLASSES, check_target, possible_tasks, why_unpredictable, zeros_of
from shared.datasets.training_tables import Table, read_table
from shared.datasets.uploads import SeenFile, Upload, read_upload, see_file

__all__ = [
    "MAX_CLASSES",
    "NAMED_DATASETS",
    "NamedDataset",
    "SeenColumn",
    "SeenFile",
    "Table",
    "Upload",
    "check_target",
    "class_counts",
    "describe",
    "load_named",
    "normalise",
    "possible_tasks",
    "read_frame",
    "read_table",
    "read_upload",
    "reading_label",
    "see_file",
    "table_warnings",
    "why_unpredictable",
    "zeros_of",
]
