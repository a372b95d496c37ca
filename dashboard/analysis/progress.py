"""How far a sweep has come, how fast it goes, and how its best score improved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from shared.catalog import Metric, metric_info
from shared.domain import Sweep, SweepSummary, TrialOutcome, TrialState
from shared.wording import counted

#: the rate is taken over this long, or over the latest trials where fewer ended within it
RATE_WINDOW = timedelta(minutes=2)
_LATEST_TRIALS = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """A sweep's count at one moment. done = succeeded + failed + dropped; done + open = size."""

    size: int
    succeeded: int
    failed: int
    #: by racing
    dropped: int
    #: of all trials; None where they were not counted
    folds_done: int | None
    #: of each trial
    folds: int
    cancelled: bool
    #: None until two moments at which trials ended tell a rate, and once nothing is left to do
    trials_per_minute: float | None
    eta: timedelta | None

    @property
    def done(self) -> int:
        """Trials with an outcome."""
        return self.succeeded + self.failed + self.dropped

    @property
    def open(self) -> int:
        """Trials without an outcome."""
        return max(0, self.size - self.done)

    @property
    def fraction(self) -> float:
        """The share that is done, from 0 to 1."""
        return min(1.0, max(self.done, (self.folds_done or 0) / self.folds) / self.size)

    def sentence(self) -> str:
        """Return it in words."""
        parts = [f"{self.done:,} of {counted(self.size, 'trial')}"]
        if self.folds_done is not None and self.folds_done > self.done * self.folds:
            parts.append(f"{self.folds_done:,} of {self.size * self.folds:,} folds")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        if self.dropped:
            parts.append(f"{self.dropped:,} dropped")
        if self.cancelled and self.open:
            parts.append(f"{self.open:,} cancelled")
        if self.trials_per_minute is not None:
            rate = self.trials_per_minute
            parts.append(f"{rate:,.0f} a minute" if rate >= 10 else f"{rate:.2g} a minute")
        if self.eta is not None:
            seconds = self.eta.total_seconds()
            rough = seconds if seconds < 60 else 60 * round(seconds / 60)
            parts.append(f"about {duration(rough)} left")
        return " · ".join(parts)


def progress(
    summary: SweepSummary,
    finished_at: Iterable[datetime],
    folds_of_open: int | None = None,
    now: datetime | None = None,
) -> Progress:
    """Return the sweep's progress; ``finished_at`` are the times at which its trials ended, in any order.

    ``folds_of_open`` are the evaluated folds of trials that have no outcome yet, where these are counted.
    Times before the sweep was made are of trials that it took over, and say nothing of its rate.
    """
    now = now or datetime.now(UTC)
    sweep, left = summary.sweep, summary.open
    rate = None
    if left and not sweep.cancelled:
        rate = _rate_per_minute(sorted(time for time in finished_at if sweep.created_at <= time <= now), now)
    eta = timedelta(minutes=left / rate) if rate and left / rate < timedelta.max.days else None
    folds = sweep.spec.folds
    return Progress(
        size=sweep.size,
        succeeded=summary.succeeded,
        failed=summary.failed,
        dropped=summary.dropped,
        folds_done=None if folds_of_open is None else (sweep.size - left) * folds + folds_of_open,
        folds=folds,
        cancelled=sweep.cancelled,
        trials_per_minute=rate,
        eta=eta,
    )


def best_so_far(sweep: Sweep, outcomes: Iterable[TrialOutcome], metric: Metric | None = None) -> pd.DataFrame:
    """Return the trials in the order they ended: done (from 1), finished_at, trial_id, score, best up to there.

    ``metric`` is the ranking metric unless given; a failed or dropped trial has no score but counts as done.
    """
    metric = metric or sweep.spec.ranking_metric
    in_order = sorted(outcomes, key=lambda outcome: (outcome.finished_at, outcome.trial_id))
    scores = [
        outcome.scores[metric].mean_score
        if outcome.state is TrialState.SUCCEEDED and metric in outcome.scores
        else None
        for outcome in in_order
    ]
    score = pd.Series(scores, dtype="float64")
    best = score.cummin() if metric_info(metric).lower_is_better else score.cummax()
    return pd.DataFrame(
        {
            "done": range(1, len(in_order) + 1),
            "finished_at": pd.to_datetime(pd.Series([o.finished_at for o in in_order]), utc=True),
            "trial_id": pd.Series([o.trial_id for o in in_order], dtype="str"),
            "score": score,
            "best": best.ffill(),
        }
    )


def duration(seconds: float) -> str:
    """Return ``seconds`` as people say it: ``42 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    whole = max(0, round(seconds))
    for size, unit, smaller_size, smaller_unit in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // smaller_size
            return f"{whole // size} {unit}" + (f" {rest} {smaller_unit}" if rest else "")
    return f"{whole} s"


def _rate_per_minute(times: Sequence[datetime], now: datetime) -> float | None:
    """Trials a minute, from the first moment of the window on; those of that moment were done before it."""
    recent = [time for time in times if time >= now - RATE_WINDOW]
    if len(recent) < _LATEST_TRIALS:
        recent = list(times[-_LATEST_TRIALS:])
    after_first = sum(time > recent[0] for time in recent) if recent else 0
    if not after_first:
        return None
    return after_first / ((now - recent[0]).total_seconds() / 60)
