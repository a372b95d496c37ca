"""CatBoost, as data."""

from shared.catalog.catboost.catalog import CATBOOST

__all__ = ["CATBOOST"]
