"""What the checks of a form know of its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What bears on which points can be trained, and on what class weights mean."""

    #: names of the columns of categories
    categories: tuple[str, ...] = ()
    #: of a binary target, its classes as they sort -> their rows
    classes: Mapping[str, int] = field(default_factory=dict)
    #: None where they are not known
    rows: int | None = None
    #: rows whose target is 0
    zeros: int = 0
