"""The libraries, their parameters and metrics, as data."""

from __future__ import annotations

from shared.catalog.catboost import CATBOOST
from shared.catalog.lightgbm import LIGHTGBM
from shared.catalog.metrics import Direction, Metric, MetricInfo, metric_info, metrics_for
from shared.catalog.model import Library, LibraryCatalog, Parameter, ParamValue, Preset, TaskType
from shared.catalog.xgboost import XGBOOST

_CATALOGS = {catalog.library: catalog for catalog in (XGBOOST, LIGHTGBM, CATBOOST)}


def library_catalog(library: Library) -> LibraryCatalog:
    """Return what is known of one library."""
    return _CATALOGS[library]


__all__ = [
    "Direction",
    "Library",
    "LibraryCatalog",
    "Metric",
    "MetricInfo",
    "ParamValue",
    "Parameter",
    "Preset",
    "TaskType",
    "library_catalog",
    "metric_info",
    "metrics_for",
]
