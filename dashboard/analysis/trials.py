"""A sweep's trials as tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.analysis.labels import params_label
from shared.catalog import Metric, ParamValue, metric_info
from shared.domain import RoundsCurve, Sweep, TrialOutcome, TrialState
from shared.planning import count_points, full_params, identified_points
from shared.planning.winning import best_of, point_of
from shared.planning.written import written_points


@dataclass(frozen=True, slots=True)
class GridPoint:
    """One combination as the grid writes it, and the trial that answers it."""

    trial_id: str
    #: every parameter that some grid of the sweep sets; where this point's grid does not, what the library then takes
    params: dict[str, ParamValue]
    #: the first point that is the same model, where this is not the first
    same_as: str | None = None
    #: the parameters that this point's grid does not set
    unset: tuple[str, ...] = ()


def grid_parameters(sweep: Sweep) -> tuple[str, ...]:
    """Return every parameter that some grid of the sweep sets, sorted."""
    return tuple(sorted({name for grid in sweep.spec.param_grid for name in grid}))


def varied_parameters(sweep: Sweep) -> tuple[str, ...]:
    """Return the parameters that take more than one value over the sweep, sorted."""
    base = full_params(sweep.spec.library, {}, sweep.spec.seed)
    varied = []
    for name in grid_parameters(sweep):
        values = {value for grid in sweep.spec.param_grid for value in grid.get(name, (base[name],))}
        if len(values) > 1:
            varied.append(name)
    return tuple(varied)


def grid_points(sweep: Sweep, limit: int = 20_000) -> tuple[GridPoint, ...] | None:
    """Return every point in grid order, or None where there are more than ``limit``. The same for ever: keep it."""
    spec = sweep.spec
    if count_points(spec.param_grid) > limit:
        return None
    names = grid_parameters(sweep)
    first: dict[str, str] = {}
    points = []
    for point, trial_id in identified_points(spec, sweep.library_version):
        params = point
        if len(point) < len(names):
            full = full_params(spec.library, point, spec.seed)
            params = {name: point.get(name, full[name]) for name in names}
        unset = tuple(name for name in names if name not in point)
        points.append(GridPoint(trial_id, params, first.get(trial_id), unset))
        first.setdefault(trial_id, params_label(params))
    return tuple(points)


def mean_column(metric: Metric) -> str:
    """Return the column of the metric's mean over the folds."""
    return f"mean_{metric}"


def std_column(metric: Metric) -> str:
    """Return the column of the metric's standard deviation over the folds."""
    return f"std_{metric}"


def trials_frame(
    sweep: Sweep,
    outcomes: Iterable[TrialOutcome],
    points: Sequence[GridPoint] | None = None,
    running: Collection[str] = (),
) -> pd.DataFrame:
    """Return the sweep's trials: with ``points`` a row for each, evaluated or not, else a row for each outcome.

    Columns: trial_id, the grid's parameters, state, rank (by the first metric, 1 is best), mean_ and std_ of each
    metric, folds (with a score), fit_seconds (wall, over the folds), rounds (mean), fit_shared_by, attempts, worker,
    finished_at, error, same_as, unset (parameters that the point's grid does not set, with blanks between).
    ``running`` holds the ids that workers say they are at.
    """
    by_id = {outcome.trial_id: outcome for outcome in outcomes}
    names = grid_parameters(sweep)
    if points is None:
        points = [_point_of(sweep, each) for each in by_id.values()]
    running = frozenset(running)
    found = [by_id.get(point.trial_id) for point in points]
    columns: dict[str, object] = {"trial_id": _objects(point.trial_id for point in points)}
    for name in names:
        columns[name] = _values([point.params[name] for point in points])
    columns["state"] = _objects(
        _state(sweep, point.trial_id, outcome, running) for point, outcome in zip(points, found, strict=True)
    )
    columns["rank"] = pd.array([None] * len(points), dtype="Int64")
    for metric in sweep.spec.metrics:
        scores = [outcome.scores.get(metric) if outcome else None for outcome in found]
        columns[mean_column(metric)] = _floats(score.mean_score if score else None for score in scores)
        columns[std_column(metric)] = _floats(score.std_score if score else None for score in scores)
    columns["folds"] = pd.array([_folds(outcome) for outcome in found], dtype="Int64")
    columns["fit_seconds"] = _floats(o.fit_seconds.wall if o and o.fit_seconds else None for o in found)
    columns["rounds"] = _floats(sum(o.rounds) / len(o.rounds) if o and o.rounds else None for o in found)
    columns["fit_shared_by"] = pd.array([o.fit_shared_by if o else None for o in found], dtype="Int64")
    columns["attempts"] = pd.array([o.attempts if o else None for o in found], dtype="Int64")
    columns["worker"] = _objects(o.worker if o else "" for o in found)
    columns["finished_at"] = pd.to_datetime(pd.Series([o.finished_at if o else None for o in found]), utc=True)
    columns["error"] = _objects(f"{o.error.type}: {o.error.message}" if o and o.error else "" for o in found)
    columns["same_as"] = _objects(point.same_as or "" for point in points)
    columns["unset"] = _objects(" ".join(point.unset) for point in points)
    frame = pd.DataFrame(columns)
    frame["rank"] = _ranks(frame, sweep.spec.ranking_metric)
    return frame


