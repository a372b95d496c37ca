"""A sweep's declaration as a YAML or JSON file: the way in."""

from __future__ import annotations

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.cut_uploads import told_where_cut
from dashboard.app_pages.common.wording import named, verbatim
from dashboard.app_pages.new_sweep import form_state
from dashboard.app_pages.new_sweep.dataset_choice import load_table
from dashboard.sweep_form import SHORTEST_LIMIT, FormValues
from shared import operations
from shared.datasets import NAMED_DATASETS
from shared.domain import MOST_SPEC_BYTES, SweepSpec
from shared.errors import DatasetError, FieldError, InvalidSpec, ServiceUnavailable

_IMPORTS = "spec_imports"
_ERROR = "spec_import_error"


def import_spec() -> None:
    """Draw the way in: a file that fills the form. A file that is wrong leaves the form as it is."""
    imports = st.session_state.setdefault(_IMPORTS, 0)
    key = f"spec_file_{imports}"
    # with each import another one, which is closed
    with st.popover("Import spec", icon=":material/upload_file:", type="tertiary", key=f"spec_popover_{imports}"):
        st.caption(
            f"A spec as YAML or JSON, up to {MOST_SPEC_BYTES / 1e6:g} MB, such as *Spec as YAML* saves. It fills the "
            "whole form; what is there now can be brought back."
        )
        with told_where_cut("spec_file_box"):
            st.file_uploader(
                named("Spec", not st.session_state.get(_ERROR)),
                type=["yaml", "yml", "json"],
                max_upload_size=1,  # in whole MB; what is a little too large is refused where it is read
                key=key,
                label_visibility="collapsed",
                on_change=_read,
                args=(key,),
            )
        for error in st.session_state.get(_ERROR) or ():
            st.markdown(f":red[:material/error: {verbatim(error)}]")


def _form_of(spec: SweepSpec) -> FormValues:
    """Return the form of a spec that fits its table: the form's fields would put another target or class in silently.

    A table that is not stored here is said where it is chosen.
    """
    limit = spec.trial_timeout_seconds
    if limit is not None and limit < SHORTEST_LIMIT:
        message = (
            f"{limit:g} is below {SHORTEST_LIMIT:g} seconds, the least of the form; write more, or null for no limit"
        )
        raise InvalidSpec([FieldError("trial_timeout_seconds", message)])
    store = services.store()
    dataset = operations.stored_meant(spec.dataset, store)
    spec = spec.model_copy(update={"dataset": dataset})
    chosen: str | None = dataset.name
    if dataset.name not in NAMED_DATASETS:
        hashes = {info.content_hash for info in store.datasets()}
        chosen = dataset.content_hash if dataset.content_hash in hashes else None
    if chosen is not None:
        spec = operations.check_declared(spec, load_table(chosen))
    return FormValues.of(spec)


def _read(key: str) -> None:
    file = st.session_state[key]
    st.session_state[_ERROR] = ()
    if file is None:
        return
    try:
        form = _form_of(SweepSpec.from_bytes(file.read(MOST_SPEC_BYTES + 1)))
    except InvalidSpec as invalid:
        st.session_state[_ERROR] = tuple(map(str, invalid.errors))
        return
    except (DatasetError, ServiceUnavailable) as error:  # a callback runs outside outage_notice
        st.session_state[_ERROR] = (f"dataset: {error}",)
        return
    form_state.put(form)
    st.session_state[_IMPORTS] += 1
    st.toast(f"Imported {verbatim(form.name)}.", icon=":material/check:")
