"""How benchmarks of grids show what they measured."""

from __future__ import annotations

from typing import Any

import pandas as pd

#: what every row of a case has in common, and its heading names
_CASE = ("library", "case", "task", "metric", "points", "folds")


def show(rows: list[dict[str, Any]]) -> None:
    """Print one case's rows as a table under what they have in common."""
    print(", ".join(f"{name} {rows[0][name]}" for name in _CASE))
    print(pd.DataFrame(rows).drop(columns=list(_CASE)).to_string(index=False), flush=True)
