"""Which trials of a request one fit answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.catalog import Library, ParamValue, library_catalog
from shared.catalog.model import EARLY_STOPPING, Params, RoundsSharing
from shared.domain import PlannedTrial
from shared.errors import BoostgridError
from shared.planning import full_params
from worker.engine.early_stopping import Wanted
from worker.engine.libraries.base import NativeParams
from worker.engine.rounds_curve import curve_counts


class UnknownParameter(BoostgridError):
    """Raised when a task sets a parameter that this version of the catalog does not have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A trial and what it wants of its fit."""

    trial_id: str
    wanted: Wanted

    @property
    def rounds(self) -> int:
        """The number of rounds after which the fit is scored for it, at most."""
        return self.wanted.rounds


@dataclass(frozen=True, slots=True)
class Fit:
    """One training on each fold, and the trials that it answers, by ascending rounds."""

    params: NativeParams
    entries: tuple[Entry, ...]
    sharing: RoundsSharing
    #: whether it is scored over the rounds as well; not where fewer rounds make another model
    has_curve: bool = False

    @property
    def scored_during_training(self) -> bool:
        """Whether scores are taken while it trains, since its prefixes are no models of their own."""
        return self.sharing is RoundsSharing.DURING_TRAINING

    @property
    def stops_early(self) -> bool:
        """Whether a trial of it may need fewer rounds than it names."""
        return any(entry.wanted.patience is not None for entry in self.entries)

    @property
    def rounds(self) -> int:
        """How many rounds are trained."""
        return self.entries[-1].rounds

    @property
    def counts(self) -> tuple[int, ...]:
        """The counts of rounds that its trials name."""
        return tuple(entry.rounds for entry in self.entries)

    def curve_counts(self, rounds: int) -> tuple[int, ...]:
        """Return the counts over which a trial of it that was trained for so many rounds has a curve."""
        return curve_counts(rounds) if self.has_curve else ()

    @property
    def checkpoints(self) -> frozenset[int]:
        """The counts of rounds at which it may be scored, but for those at which a trial stops early."""
        return frozenset(self.counts).union(*map(self.curve_counts, self.counts))

    def apart(self) -> tuple[Fit, ...]:
        """Return a fit for each trial."""
        return tuple(replace(self, entries=(entry,)) for entry in self.entries)

    def without(self, trial_ids: Iterable[str]) -> Fit | None:
        """Return the fit for the other trials, or None if there are none."""
        gone = set(trial_ids)
        kept = tuple(entry for entry in self.entries if entry.trial_id not in gone)
        return replace(self, entries=kept) if kept else None


def native_params(library: Library, params: Params, seed: int) -> dict[str, ParamValue]:
    """Return what a trial sets, and its seed, under the native names; without what is read off the rounds.

    What the grid leaves out is left to the library, whose defaults may depend on the data.
    """
    catalog = library_catalog(library)
    native: dict[str, ParamValue] = {}
    for name, value in {catalog.seed_parameter: seed, **params}.items():
        parameter = catalog.parameter(name)
        if parameter is None:
            raise UnknownParameter(
                f"this worker knows no {catalog.label} parameter {name}; roll out workers of the dashboard's version"
            )
        if name not in catalog.read_off and value is not None:
            native[parameter.native or parameter.name] = value
    return native


def plan_fits(library: Library, trials: Iterable[PlannedTrial], seed: int, rounds_curve: bool = False) -> list[Fit]:
    """Return the fits that answer the trials: one for those that differ in rounds only, where that is exact.

    Early stopping is a matter of rounds too.
    """
    catalog = library_catalog(library)
    groups: dict[object, Fit] = {}
    for trial in trials:
        full = full_params(library, trial.params, seed)
        sharing = catalog.rounds_sharing(full)
        rounds, patience = full.pop(catalog.rounds_parameter), full.pop(EARLY_STOPPING)
        if not isinstance(rounds, int):
            raise TypeError(f"{catalog.rounds_parameter} must be a whole number, not {rounds!r}")
        if not isinstance(patience, int | None):
            raise TypeError(f"{EARLY_STOPPING} must be a whole number or empty, not {patience!r}")
        key: object = trial.trial_id
        if sharing is not RoundsSharing.NONE:
            key = (sharing, tuple((name, type(value), value) for name, value in full.items()))
        entry = Entry(trial.trial_id, Wanted(rounds, patience))
        others = groups[key].entries if key in groups else ()
        groups[key] = Fit(
            native_params(library, trial.params, seed) if key not in groups else groups[key].params,
            tuple(sorted((*others, entry), key=lambda each: each.rounds)),
            sharing,
            has_curve=rounds_curve and sharing is not RoundsSharing.NONE,
        )
    return list(groups.values())
