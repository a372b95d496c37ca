"""Which trials of a request one fit answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.catalog import Library, ParamValue, library_catalog
from shared.catalog.model import Params, RoundsSharing
from shared.errors import BoostgridError
from shared.planning import full_params
from shared.trial import PlannedTrial
from worker.libraries.base import NativeParams


class UnknownParameter(BoostgridError):
    """Raised when a task sets a parameter that this version of the catalog does not have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A trial and the number of rounds after which its fit is scored for it."""

    trial_id: str
    rounds: int


@dataclass(frozen=True, slots=True)
class Fit:
    """One training on each fold, and the trials that it answers, by ascending rounds."""

    params: NativeParams
    entries: tuple[Entry, ...]
    #: whether scores are taken while it trains, since its prefixes are no models of their own
    scored_during_training: bool = False

    @property
    def rounds(self) -> int:
        """How many rounds are trained."""
        return self.entries[-1].rounds

    @property
    def counts(self) -> tuple[int, ...]:
        """The counts of rounds at which it is scored."""
        return tuple(entry.rounds for entry in self.entries)

    def apart(self) -> tuple[Fit, ...]:
        """Return a fit for each trial."""
        return tuple(Fit(self.params, (entry,), self.scored_during_training) for entry in self.entries)

    def without(self, trial_ids: Iterable[str]) -> Fit | None:
        """Return the fit for the other trials, or None if there are none."""
        gone = set(trial_ids)
        kept = tuple(entry for entry in self.entries if entry.trial_id not in gone)
        return Fit(self.params, kept, self.scored_during_training) if kept else None


def native_params(library: Library, params: Params, seed: int) -> dict[str, ParamValue]:
    """Return what a trial sets, and its seed, under the native names; without the rounds.

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
        if name != catalog.rounds_parameter and value is not None:
            native[parameter.native or parameter.name] = value
    return native


def plan_fits(library: Library, trials: Iterable[PlannedTrial], seed: int) -> list[Fit]:
    """Return the fits that answer the trials: one for those that differ in rounds only, where that is exact."""
    catalog = library_catalog(library)
    groups: dict[object, Fit] = {}
    for trial in trials:
        full = full_params(library, trial.params, seed)
        sharing = catalog.rounds_sharing(full)
        rounds = full.pop(catalog.rounds_parameter)
        if not isinstance(rounds, int):
            raise TypeError(f"{catalog.rounds_parameter} must be a whole number, not {rounds!r}")
        key: object = trial.trial_id
        if sharing is not RoundsSharing.NONE:
            key = (sharing, tuple((name, type(value), value) for name, value in full.items()))
        entry = Entry(trial.trial_id, rounds)
        others = groups[key].entries if key in groups else ()
        groups[key] = Fit(
            native_params(library, trial.params, seed) if key not in groups else groups[key].params,
            tuple(sorted((*others, entry), key=lambda each: each.rounds)),
            sharing is RoundsSharing.DURING_TRAINING,
        )
    return list(groups.values())
