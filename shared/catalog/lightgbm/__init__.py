"""LightGBM, as data."""

from shared.catalog.lightgbm.catalog import LIGHTGBM

__all__ = ["LIGHTGBM"]
