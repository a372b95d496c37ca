"""Dates of one column that are written in several ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: so many layouts are told apart
_MOST_LAYOUTS = 4
#: the texts of which one must fit for a layout to be looked at
_TRIED = 100
#: of those that the texts have in common, so many texts are a layout's
_FEW = 0.8


@dataclass(frozen=True, slots=True)
class OneLayout:
    """The dates of a column that are written alike."""

    #: as strptime writes it, or ISO8601
    layout: str
    rows: int
    example: str


@dataclass(frozen=True, slots=True)
class MixedDates:
    """Layouts that have most of the texts of a column."""

    layouts: tuple[OneLayout, ...]
    #: a text that is another date by another layout, with the two; empty where each text is one date
    doubtful: tuple[str, ...]


def mixed_dates(texts: pd.Series[Any], rows: NDArray[Any], layouts: Sequence[str]) -> MixedDates | None:
    """Return the layouts, of those given, that most of the texts have; None where fewer than two do."""
    import pandas as pd

    from shared.datasets.cell_texts.conversions import dates_of

    few = texts.iloc[:: max(1, len(texts) // _TRIED)]
    tried = [
        layout
        for layout in layouts
        if layout == "ISO8601" or bool(pd.to_datetime(few, format=layout, errors="coerce").notna().any())
    ]
    dates = {layout: dates_of(texts, layout).to_numpy() for layout in tried}
    fits = {layout: ~np.isnat(values) for layout, values in dates.items()}
    fits = {layout: fitting for layout, fitting in fits.items() if fitting.any()}
    left, chosen = np.ones(len(texts), dtype=bool), list[str]()
    found = list[OneLayout]()
    doubtful: tuple[str, ...] = ()
    while fits and len(chosen) < _MOST_LAYOUTS:
        best = max(fits, key=lambda layout: int(rows[fits[layout] & left].sum()))  # the first one of several
        own = fits[best] & left
        if not own.any():
            break
        for other, fitting in fits.items():
            both = own & fitting & (dates[other] != dates[best])
            if both.any() and not doubtful and (other in chosen or fitting[own].all() or (fitting & left & ~own).any()):
                doubtful = (str(texts.iloc[int(both.argmax())]), best, other)
        found.append(OneLayout(best, int(rows[own].sum()), str(texts.iloc[int(own.argmax())])))
        chosen.append(best)
        left &= ~own
    if len(chosen) < 2 or int(rows[~left].sum()) < _FEW * rows.sum():
        return None
    return MixedDates(tuple(found), doubtful)
