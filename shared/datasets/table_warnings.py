"""What is odd about the columns of a table, with the fix: what counts its rows, what all but equals the target."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.datasets.number_oddities import mark_warning, marks_of, time_warnings
from shared.datasets.tables import EXACT
from shared.wording import counted, shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: the least gain by which XGBoost splits is 1e-6 of the summed squares: from here on its R² visibly falls (0.78 for
#: 0.83 at 1e-4, nothing at all at 1e-6, with 100 rows)
_LEAST_SQUARES = 1e-3

#: of a category with a level in nearly every row there is nothing to learn
_LEVELS = 0.9
_FEW_ROWS = 20

#: a column is a copy of the target where so many rows are the same
_SAME = 0.95
#: or where it follows it so closely; real measurements of one thing by two instruments do not
_FOLLOWS = 0.9995
#: of the rows that the commonest class does not explain
_EXPLAINED = 0.98
#: of categories that are one but for capitals or blanks so many groups are named
_MOST_GROUPS = 3
#: rows that are looked at for it
_SAMPLED = 50_000


def table_warnings(frame: pd.DataFrame, target: str | None = None) -> dict[str, tuple[str, ...]]:
    """Return what is odd about columns of a normalised table; names of those with nothing odd are left out."""
    found: dict[str, tuple[str, ...]] = {}
    like_target = _LikeTarget(frame[target]) if target in frame.columns else None
    for name, column in frame.items():
        is_category = column.dtype == "category"
        warnings = _of_categories(column, name == target) if is_category else _of_numbers(column.to_numpy())
        if like_target is not None and name != target and not _is_constant(warnings):
            warnings += like_target.of(column, str(target))
        if name == target and column.dtype != "category":
            warnings += _of_small_target(column.to_numpy())
        if warnings:
            found[str(name)] = tuple(warnings)
    return found


def _is_constant(warnings: list[str]) -> bool:
    return bool(warnings) and warnings[0].startswith("has one value")


CONSTANT = "has one value in every row, from which nothing is learned"


def _of_categories(column: pd.Series[Any], is_target: bool) -> list[str]:
    distinct, rows = int(column.nunique()), len(column)
    if distinct <= 1:
        return [CONSTANT if distinct and not column.hasnans else "has one value or none, from which little is learned"]
    if distinct >= _LEVELS * rows and rows >= _FEW_ROWS:
        return [f"has {distinct:,} categories in {rows:,} rows, as an id has; leave it out if it is one"]
    return _of_variants(column, "classes" if is_target else "categories")


def _of_variants(column: pd.Series[Any], called: str) -> list[str]:
    """Return the warning of categories that are one when capitals and blanks are not looked at."""
    groups: dict[str, dict[str, int]] = {}
    for text, rows in column.value_counts().items():
        if rows:
            groups.setdefault(_folded(str(text)), {})[str(text)] = int(rows)
    several = sorted((group for group in groups.values() if len(group) > 1), key=lambda group: -sum(group.values()))
    if not several:
        return []
    said = [_named(group) for group in several[:_MOST_GROUPS]]
    if len(several) > _MOST_GROUPS:
        said.append(f"and {counted(len(several) - _MOST_GROUPS, 'more such group')}")
    return [
        f"has {', '.join(said)}, which differ only in capitals, blanks or signs that nobody sees, and are {called} of "
        "their own; write them alike in the file"
    ]


def _named(group: dict[str, int]) -> str:
    ranked = sorted(group.items(), key=lambda each: (-each[1], each[0]))
    parts = [f"{shown(text)} in {counted(rows, 'row')}" for text, rows in ranked]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _folded(text: str) -> str:
    """Return a text without what nobody sees or means: the case of its letters, its inner blanks, how accents are
    written.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text.casefold())
    seen = plain if text.isascii() else "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return " ".join(seen.casefold().split())


def _of_numbers(column: NDArray[Any]) -> list[str]:
    missing = np.isnan(column)
    values = in_order(column[~missing] if missing.any() else column)
    distinct, rows = len(values), len(column)
    if distinct <= 1:
        return [CONSTANT if distinct and not missing.any() else "has one value or none, from which little is learned"]
    warnings = [*time_warnings(values)]
    low, high = values[0].item(), values[-1].item()  # whole numbers of Python do not overflow
    if rows == distinct >= _FEW_ROWS and high - low == rows - 1 and bool((values % 1 == 0).all()):
        warnings.append(f"counts the rows from {_number(low)} on; leave it out if it is a number of theirs")
    seen = 1 + int(np.count_nonzero(np.diff(values.astype(np.float32))))
    if seen < distinct and seen * 10 < distinct * 9:
        warnings.append(
            f"has {distinct:,} distinct values, but {seen:,} in the 32 bits of the libraries, which cannot tell the "
            f"others apart; subtract a constant, such as {_number(low)}"
        )
    if isinstance(low, int) and max(abs(low), abs(high)) > EXACT:
        warnings.append(rounded(values))
    if marks := marks_of(column, values):
        warnings.append(mark_warning(marks))
    return warnings


def _of_small_target(column: NDArray[Any]) -> list[str]:
    values = column[~np.isnan(column)].astype(np.float64)
    if len(values) < 2 or values.min() == values.max():
        return []
    largest = np.abs(values - values.mean()).max()
    # of numbers so small that their squares are 0, too
    spread = float(largest * np.sqrt(np.mean(((values - values.mean()) / largest) ** 2)))
    if not spread or np.sqrt(len(values)) * spread >= np.sqrt(_LEAST_SQUARES):
        return []
    power = int(np.ceil(-np.log10(spread)))
    factor = f"{10**power:,}" if power <= 9 else f"1e{power}"
    return [
        f"has a standard deviation of {spread:.2g}, from which XGBoost learns little or nothing: it splits only where "
        f"squared errors fall by 0.000001; multiply the target by {factor} before it is stored"
    ]


