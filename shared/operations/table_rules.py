"""Where a grid's points cannot be trained on the very table."""

from __future__ import annotations

from itertools import product
from math import prod

from shared.catalog import Library
from shared.catalog.model import Severity
from shared.catalog.validation import Issue
from shared.domain import DatasetInfo, SweepSpec
from shared.wording import agreeing, counted, listed, shown


def table_issues(spec: SweepSpec, info: DatasetInfo) -> list[Issue]:
    """Return which points would fail on the table: an error where all would, else a warning."""
    text = [name for name, kind in info.columns.items() if kind == "category" and name != spec.dataset.target]
    if spec.library is not Library.XGBOOST or not text:
        return []
    points = failing = 0
    culprits: dict[str, None] = {}
    for grid in spec.param_grid:
        pairs = list(product(grid.get("booster", ("gbtree",)), grid.get("tree_method", ("auto",))))
        others = prod(len(values) for name, values in grid.items() if name not in ("booster", "tree_method"))
        for booster, method in pairs:
            points += others
            if booster == "gblinear" or method == "exact":
                failing += others
                culprits["booster=gblinear" if booster == "gblinear" else "tree_method=exact"] = None
    if not failing:
        return []
    field = "param_grid.booster" if "booster=gblinear" in culprits else "param_grid.tree_method"
    columns = f"{agreeing(len(text), 'column', 'columns')} of categories, {listed(map(shown, text), 4)}"
    message = (
        f"{failing:,} of {counted(points, 'point')} would fail: {' and '.join(culprits)} cannot use the {columns}; "
        "write booster gbtree or dart with tree_method hist or approx, or leave the columns out"
    )
    return [Issue(field, message, Severity.ERROR if failing == points else Severity.WARNING)]
