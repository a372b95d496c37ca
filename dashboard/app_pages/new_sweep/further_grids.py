"""The further grids of an imported spec: what they search, what is wrong with them, and their removal."""

from __future__ import annotations

import streamlit as st

from dashboard.app_pages.common.wording import verbatim
from dashboard.app_pages.new_sweep import form_state
from dashboard.app_pages.new_sweep.grid_messages import messages_below
from dashboard.sweep_form import FormCheck, FormValues
from shared.grid_expression import to_text
from shared.wording import counted, shortened

#: of a parameter's values that are shown
_MOST_CHARACTERS = 60


def further_grids(form: FormValues, checked: FormCheck) -> None:
    """Draw each grid after the first; nothing where there is one grid."""
    if not form.extra_grids:
        return
    st.caption(f"The spec has {counted(len(form.extra_grids), 'further grid')}, searched as well:")
    for number, grid in enumerate(form.extra_grids, start=1):
        lines = [
            f"{verbatim(name)}: {verbatim(shortened(to_text(values), _MOST_CHARACTERS))}"
            for name, values in grid.items()
        ]
        with st.container(horizontal=True, wrap=False, key=f"new_further_grid_{number}"):
            st.markdown(f"**Grid {number + 1}** · " + (" · ".join(lines) or "the library's defaults"), width="stretch")
            st.button(
                f"Remove grid {number + 1}",
                key=f"remove_further_grid_{number}",
                type="tertiary",
                on_click=form_state.remove_grid,
                args=(number,),
            )
        messages_below(checked, f"param_grid.{number}.")
