"""Charts of data sets, sweeps and trials: each takes what dashboard.analysis collected and returns a Figure."""

from dashboard.charts.datasets import target_distribution
from dashboard.charts.effects import importance, score_curve
from dashboard.charts.heat import heat_map
from dashboard.charts.style import CONFIG
from dashboard.charts.trials import best_so_far, fold_scores, rounds_curve

__all__ = [
    "CONFIG",
    "best_so_far",
    "fold_scores",
    "heat_map",
    "importance",
    "rounds_curve",
    "score_curve",
    "target_distribution",
]
