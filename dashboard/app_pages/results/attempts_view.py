"""The attempts at one trial that ended without a result."""

from __future__ import annotations

import streamlit as st

from dashboard import analysis, services
from dashboard.app_pages.common.wording import moment, verbatim
from shared.domain import Sweep, TrialOutcome
from shared.wording import counted


def trial_attempts(sweep: Sweep, outcome: TrialOutcome) -> None:
    """Draw how each attempt ended and the last lines of its log; nothing where the first one gave the result."""
    found = services.store().attempts([outcome.trial_id]).get(outcome.trial_id, [])
    attempts = sorted((each for each in found if each.sweep_id == sweep.sweep_id), key=lambda each: each.ended_at)
    if not attempts:
        return
    st.markdown(f"**{counted(len(attempts), 'attempt')}** ended without a result")
    table = analysis.attempts_table(attempts)
    table["ended"] = [moment(attempt.ended_at, seconds=True) for attempt in attempts]
    st.dataframe(table, hide_index=True, alt="Attempts at the trial that ended without a result: when, why and where")
    # with a number, as two may end in one second
    logs = {
        f"{number}. {moment(attempt.ended_at, seconds=True)}, {analysis.cause_label(attempt)}": attempt
        for number, attempt in enumerate(attempts, 1)
        if attempt.log
    }
    if not logs:
        return
    chosen = st.selectbox(
        "Last lines of the log of", list(logs), index=len(logs) - 1, key=f"attempt_log_{outcome.trial_id[:12]}"
    )
    attempt = logs[chosen]
    st.caption(verbatim(f"{attempt.pod or attempt.worker or 'an unknown worker'}: {attempt.message}"))
    st.code(attempt.log, language=None, height=240)
