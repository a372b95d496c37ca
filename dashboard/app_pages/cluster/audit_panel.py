"""Who did what, the newest first."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import services
from dashboard.app_pages.common.wording import age
from shared.ports import AUDIT_KEPT_DAYS

_SHOWN = 200


def audit_panel() -> None:
    """List what was done last, by whom, and what stood before and after."""
    entries = services.store().audit(_SHOWN)
    with st.expander("Who did what", icon=":material/history:"):
        st.caption(f"The last {_SHOWN} actions; the store keeps them for {AUDIT_KEPT_DAYS} days.")
        if not entries:
            st.write("Nothing was done yet.")
            return
        st.dataframe(
            pd.DataFrame(
                {
                    "when": [age(entry.at) for entry in entries],
                    "time": [entry.at for entry in entries],
                    "who": [entry.by for entry in entries],
                    "what": [entry.action for entry in entries],
                    "of": [entry.subject for entry in entries],
                    "before": [entry.before for entry in entries],
                    "after": [entry.after for entry in entries],
                }
            ),
            hide_index=True,
            alt="Actions with their time, who did them, and what stood before and after",
        )
