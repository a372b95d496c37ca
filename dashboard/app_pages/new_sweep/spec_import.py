"""A sweep's declaration as a YAML file: the way in."""

from __future__ import annotations

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.cut_uploads import told_where_cut
from dashboard.app_pages.common.wording import verbatim
from dashboard.app_pages.new_sweep import form_state
from dashboard.sweep_form import FormValues
from shared import operations
from shared.domain import MOST_SPEC_BYTES, SweepSpec
from shared.errors import InvalidSpec, ServiceUnavailable

_IMPORTS = "spec_imports"
_ERROR = "spec_import_error"


def import_spec() -> None:
    """Draw the way in: a file that fills the form. A file that is wrong leaves the form as it is."""
    imports = st.session_state.setdefault(_IMPORTS, 0)
    key = f"spec_file_{imports}"
    # with each import another one, which is closed
    with st.popover("Import YAML", icon=":material/upload_file:", type="tertiary", key=f"spec_popover_{imports}"):
        with told_where_cut("spec_file_box"):
            st.file_uploader(
                "Spec", type=["yaml", "yml"], key=key, label_visibility="collapsed", on_change=_read, args=(key,)
            )
        for error in st.session_state.get(_ERROR) or ():
            st.markdown(f":red[:material/error: {verbatim(error)}]")


def _read(key: str) -> None:
    file = st.session_state[key]
    st.session_state[_ERROR] = ()
    if file is None:
        return
    try:
        form = FormValues.of(SweepSpec.from_bytes(file.read(MOST_SPEC_BYTES + 1)))
    except InvalidSpec as invalid:
        st.session_state[_ERROR] = tuple(map(str, invalid.errors))
        return
    try:
        stored = services.store().datasets()
        contradicts = operations.contradiction(form.dataset_name, form.dataset_hash, stored)
    except ServiceUnavailable as error:  # a callback runs outside outage_notice
        contradicts = str(error)
    if contradicts:
        st.session_state[_ERROR] = (f"dataset: {contradicts}",)
        return
    form_state.fill(form)
    st.session_state[_IMPORTS] += 1
    st.toast(f"Imported {verbatim(form.name)}.", icon=":material/check:")
