"""Which trial of a sweep wins, and which point of its grid that is: decided here, for page, files and command line."""

from __future__ import annotations

from collections.abc import Iterable

from shared.catalog import ParamValue, library_catalog, metric_info
from shared.domain import Sweep, TrialOutcome, TrialState
from shared.planning.written import written_points


def best_of(sweep: Sweep, outcomes: Iterable[TrialOutcome]) -> TrialOutcome | None:
    """Return the success with the best mean of the ranking metric, or None while there is none.

    Of equals the one that is cheaper to train, and of those the first in the grid's order.
    """
    metric = sweep.spec.ranking_metric
    scored = [each for each in outcomes if each.state is TrialState.SUCCEEDED and metric in each.scores]
    if not scored:
        return None
    best = metric_info(metric).best(each.scores[metric].mean_score for each in scored)
    equals = [each for each in scored if each.scores[metric].mean_score == best]
    if len(equals) == 1:
        return equals[0]
    cost = library_catalog(sweep.spec.library).relative_cost
    costs = {each.trial_id: cost(_all_params(sweep, each)) for each in equals}
    cheapest = min(costs.values())
    return min((each for each in equals if costs[each.trial_id] == cheapest), key=lambda each: _order(sweep, each))


def point_of(sweep: Sweep, outcome: TrialOutcome) -> dict[str, ParamValue]:
    """Return the first point of the grid that is this trial, as it is written there.

    It has every parameter that some grid of the sweep sets; where its own does not, what the library then takes.
    """
    names = sorted({name for grid in sweep.spec.param_grid for name in grid})
    point = written_points(sweep.spec).first(outcome.params)
    written = {} if point is None else point.params
    return {name: written[name] if name in written else outcome.params.get(name) for name in names}


def _order(sweep: Sweep, outcome: TrialOutcome) -> tuple[object, ...]:
    point = written_points(sweep.spec).first(outcome.params)
    # one that no point is cannot be of this catalog; it comes last
    return (point is None, point.order if point else (), outcome.trial_id)


def _all_params(sweep: Sweep, outcome: TrialOutcome) -> dict[str, ParamValue]:
    defaults = {each.name: each.default for each in library_catalog(sweep.spec.library).parameters}
    return defaults | outcome.params
