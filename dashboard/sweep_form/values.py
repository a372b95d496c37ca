"""What the fields of the form hold, and how a whole form comes about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.catalog import Library, Metric, ParamValue, TaskType, library_catalog
from shared.domain import SweepSpec
from shared.grid_expression import to_text
from shared.wording import counted, listed

#: what the form's fields take, from and to
FOLDS_RANGE, SEED_RANGE, SHORTEST_LIMIT = (2, 50), (0, 2**31 - 1), 1e-6

Grid = Mapping[str, tuple[ParamValue, ...]]


@dataclass(frozen=True, slots=True)
class FormValues:
    """The form as it stands; anything may be missing or wrong."""

    name: str = ""
    library: Library = Library.XGBOOST
    dataset_name: str = ""
    #: None for a named set that is not stored yet
    dataset_hash: str | None = None
    target: str = ""
    task: TaskType | None = None
    metrics: tuple[Metric, ...] = ()
    folds: int = 5
    seed: int = 0
    trial_timeout_seconds: float | None = None
    rounds_curve: bool = False
    racing: bool = False
    #: of a binary target; None for the class that sorts second
    positive_class: str | None = None
    #: parameter -> what its field holds
    expressions: Mapping[str, str] = field(default_factory=dict)
    #: the further grids of an imported spec: searched too, but not edited by the form
    extra_grids: tuple[Grid, ...] = ()

    @classmethod
    def of(cls, spec: SweepSpec) -> FormValues:
        """Return the form that declares ``spec``."""
        first, *others = spec.param_grid
        return cls(
            name=spec.name,
            library=spec.library,
            dataset_name=spec.dataset.name,
            dataset_hash=spec.dataset.content_hash,
            target=spec.dataset.target,
            task=spec.dataset.task,
            metrics=spec.metrics,
            folds=spec.folds,
            seed=spec.seed,
            trial_timeout_seconds=spec.trial_timeout_seconds,
            rounds_curve=spec.rounds_curve,
            racing=spec.racing,
            positive_class=spec.positive_class,
            expressions={name: to_text(values) for name, values in first.items()},
            extra_grids=tuple(others),
        )

    @classmethod
    def from_yaml(cls, text: str) -> FormValues:
        """Return the form that declares the spec in ``text``, or raise InvalidSpec."""
        return cls.of(SweepSpec.from_yaml(text))


def switch_library(form: FormValues, library: Library, before: FormValues | None = None) -> FormValues:
    """Return the form for another library, with the fields whose parameter both have, under its name there.

    What only that library has comes from ``before``, the form as it was when that library was last chosen.
    """
    here, there = library_catalog(form.library), library_catalog(library)
    kept: dict[str, str] = {}
    for name, text in form.expressions.items():
        known = here.parameter(name)
        names = (name,) if known is None else (known.name, *known.aliases)
        same = next((found for each in names if (found := there.parameter(each)) is not None), None)
        if same is not None:
            kept.setdefault(same.name, text)
    if before is not None:
        for name, text in before.expressions.items():
            own = there.parameter(name)
            if own is None or not any(here.parameter(each) for each in (own.name, *own.aliases)):
                kept.setdefault(name, text)
    return replace(form, library=library, expressions=kept, extra_grids=before.extra_grids if before else ())


def left_out(form: FormValues, library: Library) -> str:
    """Return which parameters, and further grids, the form has that another library cannot take over; else nothing."""
    here, there = library_catalog(form.library), library_catalog(library)
    known = [parameter for name in form.expressions if (parameter := here.parameter(name)) is not None]
    names = [each.name for each in known if not any(map(there.parameter, (each.name, *each.aliases)))]
    parts = [listed(names)] if names else []
    if form.extra_grids:
        parts.append(f"place for the {counted(len(form.extra_grids), 'further grid')} of {here.label}")
    return f"{there.label} has no {' and no '.join(parts)}: left out here, and back with {here.label}." if parts else ""


def default_name(library: Library, dataset_label: str) -> str:
    """Return a name for a sweep that has none yet."""
    return f"{library_catalog(library).label} on {dataset_label}"[:100]


def rename_clone(name: str) -> str:
    """Return the name of a copy: ``A (copy)``, then ``A (copy 2)``."""
    match = re.fullmatch(r"(.*) \(copy(?: (\d+))?\)", name)
    base, number = (match[1], int(match[2] or 1) + 1) if match else (name, 1)
    suffix = " (copy)" if number == 1 else f" (copy {number})"
    return base[: 100 - len(suffix)] + suffix
