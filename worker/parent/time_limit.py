"""How long a batch may take."""

from __future__ import annotations

from shared.catalog import library_catalog
from shared.catalog.model import Params, RoundsSharing
from shared.domain import SweepSpec
from shared.planning import full_params
from worker.parent.assignment import Batch


def time_limit(spec: SweepSpec, batch: Batch) -> float | None:
    """Return the batch's time limit in seconds: the spec's for each fit of it, None where there is none.

    A fit that answers several trials has the limit of one: that is as long as the largest of them may take alone.
    """
    limit = spec.trial_timeout_seconds
    if limit is None:
        return None
    return limit * len({_fit(spec, trial.params, trial.trial_id) for trial in batch})


def _fit(spec: SweepSpec, params: Params, trial_id: str) -> object:
    """Return what the trials of one fit have in common and others have not."""
    catalog = library_catalog(spec.library)
    full = full_params(spec.library, params, spec.seed)
    if catalog.rounds_sharing(full) is RoundsSharing.NONE:
        return trial_id
    return tuple((name, type(value), value) for name, value in full.items() if name not in catalog.read_off)
