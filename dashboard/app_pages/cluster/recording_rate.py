"""How fast the workers record results, from what they report of themselves."""

from __future__ import annotations

import time
from collections import deque

import streamlit as st

from dashboard import services

_WINDOW_SECONDS = 60.0


def recorded_per_minute() -> float | None:
    """Return the trials recorded a minute over the last minute; None until two looks are far enough apart.

    A worker that came or went between two looks is left out of their difference.
    """
    now = time.monotonic()
    counts = {report.worker_id: report.trials_done for report in services.store().workers()}
    looks: deque[tuple[float, dict[str, int]]] = st.session_state.setdefault("rate_looks", deque())
    looks.append((now, counts))
    while now - looks[0][0] > _WINDOW_SECONDS:
        looks.popleft()
    then, before = looks[0]
    if now - then < 1.0:
        return None
    done = sum(max(0, count - before[worker]) for worker, count in counts.items() if worker in before)
    return 60.0 * done / (now - then)
