"""What leaves the dashboard: trials and the winner as files, and as Python that reproduces its score."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import analysis, services
from dashboard.app_pages.common.spec_export import export_spec
from shared.domain import DatasetRef, Sweep, TrialOutcome
from shared.operations import export, is_another, rebuilding
from shared.wording import counted


def exports(sweep: Sweep, outcomes: Mapping[str, TrialOutcome]) -> None:
    """Draw the downloads: every trial, the best parameters in three forms, and the spec."""
    st.markdown("**All trials**")
    st.caption(f"{counted(len(outcomes), 'trial')} with parameters, fold scores, costs and errors.")
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
        _best(sweep, best, len(outcomes))
    st.markdown("**The spec**")
    st.caption("What was declared: import it on the page of a new sweep, or launch it from a shell.")
    export_spec(sweep.named_spec, "spec_yaml")


def _best(sweep: Sweep, best: TrialOutcome, evaluated: int) -> None:
    script = export.python_script(sweep, best, *_of_table(sweep.spec.dataset), evaluated)
    st.markdown("**Best parameters**")
    partly = export.best_of(sweep, evaluated)
    stands = f"The {partly}. As CSV" if partly else "As CSV"
    st.caption(f"{stands}, as JSON, and as Python that computes the winner's score again without Boostgrid.")
    files = [
        ("CSV", export.best_params_csv(sweep, best), "csv", "text/csv", ":material/table:"),
        ("JSON", export.best_params_json(sweep, best, evaluated), "json", "application/json", ":material/data_object:"),
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


@st.cache_data(max_entries=32, show_spinner=False)
def _of_table(dataset: DatasetRef) -> tuple[bool, bool, str | None]:
    """Return whether the table has categories, whether it only has a built-in set's name, and what rebuilds it."""
    store = services.store()
    stored = store.datasets()
    table = rebuilding(dataset, store, services.settings().max_upload_mb)
    return export.has_categories(dataset, stored), is_another(dataset, stored), table
