"""How fast the workers record results, from what they report of themselves."""

from __future__ import annotations

import time
from collections import deque

import streamlit as st

from dashboard import services

_WINDOW_SECONDS = 60.0


def recorded_per_minute() -> float | None:
    """Return the trials recorded a minute over the last minute; None until two looks are far enough apart.

    What a worker recorded before it left counts; of one that came between two looks, what it has since.
    """
    now = time.monotonic()
    counts = {report.worker_id: report.trials_done for report in services.store().workers()}
    before: dict[str, int] = st.session_state.get("rate_counts", counts)
    total: int = st.session_state.get("rate_total", 0)
    total += sum(max(0, count - before[worker]) for worker, count in counts.items() if worker in before)
    st.session_state["rate_counts"], st.session_state["rate_total"] = before | counts, total
    looks: deque[tuple[float, int]] = st.session_state.setdefault("rate_looks", deque())
    looks.append((now, total))
    while now - looks[0][0] > _WINDOW_SECONDS:
        looks.popleft()
    then, total_then = looks[0]
    return None if now - then < 1.0 else 60.0 * (total - total_then) / (now - then)
