"""What of a grid cannot be trained on the very table, or means another thing there than it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from shared.catalog import Library, Metric, TaskType
from shared.catalog.model import Severity
from shared.catalog.validation import Issue
from shared.domain import SweepSpec
from shared.errors import FieldError, InvalidSpec
from shared.grid_expression import value_text
from shared.planning.same_model import Grid
from shared.planning.size import MOST_COMPARED, combinations_to_compare, count_points, grid_size
from shared.wording import agreeing, closest, counted, listed, shown

#: how truth values are written
_TRUTH = ("true", "false")


def table_issues(
    spec: SweepSpec, kinds: Mapping[str, str], classes: Mapping[str, int], rows: int | None = None, zeros: int = 0
) -> list[Issue]:
    """Return what is odd about the grid on a table with such columns, and such rows of each class.

    ``kinds`` has each column's name -> ``number`` or ``category``, ``classes`` each class as it sorts -> its rows,
    empty for regression, ``rows`` the table's rows where they are known, and ``zeros`` those whose target is 0.
    What fails at every point is an error.
    """
    return [
        *_untrainable(spec, kinds),
        *_weights_of_the_commoner(spec, classes),
        *_folds_too_small(spec, rows),
        *_percentages_of_zero(spec, zeros),
    ]


def _folds_too_small(spec: SweepSpec, rows: int | None) -> Iterator[Issue]:
    if rows is None or Metric.R2 not in spec.metrics or not 2 <= spec.folds <= rows < 2 * spec.folds:
        return
    most = rows // 2
    fix = f"write folds: {most}, or fewer, or" if most >= 2 else "bring more rows, or"
    others = "rmse" if len(spec.metrics) == 1 else "other metrics"
    yield Issue(
        "folds",
        f"{spec.folds} folds of {counted(rows, 'row')} leave folds of one row, of which there is no r2; {fix} {others} "
        "instead of r2",
    )


def _percentages_of_zero(spec: SweepSpec, zeros: int) -> Iterator[Issue]:
    if Metric.MAPE in spec.metrics and spec.dataset.task is TaskType.REGRESSION and zeros:
        yield Issue(
            "metrics",
            f"the target, by which mape divides, is 0 in {counted(zeros, 'row')}: its scores are huge and say only how "
            "these are predicted; write mae or rmse instead, or leave the rows out",
            Severity.WARNING,
        )


def positive_class_of(spec: SweepSpec, classes: Sequence[str]) -> str | None:
    """Return the positive class that a spec has of these, which are in order: None for the default, the last.

    Raises InvalidSpec where it is none of them.
    """
    wanted = spec.positive_class
    if wanted is None:
        return None
    if wanted not in classes:
        # as a column of truth values is stored, however these are written
        as_truth = (wanted.casefold(), {"true": "1", "false": "0"}.get(wanted.casefold()))
        found = next((each for each in as_truth if wanted.casefold() in _TRUTH and each in classes), None)
        if found is None:
            meant = closest(wanted, list(classes))
            hint = f"did you mean {shown(meant)}? " if meant else ""
            raise InvalidSpec(
                [
                    FieldError(
                        "positive_class",
                        f"{shown(wanted)} is no class of target {spec.dataset.target!r}; {hint}its classes are "
                        f"{' and '.join(map(shown, classes))}",
                    )
                ]
            )
        wanted = found
    return None if wanted == classes[-1] else wanted


def _weights_of_the_commoner(spec: SweepSpec, classes: Mapping[str, int]) -> Iterator[Issue]:
    if spec.dataset.task is not TaskType.BINARY or len(classes) != 2:
        return
    positive = spec.positive_class or list(classes)[-1]
    if positive not in classes:
        return
    other = next(each for each in classes if each != positive)
    if classes[positive] <= classes[other]:
        return
    for number, grid in enumerate(spec.param_grid):
        values = grid.get("scale_pos_weight", ())
        above = [value for value in values if isinstance(value, int | float) and value > 1]
        if above:
            prefix = f"param_grid.{number}" if len(spec.param_grid) > 1 else "param_grid"
            yield Issue(
                f"{prefix}.scale_pos_weight",
                f"{listed(map(value_text, above), 3)} weighs up the positive class {shown(positive)}, which is the "
                f"commoner one already ({classes[positive]:,} of {counted(sum(classes.values()), 'row')}), at the cost "
                f"of {shown(other)}; choose {shown(other)} as the positive_class, or a weight below 1",
                Severity.WARNING,
            )


def _untrainable(spec: SweepSpec, kinds: Mapping[str, str]) -> list[Issue]:
    text = [name for name, kind in kinds.items() if kind == "category" and name != spec.dataset.target]
    if spec.library is not Library.XGBOOST or not text:
        return []
    culprits: dict[str, None] = {}
    fields: list[str] = []
    usable: list[Grid] = []
    for number, grid in enumerate(spec.param_grid):
        prefix = f"param_grid.{number}" if len(spec.param_grid) > 1 else "param_grid"
        for booster, method in product(grid.get("booster", ("gbtree",)), grid.get("tree_method", ("auto",))):
            if booster == "gblinear" or method == "exact":
                culprits["booster=gblinear" if booster == "gblinear" else "tree_method=exact"] = None
                fields.append(f"{prefix}.{'booster' if booster == 'gblinear' else 'tree_method'}")
        boosters = tuple(each for each in grid.get("booster", ("gbtree",)) if each != "gblinear")
        methods = tuple(each for each in grid.get("tree_method", ("auto",)) if each != "exact")
        if boosters and methods:
            usable.append({**grid, "booster": boosters, "tree_method": methods})
    if not culprits:
        return []
    columns = f"{agreeing(len(text), 'column', 'columns')} of categories, {listed(map(shown, text), 4)}"
    message = (
        f"{_share_of(spec, usable)} would fail: {' and '.join(culprits)} cannot use the {columns}; "
        "write booster gbtree or dart with tree_method hist or approx, or leave the columns out"
    )
    return [Issue(fields[0], message, Severity.WARNING if usable else Severity.ERROR)]


def _share_of(spec: SweepSpec, usable: Sequence[Grid]) -> str:
    """Return how many trials of the spec are none of the usable grids', counted as the sweep counts them.

    A point that cannot be trained is never the same model as one that can.
    """
    if combinations_to_compare(spec.library, spec.param_grid) > MOST_COMPARED:
        points = count_points(spec.param_grid)
        failing = f"{points - count_points(usable):,} of the grid's {counted(points, 'point')}"
        return f"{failing}, before those that are the same model count as one trial,"
    trials = grid_size(spec).trials
    others = grid_size(spec.model_copy(update={"param_grid": tuple(usable)})).trials if usable else 0
    return f"{trials - others:,} of {counted(trials, 'trial')}"