def in_order(values: NDArray[Any]) -> NDArray[Any]:
    """Return the distinct values in their order; sorting is many times faster than the hashing of numpy's unique."""
    ordered = np.sort(values)
    is_new = np.ones(len(ordered), dtype=np.bool_)
    is_new[1:] = ordered[1:] != ordered[:-1]
    distinct: NDArray[Any] = ordered[is_new]
    return distinct


def rounded(values: NDArray[Any]) -> str:
    """Return what becomes of distinct whole numbers, in their order, some of which no float of 64 bits can hold."""
    doubles, singles = (1 + int(np.count_nonzero(np.diff(values.astype(kind)))) for kind in (np.float64, np.float32))
    return (
        f"holds whole numbers above {EXACT:,}, which are rounded: {len(values):,} distinct ones are {doubles:,} in the "
        f"64 bits of scores and {singles:,} in the 32 bits of the libraries; leave it out if it is an id, else "
        "subtract a constant or divide it before it is stored"
    )


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.12g}"


class _LikeTarget:
    """Tells which columns all but equal the target."""

    def __init__(self, target: pd.Series[Any]) -> None:
        rows = len(target)
        self._rows = np.arange(rows)
        if rows > _SAMPLED:
            self._rows = np.random.default_rng(0).choice(rows, _SAMPLED, replace=False)
        self._target = target.iloc[self._rows]
        self._texts = self._target.dtype == "category"
        self._codes, self._classes = _codes(self._target)
        self._few = self._classes <= max(2, int(len(self._rows) ** 0.5))

    def of(self, column: pd.Series[Any], target: str) -> list[str]:
        """Return the warning of a column that all but equals the target."""
        values = column.iloc[self._rows]
        what = self._same(values) or self._explains(values) or self._follows(values)
        return (
            [f"{what} {shown(target)}, as if it were made of it; leave it out unless it is known beforehand"]
            if what
            else []
        )

    def _same(self, values: pd.Series[Any]) -> str:
        if (values.dtype == "category") != self._texts:
            return ""
        one, other = (each.astype("str") if self._texts else each for each in (values, self._target))
        share = float((one.to_numpy() == other.to_numpy()).mean())
        if share < _SAME or self._explained(values) < _EXPLAINED / 2:
            return ""
        return "equals the target" if share == 1 else f"equals, in {share:.1%} of the rows, the target"

    def _explained(self, values: pd.Series[Any]) -> float:
        """Return the share of the rows outside the commonest class whose class follows from the value."""
        codes, distinct = _codes(values)
        pairs = np.unique(codes * self._classes + self._codes, return_counts=True)
        best = np.zeros(distinct, dtype=np.int64)
        np.maximum.at(best, pairs[0] // self._classes, pairs[1])
        commonest = int(np.bincount(self._codes).max())
        rest = len(codes) - commonest
        return (int(best.sum()) - commonest) / rest if rest else 0.0

    def _explains(self, values: pd.Series[Any]) -> str:
        if not self._few or _codes(values)[1] > 2 * self._classes + 1:
            return ""
        share = self._explained(values)
        return "has a value for each value of the target" if share >= _EXPLAINED else ""

    def _follows(self, values: pd.Series[Any]) -> str:
        if self._texts or values.dtype == "category" or self._classes <= 2:
            return ""
        x, y = _floats(values), _floats(self._target)
        there = ~(np.isnan(x) | np.isnan(y))
        if there.sum() < _FEW_ROWS / 2 or there.mean() < 1 / 2:
            return ""
        x, y = x[there], y[there]
        linear = abs(_correlation(x, y))
        ranked = linear if linear >= _FOLLOWS else abs(_correlation(_ranks(x), _ranks(y)))
        if max(linear, ranked) < _FOLLOWS:
            return ""
        return f"follows, with a correlation of {np.floor(max(linear, ranked) * 1e4) / 1e4:.4f}, the target"


def _codes(values: pd.Series[Any]) -> tuple[NDArray[np.int64], int]:
    """Return a number for each distinct value, a missing one too, and how many there are."""
    codes, distinct = values.factorize(use_na_sentinel=False)
    return codes.astype(np.int64), len(distinct)


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale else 0.0


def _floats(values: pd.Series[Any]) -> NDArray[np.float64]:
    """Return numbers as floats; whole ones that are too large for it less the smallest, which no correlation sees."""
    numbers = values.to_numpy()
    if numbers.dtype.kind == "i" and len(numbers) and max(abs(int(numbers.min())), abs(int(numbers.max()))) > EXACT:
        # of unsigned numbers the difference cannot overflow
        return (numbers.astype(np.uint64) - np.uint64(int(numbers.min()) % 2**64)).astype(np.float64)
    return numbers.astype(np.float64)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    import pandas as pd

    ranks: NDArray[np.float64] = pd.Series(values).rank(method="average").to_numpy().astype(np.float64)
    return ranks


def summary(warnings: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the warnings as sentences that name their columns; those that many columns share are one."""
    shared: dict[str, list[str]] = {}
    for name, each in warnings.items():
        for warning in each:
            shared.setdefault(warning, []).append(name)
    return [
        f"column {shown(names[0])} {warning}"
        if len(names) == 1
        else f"{counted(len(names), 'column')} ({', '.join(map(shown, names[:5]))}{', ...' if len(names) > 5 else ''}) "
        f"each: {warning}"
        for warning, names in shared.items()
    ]
