"""A form of a new sweep in which every field is filled in."""

from __future__ import annotations

from dataclasses import replace

from dashboard.sweep_form import FormValues
from shared.catalog import Library, Metric, TaskType

HASH = "a" * 64
COMPLETE = FormValues(
    name="Depth and rate",
    library=Library.XGBOOST,
    dataset_name="diabetes",
    dataset_hash=HASH,
    target="target",
    task=TaskType.REGRESSION,
    metrics=(Metric.RMSE, Metric.MAE),
    folds=4,
    seed=7,
    trial_timeout_seconds=30.0,
    rounds_curve=True,
    racing=True,
    expressions={"max_depth": "3:7:2", "learning_rate": "logspace(0.01, 1, 3)"},
)


def with_fields(**expressions: str) -> FormValues:
    """Return the complete form with these parameters in place of its own."""
    return replace(COMPLETE, expressions=expressions)
