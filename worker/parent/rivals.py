"""The rivals of sweeps that race, as the store knows them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from shared.domain import Sweep, TrialState
from shared.errors import ServiceUnavailable
from shared.ports import TrialResults
from worker.parent.intervals import BELIEVE_SECONDS, FORGET_SECONDS, STORE_PAUSE_SECONDS
from worker.racing import BEST, Rival, rival

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    rival: Rival | None
    believe_until: float


class Rivals:
    """Reads who a sweep's tenth best is, about once a second."""

    def __init__(self, results: TrialResults, clock: Callable[[], float]) -> None:
        self._results = results
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def of(self, sweep: Sweep) -> Rival | None:
        """Return whom the sweep's trials race against; None where it does not race, or has too few successes.

        In an outage of the store the last one known stays: a rival of before is only easier to keep up with.
        """
        if not sweep.spec.racing:
            return None
        now = self._clock()
        known = self._known.get(sweep.sweep_id)
        if known is None or now >= known.believe_until:
            known = self._read(sweep, known.rival if known else None)
            fresh = {id_: each for id_, each in self._known.items() if now < each.believe_until + FORGET_SECONDS}
            self._known = fresh | {sweep.sweep_id: known}
        return known.rival

    def _read(self, sweep: Sweep, before: Rival | None) -> _Known:
        metric = sweep.spec.ranking_metric
        try:
            best = self._results.ranked(sweep.sweep_id, TrialState.SUCCEEDED, BEST)
        except ServiceUnavailable as error:
            log.warning("%s", error, extra={"event": "service.unavailable", "service": error.service})
            return _Known(before, self._clock() + STORE_PAUSE_SECONDS)
        return _Known(rival([each.scores[metric].fold_scores for each in best]), self._clock() + BELIEVE_SECONDS)
