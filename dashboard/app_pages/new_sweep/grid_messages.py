"""What is wrong with a field, and what is worth knowing, where it belongs."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from dashboard.app_pages.common.wording import verbatim
from dashboard.sweep_form import FormCheck


def messages(checked: FormCheck, field: str, of: str = "") -> None:
    """Draw what is wrong with the field, and what is worth knowing; ``of`` names one that is not there to be seen."""
    name = f"**{verbatim(of)}**: " if of else ""
    for error in checked.errors.get(field, []):
        st.markdown(f":red[:material/error: {name}{verbatim(error)}]")
    for warning in checked.warnings.get(field, []):
        st.markdown(f":orange[:material/warning: {name}{verbatim(warning)}]")


def messages_below(checked: FormCheck, prefix: str, drawn: Collection[str] = ()) -> None:
    """Draw what is said of parameters of a grid that have no field, such as one at its default; not of those drawn."""
    for field in dict.fromkeys([*checked.errors, *checked.warnings]):
        name = field.removeprefix(prefix)
        if field.startswith(prefix) and name not in drawn and not name[:1].isdigit():
            messages(checked, field, name)
