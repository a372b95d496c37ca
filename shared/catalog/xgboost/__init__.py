"""XGBoost, as data."""

from shared.catalog.xgboost.catalog import XGBOOST

__all__ = ["XGBOOST"]