def _point_of(sweep: Sweep, outcome: TrialOutcome) -> GridPoint:
    """The first point that is this trial, from the outcome alone."""
    first = written_points(sweep.spec).first(outcome.params)
    is_set = outcome.params if first is None else first.params
    unset = tuple(name for name in grid_parameters(sweep) if name not in is_set)
    return GridPoint(outcome.trial_id, point_of(sweep, outcome), unset=unset)


def points_that_set(frame: pd.DataFrame, *parameters: str) -> tuple[pd.DataFrame, int]:
    """Return the points whose grid sets all of these parameters, and how many trials have no such point.

    Those of another grid of the list have what the library takes by default, and differ in more: they would be
    compared as if that value made the difference.
    """
    is_unset = [not set(parameters).isdisjoint(unset.split()) for unset in frame["unset"]]
    if not any(is_unset):
        return frame, 0
    found = frame[~np.array(is_unset, dtype=bool)]
    return found, frame["trial_id"].nunique() - found["trial_id"].nunique()


def best_outcome(sweep: Sweep, outcomes: Iterable[TrialOutcome]) -> TrialOutcome | None:
    """Return the sweep's winner among them, or None while there is none."""
    return best_of(sweep, outcomes)


def better_rounds(sweep: Sweep, outcome: TrialOutcome) -> RoundsCurve | None:
    """Return the trial's curve over the rounds if some count on it has a better mean than the trial itself."""
    metric, curve = sweep.spec.ranking_metric, outcome.rounds_curve
    if curve is None or metric not in outcome.scores:
        return None
    is_better = metric_info(metric).is_better(curve.best_mean_score, outcome.scores[metric].mean_score)
    return curve if is_better else None


def failures(outcomes: Iterable[TrialOutcome]) -> pd.DataFrame:
    """Return the failed trials, the latest first: trial_id, cause, type, message, attempts, worker, finished_at."""
    rows = [
        (o.trial_id, str(o.error.cause), o.error.type, o.error.message, o.attempts, o.worker, o.finished_at)
        for o in outcomes
        if o.error is not None
    ]
    columns = ["trial_id", "cause", "type", "message", "attempts", "worker", "finished_at"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("finished_at", ascending=False, kind="stable", ignore_index=True)


def failure_groups(outcomes: Iterable[TrialOutcome]) -> pd.DataFrame:
    """Return how many trials failed for each reason, the commonest first: cause, type, message, trials."""
    reasons = ["cause", "type", "message"]
    counted = failures(outcomes).groupby(reasons, as_index=False, sort=True).size()
    counted = counted.rename(columns={"size": "trials"})
    return counted.sort_values("trials", ascending=False, kind="stable", ignore_index=True)


def fold_scores(outcome: TrialOutcome, metric: Metric) -> pd.DataFrame:
    """Return one trial's folds, counted from 1: fold, score. Empty where it has no scores."""
    score = outcome.scores.get(metric)
    scores = score.fold_scores if score else ()
    return pd.DataFrame({"fold": range(1, len(scores) + 1), "score": _floats(scores)})


def _folds(outcome: TrialOutcome | None) -> int | None:
    """How many folds were scored; None without any."""
    if outcome is None:
        return None
    scored = [score.fold_scores for score in outcome.scores.values()] or list(outcome.partial_scores.values())
    return len(scored[0]) if scored else None


def _state(sweep: Sweep, trial_id: str, outcome: TrialOutcome | None, running: Collection[str]) -> str:
    if outcome is not None:
        return str(outcome.state)
    if trial_id in running:
        return str(TrialState.RUNNING)
    return str(TrialState.CANCELLED if sweep.cancelled else TrialState.PENDING)


def _ranks(frame: pd.DataFrame, metric: Metric) -> pd.Series:
    distinct = frame[(frame["state"] == str(TrialState.SUCCEEDED)) & (frame["same_as"] == "")]
    ascending = metric_info(metric).lower_is_better
    ranks = distinct[mean_column(metric)].rank(method="min", ascending=ascending).astype("Int64")
    by_id = dict(zip(distinct["trial_id"], ranks, strict=True))
    return pd.Series(
        pd.array([by_id.get(trial_id) for trial_id in frame["trial_id"]], dtype="Int64"), index=frame.index
    )


def _objects(values: Iterable[str]) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def _floats(values: Iterable[float | None]) -> pd.Series:
    return pd.Series(list(values), dtype="float64")


def _values(values: list[ParamValue]) -> pd.Series:
    """Numbers and switches as such where all are of one type; else as they are, so that None stays None."""
    types = {type(value) for value in values}
    return pd.Series(values, dtype=None if len(types) == 1 and types <= {int, float, bool} else "object")
