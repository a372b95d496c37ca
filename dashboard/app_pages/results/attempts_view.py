"""The attempts at one trial that ended without a result."""

from __future__ import annotations

import streamlit as st

from dashboard import analysis, services
from dashboard.app_pages.common.wording import verbatim
from shared.domain import Sweep, TrialOutcome
from shared.wording import counted


def trial_attempts(sweep: Sweep, outcome: TrialOutcome) -> None:
    """Draw how each attempt ended and the last lines of its log; nothing where the first one gave the result."""
    found = services.store().attempts([outcome.trial_id]).get(outcome.trial_id, [])
    attempts = [attempt for attempt in found if attempt.sweep_id == sweep.sweep_id]
    if not attempts:
        return
    st.markdown(f"**{counted(len(attempts), 'attempt')}** ended without a result")
    st.dataframe(
        analysis.attempts_table(attempts),
        hide_index=True,
        column_config={"ended": st.column_config.DatetimeColumn("ended", format="localized")},
        alt="Attempts at the trial that ended without a result: when, why and where",
    )
    logs = {f"{attempt.ended_at:%H:%M:%S} UTC, {analysis.cause_label(attempt)}": attempt for attempt in attempts}
    logs = {label: attempt for label, attempt in logs.items() if attempt.log}
    if not logs:
        return
    chosen = st.selectbox(
        "Last lines of the log of", list(logs), index=len(logs) - 1, key=f"attempt_log_{outcome.trial_id[:12]}"
    )
    attempt = logs[chosen]
    st.caption(verbatim(f"{attempt.pod or attempt.worker or 'an unknown worker'}: {attempt.message}"))
    st.code(attempt.log, language=None, height=240)
