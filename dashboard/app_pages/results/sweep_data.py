"""A sweep's outcomes in memory, read once and kept up to date by what is new."""

from __future__ import annotations

import threading

import pandas as pd
import streamlit as st

from dashboard import analysis, services
from shared.domain import Sweep, SweepSummary, TrialOutcome
from shared.errors import SweepNotFound
from shared.operations import FEW_TRIALS, folds_done


class SweepData:
    """What is known of one sweep; shared by all sessions that look at it."""

    def __init__(self, sweep_id: str) -> None:
        self._sweep_id = sweep_id
        self._lock = threading.Lock()
        self._points: tuple[analysis.GridPoint, ...] | None = None
        self._frame: pd.DataFrame | None = None
        self._frame_is_of: object = None
        self._sweep: Sweep | None = None
        self._cursor: str | None = None
        self._version = 0
        #: by trial id
        self.outcomes: dict[str, TrialOutcome] = {}

    def refresh(self) -> SweepSummary:
        """Read what is new and return the sweep's counts. Raises SweepNotFound, ServiceUnavailable."""
        store = services.store()
        summaries = store.summaries([self._sweep_id])
        if not summaries:
            raise SweepNotFound(f"there is no sweep {self._sweep_id}")
        summary = summaries[0]
        with self._lock:
            if self._sweep is None:
                self._points = analysis.grid_points(summary.sweep)
            if self._sweep is not None and summary.sweep.epoch != self._sweep.epoch:
                self._cursor, self.outcomes = None, {}  # a retry forgets failures, which no cursor tells
                self._version += 1
            self._sweep = summary.sweep
            news: dict[str, TrialOutcome] = {}
            while True:
                page = store.outcomes(self._sweep_id, self._cursor)
                self._cursor = page.cursor
                if not page.outcomes:
                    break
                news.update((outcome.trial_id, outcome) for outcome in page.outcomes)
            if news:  # a new mapping, because another session may be reading the old one
                self.outcomes = {**self.outcomes, **news}
                self._version += 1
            return summary

    def folds_of_open(self) -> int | None:
        """Return how many folds of trials without an outcome are evaluated; None where many trials tell enough."""
        with self._lock:
            if self._points is None or len(self._points) > FEW_TRIALS:
                return None
            open_ids = {point.trial_id for point in self._points} - self.outcomes.keys()
        return folds_done(open_ids, services.store())

    def frame(self, running: frozenset[str]) -> pd.DataFrame:
        """Return the trials frame; the same object while nothing changed."""
        with self._lock:
            if self._sweep is None:
                raise RuntimeError("refresh comes first")
            now = (self._sweep, self._version, running)
            if self._frame is None or self._frame_is_of != now:
                self._frame = analysis.trials_frame(self._sweep, self.outcomes.values(), self._grid(), running)
                self._frame_is_of = now
            return self._frame

    def _grid(self) -> tuple[analysis.GridPoint, ...] | None:
        """The grid's points; None where another version of Boostgrid planned them and named the trials otherwise."""
        if self._points is None or self.outcomes.keys() <= {point.trial_id for point in self._points}:
            return self._points
        return None


@st.cache_resource(max_entries=16, show_spinner=False)
def sweep_data(sweep_id: str) -> SweepData:
    """Return the sweep's data, kept between reruns and sessions."""
    return SweepData(sweep_id)
