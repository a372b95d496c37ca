"""Which points of a grid are one trial, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from dashboard.analysis.labels import params_labels
from dashboard.analysis.trials import grid_parameters
from shared.catalog import ParamValue
from shared.domain import Sweep, TrialOutcome
from shared.planning.same_model import WRITTEN_AGAIN, why_same
from shared.planning.winning import point_of

#: the parameters in which a point differs from the first one that is its trial
Point = tuple[tuple[str, ParamValue], ...]

#: points of one trial that are explained
_MOST_EXPLAINED = 1_000
#: points that are named for each reason
_MOST_NAMED = 5

_SEVERAL = "for several of these reasons"
_WRITTEN_ALIKE = "the same values"


@dataclass(frozen=True, slots=True)
class SameModel:
    """Points that are one trial for the same reasons, as the grid writes them."""

    #: each by the parameters in which it differs from the first point that is the trial
    points: tuple[str, ...]
    #: how many there are beside those named
    more: int
    why: str


def others_of_each(frame: pd.DataFrame) -> pd.Series:
    """Return for each row how many other points are the same trial; missing where none is."""
    others = frame.groupby("trial_id")["trial_id"].transform("size").astype("Int64") - 1
    return others.where(others > 0)


def same_model(sweep: Sweep, frame: pd.DataFrame, outcome: TrialOutcome) -> tuple[SameModel, ...]:
    """Return the other points that are the trial than the first, by which it is shown, by their reasons.

    ``frame`` has a row for each point. Points that differ for several reasons come last.
    """
    rows = frame.loc[frame["trial_id"] == outcome.trial_id, list(grid_parameters(sweep))].head(_MOST_EXPLAINED)
    groups: dict[tuple[str, ...], dict[Point, None]] = {}  # a dict, since it keeps the order
    for point, whys in _explained(sweep, outcome, rows):
        groups.setdefault(whys, {})[point] = None
    alone = {whys[0] for whys in groups if len(whys) == 1}
    lines: dict[str, dict[Point, None]] = {}
    for whys in sorted(groups, key=len):
        why = _SEVERAL if len(whys) > 1 and alone.issuperset(whys) else "; and ".join(whys)
        lines.setdefault(why, {}).update(groups[whys])
    several = lines.pop(_SEVERAL, None)
    if several:
        lines[_SEVERAL] = several
    return tuple(_named(why, list(points)) for why, points in lines.items())


def _explained(sweep: Sweep, outcome: TrialOutcome, rows: pd.DataFrame) -> Iterator[tuple[Point, tuple[str, ...]]]:
    """Yield how each point differs from the one by which the trial is shown, and why it is the trial."""
    spec = sweep.spec
    shown = point_of(sweep, outcome)
    seen: set[Point] = set()
    for written in rows.to_dict("records"):
        differing = {str(name): value for name, value in written.items() if value != shown[str(name)]}
        point = tuple(differing.items())
        if point in seen:
            yield point, (WRITTEN_AGAIN,)
        elif differing:
            yield point, why_same(spec.library, shown, shown | differing, spec.seed)
        seen.add(point)


def _named(why: str, points: list[Point]) -> SameModel:
    labels = [label or _WRITTEN_ALIKE for label in params_labels(map(dict, points))]
    return SameModel(tuple(labels[:_MOST_NAMED]), max(0, len(labels) - _MOST_NAMED), why)
