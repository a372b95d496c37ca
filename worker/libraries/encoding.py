"""Features as one matrix of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.datasets import Table


def category_codes(table: Table, dtype: type[np.floating[Any]]) -> NDArray[Any]:
    """Return the features row by row, a category as its code (from 0) and a missing one as NaN.

    XGBoost and LightGBM make just that of a frame of pandas categories, at every fit anew.
    """
    if isinstance(table.X, np.ndarray):
        return np.ascontiguousarray(table.X, dtype=dtype)
    matrix = np.empty(table.X.shape, dtype=dtype)
    for i, name in enumerate(table.X.columns):
        if i in table.categorical:
            codes = table.X[name].cat.codes.to_numpy()
            matrix[:, i] = np.where(codes < 0, np.nan, codes)
        else:
            matrix[:, i] = table.X[name].to_numpy(dtype=dtype, na_value=np.nan)
    return matrix
