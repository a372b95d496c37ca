"""A new sweep: library, data and scoring; the grid beside them; below, what it adds up to and the launch."""

from __future__ import annotations

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.wording import named
from dashboard.app_pages.new_sweep import drafts, form_state
from dashboard.app_pages.new_sweep.dataset_choice import choose_dataset, look_at_columns, preview
from dashboard.app_pages.new_sweep.grid_builder import build_grid
from dashboard.app_pages.new_sweep.grid_messages import messages
from dashboard.app_pages.new_sweep.launch_panel import launch_panel
from dashboard.app_pages.new_sweep.positive_class import facts_of
from dashboard.app_pages.new_sweep.spec_import import import_spec
from dashboard.sweep_form import FOLDS_RANGE, SEED_RANGE, SHORTEST_LIMIT, check, name_problem
from shared.catalog import Library, Metric, library_catalog, metrics_for
from shared.domain import label_of


def choose_library() -> None:
    with st.container(horizontal=True):
        st.segmented_control(
            "Library",
            list(Library),
            format_func=lambda library: library_catalog(library).label,
            key=form_state.LIBRARY,
            persist_state="session",
            required=True,
            on_change=form_state.change_library,
            args=(st.session_state[form_state.LIBRARY],),
        )
        st.text_input(
            named("Name", name_problem(form_state.current().name) is None),
            key=form_state.NAME,
            persist_state="session",
            max_chars=100,
            placeholder=form_state.suggested_name(),
            width="stretch",
        )


def choose_scoring() -> None:
    task, positive = st.session_state[form_state.TASK], st.session_state.get(form_state.POSITIVE_CLASS)
    form_state.name_metrics(task, positive)
    st.multiselect(
        named("Metrics", bool(st.session_state[form_state.METRICS])),
        metrics_for(task) if task else list(Metric),  # what is chosen stays while there is no task
        format_func=lambda metric: label_of(metric, task, positive),
        key=form_state.METRICS,
        persist_state="session",
        help="The first one ranks the trials. The others are computed as well.",
    )
    with st.grid(3, min_column_width=150):
        st.number_input("Folds", *FOLDS_RANGE, key=form_state.FOLDS, persist_state="session")
        st.number_input(
            "Seed",
            *SEED_RANGE,
            key=form_state.SEED,
            persist_state="session",
            help="Shuffles the folds and, unless the grid sets it, seeds the library.",
        )
        st.number_input(
            "Time limit of a trial (s)",
            min_value=SHORTEST_LIMIT,
            value=None,
            step=60.0,
            format="%g",
            key=form_state.LIMIT,
            persist_state="session",
            placeholder="none",
            help="A trial that takes longer is recorded as failed. Empty: no limit.",
        )
    st.toggle(
        "Curve over rounds",
        key=form_state.ROUNDS_CURVE,
        persist_state="session",
        help="Scores the first metric at up to 100 counts of trees up to each trial's own, and says which count is "
        "best. It takes about a quarter more time (measured at 400 trees). There is no curve where CatBoost trains "
        "without learning_rate, with langevin or with model_shrink_rate: fewer trees are another model there.",
    )
    st.toggle(
        "Racing",
        key=form_state.RACING,
        persist_state="session",
        help="Drops a trial after two or more folds if it is clearly worse than the tenth best so far, which saves the "
        "other folds: up to half of the work in large grids. A dropped trial has no mean, so it is not ranked, and the "
        "curves leave it out. The others have the same scores as without racing. No effect with two folds.",
    )


drafts.take_up()
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    with st.container(width="content"):  # right in a row a title has no padding, and sits higher than elsewhere
        st.title("New sweep")
    import_spec()
with st.container():
    drafts.notices()
kept = st.empty()
protocol, grid = st.columns(2, gap="medium")
data_errors: dict[str, list[str]] = {}
with protocol:
    with st.container(border=True):
        choose_library()
        name_messages = st.container()
    with st.container(border=True):
        frame = choose_dataset(data_errors)
        odd_columns = st.empty()
    with st.container(border=True):
        choose_scoring()
        scoring_messages = st.container()
    if frame is not None:
        with st.container(border=True):
            columns = preview(frame)
drafts.keep(kept)  # before what takes time: a browser that leaves ends the run
form = form_state.current()
checked = check(form, facts_of(frame))
with name_messages:
    messages(checked, "name")
with scoring_messages:
    for field in ("metrics", "folds", "seed", "trial_timeout_seconds"):
        messages(checked, field)
with grid, st.container(border=True):
    build_grid(form, checked)
with st.bottom:
    launch_panel(form, checked, data_errors, services.settings().confirm_trials_above)
drafts.keep(kept)  # with what the panel asks
if frame is not None:
    look_at_columns(frame, odd_columns, columns)
