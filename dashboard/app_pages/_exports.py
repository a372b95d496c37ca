"""What leaves the dashboard: trials and the winner as files, and as Python that reproduces its score."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import analysis, services
from dashboard.app_pages._spec_files import export_spec
from dashboard.app_pages._wording import plural
from shared import export
from shared.errors import DatasetError
from shared.ports import DatasetInfo
from shared.sweep import Sweep
from shared.trial import TrialOutcome


def exports(sweep: Sweep, outcomes: Mapping[str, TrialOutcome]) -> None:
    """Draw the downloads: every trial, the best parameters in three forms, and the spec."""
    st.markdown("**All trials**")
    st.caption(f"{plural(len(outcomes), 'trial')} with parameters, fold scores, costs and errors.")
    st.download_button(
        "Trials as CSV",
        lambda: export.trials_csv(sweep, outcomes.values()),  # made when it is asked for
        file_name=f"{sweep.sweep_id}-trials.csv",
        mime="text/csv",
        key="trials_csv",
        icon=":material/table:",
        on_click="ignore",
    )
    best = analysis.best_outcome(sweep, outcomes.values())
    if best is not None:
        _best(sweep, best)
    st.markdown("**The spec**")
    st.caption("What was declared: import it on the page of a new sweep, or launch it from a shell.")
    export_spec(sweep.spec, "spec_yaml")


def _best(sweep: Sweep, best: TrialOutcome) -> None:
    script = export.python_script(sweep, best, _has_categories(sweep))
    st.markdown("**Best parameters**")
    st.caption("As they stand now, and as Python that computes the winner's score again without Boostgrid.")
    files = [
        ("CSV", export.best_params_csv(sweep, best), "csv", "text/csv", ":material/table:"),
        ("JSON", export.best_params_json(sweep, best), "json", "application/json", ":material/data_object:"),
        ("Python", script, "py", "text/x-python", ":material/code:"),
    ]
    with st.container(horizontal=True):
        for label, content, suffix, mime, icon in files:
            st.download_button(
                f"Best as {label}",
                content,
                file_name=f"{sweep.sweep_id}-best.{suffix}",
                mime=mime,
                key=f"best_{suffix}",
                icon=icon,
                on_click="ignore",
            )
    st.code(script, language="python", height=360)


def _has_categories(sweep: Sweep) -> bool:
    dataset = sweep.spec.dataset
    if dataset.content_hash is None:
        return False
    try:
        info = _dataset_info(dataset.content_hash)
    except DatasetError:
        return False
    return any(kind == "category" for column, kind in info.columns.items() if column != dataset.target)


@st.cache_data(max_entries=32, show_spinner=False)
def _dataset_info(content_hash: str) -> DatasetInfo:
    return services.store().load_dataset(content_hash)[0]
