"""Which classes a target has, and how many rows are of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.datasets.tables import in_class_order, label, normalise_column

if TYPE_CHECKING:
    import pandas as pd


def class_counts(frame: pd.DataFrame, target: str) -> dict[str, int]:
    """Return the rows of each class of the target, in the order in which classes are numbered."""
    import pandas as pd

    counts = pd.Series(normalise_column(target, frame[target])).value_counts()
    rows = {label(value): int(count) for value, count in counts.items() if count}
    return {each: rows[each] for each in in_class_order(rows)}
