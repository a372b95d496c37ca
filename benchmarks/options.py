"""What benchmarks of grids are told on the command line: the table, the task, the grid, the folds."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.cases import METRICS, ROWS, Case, table
from shared.catalog import TaskType
from shared.datasets import check_target
from shared.domain import SweepSpec
from shared.errors import DatasetError, InvalidSpec


class WrongOptions(Exception):
    """Raised when what was asked for cannot be measured; says why."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that all benchmarks of grids have."""
    parser.add_argument("--task", choices=list(METRICS), default="regression", help="scored by RMSE, AUC or log loss")
    parser.add_argument("--folds", type=int, default=5)
    tables = parser.add_mutually_exclusive_group()
    tables.add_argument("--rows", type=int, default=ROWS, help="rows of the made table; default: as California housing")
    tables.add_argument("--table", type=Path, help="a Parquet file with numbers and a column `target` instead")
    parser.add_argument("--json", type=json_file, help="write the rows there too")


def json_file(text: str) -> Path:
    """Return the path of a file that can be written to when all is measured. Raises ArgumentTypeError."""
    path = Path(text)
    if not path.parent.is_dir() or path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no file in a folder that exists")
    return path


def prepared(case: Case, arguments: argparse.Namespace, folder: Path) -> Case:
    """Return the case with what the options say, its table a file and its grid as the library's estimator reads it.

    Raises WrongOptions.
    """
    path = arguments.table or folder / "table.parquet"
    if arguments.table is None and not path.exists():
        table(arguments.rows, task=arguments.task).to_parquet(path)
    case = replace(case, task=arguments.task, folds=arguments.folds, table=str(path))
    spec = _spec(case)
    _check_table(path, spec)
    (grid,) = spec.param_grid
    return replace(case, param_grid={name: list(values) for name, values in grid.items()})


def own_case(path: Path, library: str | None = None) -> Case:
    """Return the case of a JSON file: a library with its param_grid, or that grid alone. Raises WrongOptions."""
    found = _read(path)
    if not {"library", "param_grid"} & found.keys():
        found = {"param_grid": found}
    if unknown := sorted(found.keys() - {"library", "param_grid"}):
        raise WrongOptions(f"{path}: {unknown[0]} is neither library nor param_grid; remove it")
    grid, named = found.get("param_grid"), found.get("library")
    if not isinstance(grid, dict):
        raise WrongOptions(f"{path}: param_grid must be one object of lists, such as {{'max_depth': [4, 6]}}")
    if named is None and library is None:
        raise WrongOptions(f"{path} names no library; add it to the file, or give one --library")
    if None not in (named, library) and named != library:
        raise WrongOptions(f"{path} is a grid of {named}, and --library says {library}; leave one of them out")
    return Case(path.stem[:100], named or library or "", grid)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise WrongOptions(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise WrongOptions(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise WrongOptions(f"{path} must hold an object with library and param_grid, or a param_grid alone")
    return found


def _spec(case: Case) -> SweepSpec:
    dataset = {"name": "benchmark", "target": "target", "task": case.task}
    declared = {name: getattr(case, name) for name in ("name", "library", "param_grid", "folds")}
    try:
        return SweepSpec.parse({**declared, "dataset": dataset, "metrics": [case.metric]})
    except InvalidSpec as error:
        raise WrongOptions(str(error)) from error


def _check_table(path: Path, spec: SweepSpec) -> None:
    try:
        frame = pd.read_parquet(path)
        check_target(frame, "target", TaskType(spec.dataset.task), spec.folds)
    except (OSError, ValueError, DatasetError) as error:
        raise WrongOptions(f"{path}: {error}") from error
    features = frame.drop(columns="target")
    if other := list(features.select_dtypes(exclude="number").columns):
        raise WrongOptions(f"{path}: column {other[0]!r} does not hold numbers; remove it")
    if features.empty:
        raise WrongOptions(f"{path}: has no feature beside the target")
