"""What is known of attempts that ended without a result."""

from __future__ import annotations

from shared.domain import Attempt, Sweep, TrialState
from shared.errors import TrialNotFound
from shared.ports import Store

#: failed trials whose attempts are listed at once
MOST_TRIALS = 1_000


def attempts_of(sweep: Sweep, store: Store, trial_id: str | None = None) -> list[tuple[str, Attempt]]:
    """Return the sweep's attempts at its failed trials, or at one trial, each with its trial's id, the first first.

    The trial is given by the first digits of its id. Raises TrialNotFound.
    """
    if trial_id is None:
        ids = [outcome.trial_id for outcome in store.ranked(sweep.sweep_id, TrialState.FAILED, MOST_TRIALS)]
    else:
        ids = [_whole_id(sweep, store, trial_id)]
    found = store.attempts(ids)
    return [(id_, each) for id_ in ids for each in found.get(id_, ()) if each.sweep_id == sweep.sweep_id]


def _whole_id(sweep: Sweep, store: Store, beginning: str) -> str:
    """Return the id of the trial that begins so: one with an outcome, or a whole id of any."""
    if len(beginning) == 64:
        return beginning
    found, cursor = set[str](), None
    while True:
        page = store.outcomes(sweep.sweep_id, cursor)
        cursor = page.cursor
        if not page.outcomes:
            break
        found |= {each.trial_id for each in page.outcomes if each.trial_id.startswith(beginning)}
    if len(found) != 1:
        many = f"{len(found)} trials" if found else "no trial with an outcome"
        raise TrialNotFound(f"{many} of {sweep.sweep_id} has an id that begins with {beginning}; give more of it")
    return found.pop()
