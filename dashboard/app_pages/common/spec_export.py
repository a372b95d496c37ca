"""A sweep's declaration as a YAML file: the way out."""

from __future__ import annotations

import streamlit as st

from shared.domain import SweepSpec


def export_spec(spec: SweepSpec, key: str) -> None:
    """Draw the way out."""
    st.download_button(
        "Spec as YAML",
        spec.to_yaml(),
        file_name=f"{spec.name}.yaml",
        mime="application/yaml",
        key=key,
        icon=":material/description:",
        on_click="ignore",
    )
