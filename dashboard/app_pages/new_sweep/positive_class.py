"""Choosing which of two classes is the positive one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.app_pages.common.wording import verbatim
from dashboard.app_pages.new_sweep import form_state
from dashboard.sweep_form import TableFacts
from shared import datasets
from shared.catalog import TaskType
from shared.errors import DatasetError
from shared.wording import counted, shortened

_HELP = (
    "The class that F1 and class weights such as scale_pos_weight speak of, usually the one that one looks for. At "
    "first it is the one that sorts second."
)


def facts_of(frame: pd.DataFrame | None) -> TableFacts | None:
    """Return what the checks want to know of the table, as it is chosen; None where there is none."""
    if frame is None:
        return None
    target, task = st.session_state[form_state.TARGET], st.session_state[form_state.TASK]
    categories = tuple(map(str, frame.select_dtypes(exclude=["number", "bool"]).columns))
    rows = len(frame)
    if target not in frame.columns:
        return TableFacts(categories, rows=rows)
    if task is not TaskType.BINARY:
        return TableFacts(categories, rows=rows, zeros=datasets.zeros_of(frame[target]))
    try:
        return TableFacts(categories, datasets.class_counts(frame, target), rows)
    except DatasetError:  # it is said at the target
        return TableFacts(categories, rows=rows)


def choose_positive_class(frame: pd.DataFrame) -> None:
    """Draw the choice between the target's two classes; nothing for another task."""
    facts = facts_of(frame)
    classes = facts.classes if facts else {}
    if len(classes) != 2:
        return
    if st.session_state.get(form_state.POSITIVE_CLASS) not in classes:
        st.session_state[form_state.POSITIVE_CLASS] = list(classes)[-1]
    st.segmented_control(
        "Positive class",
        list(classes),
        format_func=lambda each: f"{verbatim(shortened(each, 40))} · {counted(classes[each], 'row')}",
        key=form_state.POSITIVE_CLASS,
        persist_state="session",
        required=True,
        help=_HELP,
    )
