"""Which points of a grid are one trial, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from dashboard.analysis.labels import params_label
from dashboard.analysis.trials import grid_parameters
from shared.same_model import WRITTEN_AGAIN, why_same
from shared.sweep import Sweep
from shared.trial import TrialOutcome

#: points of one trial that are explained
_MOST_EXPLAINED = 1_000
#: points that are named for each reason
_MOST_NAMED = 5

_SEVERAL = "for several of these reasons"
_WRITTEN_ALIKE = "the same values"


@dataclass(frozen=True, slots=True)
class SameModel:
    """Points that are one trial for the same reasons, as the grid writes them."""

    #: each by the parameters in which it differs from the trial's canonical ones
    points: tuple[str, ...]
    #: how many there are beside those named
    more: int
    why: str


def others_of_each(frame: pd.DataFrame) -> pd.Series:
    """Return for each row how many other points are the same trial; missing where none is."""
    others = frame.groupby("trial_id")["trial_id"].transform("size").astype("Int64") - 1
    return others.where(others > 0)


def same_model(sweep: Sweep, frame: pd.DataFrame, outcome: TrialOutcome) -> tuple[SameModel, ...]:
    """Return the points that the grid writes otherwise than the trial's canonical parameters, by their reasons.

    ``frame`` has a row for each point. Points that differ for several reasons come last.
    """
    names = list(grid_parameters(sweep))
    rows = frame.loc[frame["trial_id"] == outcome.trial_id, names]
    groups: dict[tuple[str, ...], list[str]] = {}
    for label, whys in _explained(sweep, outcome, rows.head(_MOST_EXPLAINED)):
        groups.setdefault(whys, []).append(label)
    alone = {whys[0] for whys in groups if len(whys) == 1}
    lines: dict[str, list[str]] = {}
    for whys in sorted(groups, key=len):
        why = _SEVERAL if len(whys) > 1 and alone.issuperset(whys) else "; and ".join(whys)
        lines.setdefault(why, []).extend(groups[whys])
    several = lines.pop(_SEVERAL, None)
    if several:
        lines[_SEVERAL] = several
    return tuple(_named(why, labels) for why, labels in lines.items())


def _explained(sweep: Sweep, outcome: TrialOutcome, rows: pd.DataFrame) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the label and the reasons of each point that is not what the trial's parameters say."""
    spec = sweep.spec
    canonical = {name: outcome.params.get(name) for name in rows.columns}
    seen: set[str] = set()
    for point in rows.to_dict("records"):
        differing = {str(name): value for name, value in point.items() if value != canonical[str(name)]}
        label = params_label(differing)
        if label in seen:
            yield label or _WRITTEN_ALIKE, (WRITTEN_AGAIN,)
        elif differing:
            yield label, why_same(spec.library, canonical, canonical | differing, spec.seed)
        seen.add(label)


def _named(why: str, labels: list[str]) -> SameModel:
    distinct = tuple(dict.fromkeys(labels))
    return SameModel(distinct[:_MOST_NAMED], max(0, len(distinct) - _MOST_NAMED), why)
