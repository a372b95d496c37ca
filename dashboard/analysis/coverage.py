"""How much of a grid a chart stands on."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard.analysis.trials import mean_column
from shared.catalog import Metric
from shared.domain import Sweep, TrialState
from shared.wording import agreeing, counted


@dataclass(frozen=True, slots=True)
class Coverage:
    """A sweep's trials by what a chart of one metric has of them; they add up to ``size``."""

    size: int
    #: with a score
    scored: int
    failed: int
    #: by racing
    dropped: int
    #: succeeded, but without this metric
    undefined: int
    cancelled: int
    #: stored by a newer version in a state that this one does not know
    unknown: int = 0
    #: whether the frame has those without an outcome too
    has_a_row_for_each: bool = True
    #: of the grid, where the frame has a row for each
    points: int = 0

    @property
    def open(self) -> int:
        """Trials that may still come."""
        known = self.scored + self.failed + self.dropped + self.undefined + self.cancelled
        return self.size - known - self.unknown

    @property
    def is_complete(self) -> bool:
        """Whether every trial has a score."""
        return self.scored == self.size

    def label(self) -> str:
        """Return ``22 of 27 trials``, or ``all 27 trials``."""
        if self.is_complete:
            return f"all {counted(self.size, 'trial')}" if self.size > 1 else "1 trial"
        return f"{self.scored:,} of {counted(self.size, 'trial')}"

    def sentence(self) -> str:
        """Return the label with what became of the others."""
        others = [
            (self.failed, "failed"),
            (self.dropped, "dropped"),
            (self.undefined, "without this metric"),
            (self.cancelled, "cancelled"),
            (self.unknown, TrialState.UNKNOWN),
            (self.open, "to come"),
        ]
        parts = [self.label(), *(f"{count:,} {what}" for count, what in others if count)]
        if self.noun == "points":
            are = agreeing(self.size, "this trial", f"these {self.size:,} trials")
            parts.append(f"the grid's {self.points:,} points are {are}, each drawn")
        return " · ".join(parts)

    @property
    def noun(self) -> str:
        """What a chart counts at a value: ``trials``, or ``points`` where several are one trial."""
        return "points" if self.points > self.size else "trials"


def coverage(sweep: Sweep, frame: pd.DataFrame, metric: Metric, *, without: int = 0) -> Coverage:
    """Return how many of the sweep's trials have the metric, from a trials frame ``without`` so many of them."""
    trials, size = frame.drop_duplicates("trial_id"), sweep.size - without
    is_scored = trials[mean_column(metric)].notna()
    states = trials.loc[~is_scored, "state"].value_counts()
    cancelled = int(states.get(str(TrialState.CANCELLED), 0))
    if sweep.cancelled:  # those that a frame of outcomes alone has no row for
        cancelled += size - len(trials)
    return Coverage(
        # another version of Boostgrid may have counted otherwise
        size=max(size, len(trials)),
        scored=int(is_scored.sum()),
        failed=int(states.get(str(TrialState.FAILED), 0)),
        dropped=int(states.get(str(TrialState.DROPPED), 0)),
        undefined=int(states.get(str(TrialState.SUCCEEDED), 0)),
        cancelled=max(0, cancelled),
        unknown=int(states.get(str(TrialState.UNKNOWN), 0)),
        has_a_row_for_each=len(trials) >= size,
        points=len(frame) if len(trials) >= size else 0,
    )
