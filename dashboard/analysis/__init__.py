"""From a sweep's outcomes to what its page shows: tables, curves, effects and progress."""

from dashboard.analysis.attempts import attempts_table, cause_label
from dashboard.analysis.axis import AxisKind, ValueAxis, is_geometric, value_axis
from dashboard.analysis.coverage import Coverage, coverage
from dashboard.analysis.curves import Importance, ScoreCurve, importance, score_curve
from dashboard.analysis.decimals import number_format
from dashboard.analysis.heat import CellState, HeatMap, HeatMapValue, heat_map
from dashboard.analysis.labels import params_label, value_label, value_labels
from dashboard.analysis.outliers import worst_shown
from dashboard.analysis.progress import Progress, best_so_far, duration, progress
from dashboard.analysis.same_model import SameModel, others_of_each, same_model
from dashboard.analysis.trials import (
    GridPoint,
    best_outcome,
    better_rounds,
    failure_groups,
    failures,
    fold_scores,
    grid_parameters,
    grid_points,
    mean_column,
    std_column,
    trials_frame,
    varied_parameters,
)

__all__ = [
    "AxisKind",
    "CellState",
    "Coverage",
    "GridPoint",
    "HeatMap",
    "HeatMapValue",
    "Importance",
    "Progress",
    "SameModel",
    "ScoreCurve",
    "ValueAxis",
    "attempts_table",
    "best_outcome",
    "best_so_far",
    "better_rounds",
    "cause_label",
    "coverage",
    "duration",
    "failure_groups",
    "failures",
    "fold_scores",
    "grid_parameters",
    "grid_points",
    "heat_map",
    "importance",
    "is_geometric",
    "mean_column",
    "number_format",
    "others_of_each",
    "params_label",
    "progress",
    "same_model",
    "score_curve",
    "std_column",
    "trials_frame",
    "value_axis",
    "value_label",
    "value_labels",
    "varied_parameters",
    "worst_shown",
]
