"""From a spec to its trials and tasks: pure, lazy, the same everywhere.

A grid's parameters fall into components that no equivalence connects: which points are one model is decided within
each of them. Those that decide what shares a fit and what a fit costs are joined to the *core*. The choices of each
component are enumerated once and their product is walked lazily: a million points take the memory of their components.
A grid whose components are large is divided by parameters that tell its models apart, and planned part by part.
Tasks come in the order of work: a tenth spread over the grid, then the costliest first.
"""

from shared.planning.same_model import full_params
from shared.planning.size import (
    MOST_COMPARED,
    GridSize,
    SweepPlan,
    combinations_to_compare,
    count_points,
    grid_size,
    plan_sweep,
)
from shared.planning.tasks import plan_tasks
from shared.planning.trial_ids import EVALUATION_VERSION, identified_points, points

__all__ = [
    "EVALUATION_VERSION",
    "MOST_COMPARED",
    "GridSize",
    "SweepPlan",
    "combinations_to_compare",
    "count_points",
    "full_params",
    "grid_size",
    "identified_points",
    "plan_sweep",
    "plan_tasks",
    "points",
]
