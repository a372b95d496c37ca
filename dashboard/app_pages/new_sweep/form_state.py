"""The form of a new sweep in session state: one key a field, kept while other pages are shown."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.app_pages.common.sweep_actions import CLONED_SPEC
from dashboard.sweep_form import (
    Draft,
    FormValues,
    default_name,
    left_out,
    preset_expressions,
    rename_clone,
    suggested_expression,
    switch_library,
)
from shared.catalog import Library, Metric, Preset, TaskType, library_catalog, metric_info, metrics_for
from shared.datasets import NAMED_DATASETS
from shared.domain import Priority, SweepSpec

#: what a first visit starts with: evaluated in seconds on any machine
FIRST_DATASET = "diabetes"

#: the keys of the form's widgets and, below them, of what has no widget
NAME, LIBRARY, DATASET, TARGET, TASK = "new_name", "new_library", "new_dataset", "new_target", "new_task"
METRICS, FOLDS, SEED, LIMIT = "new_metrics", "new_folds", "new_seed", "new_limit"
PARAMETERS, EXTRA_GRIDS, DATASET_NAME = "new_parameters", "new_extra_grids", "new_dataset_name"
ROUNDS_CURVE, RACING = "new_rounds_curve", "new_racing"
POSITIVE_CLASS = "new_positive_class"
PRIORITY = "new_priority"
#: what the question before a large launch is about, as long as it is open
CONFIRMING = "new_confirming"
#: what the run before put into the metrics
_REPLACED_METRICS = "new_replaced_metrics"
#: the task and the positive class by which the metrics were named in the run before
_NAMED_FOR = "new_metrics_named_for"
#: the form as each library was left; of the chosen one, what a preset took the place of
LEFT = "new_left"
#: what the chosen library could not take over, in words
LEFT_OUT = "new_left_out"
#: the form that an import or a clone took the place of, as a draft, and the name of what is there instead
BEFORE, PLACED = "new_before", "new_placed"


def expression_key(parameter: str) -> str:
    """Return the key of the parameter's field."""
    return f"new_grid_{parameter}"


def start() -> None:
    """Fill the form of a first visit, or with a sweep that is cloned; later visits find it as it was left."""
    st.session_state.setdefault(PRIORITY, Priority.NORMAL)
    cloned = st.session_state.pop(CLONED_SPEC, None)
    if cloned is not None:
        _clone(cloned)
        return
    if not _is_filled():
        fill(_first())


def _is_filled() -> bool:
    return LIBRARY in st.session_state and FOLDS in st.session_state


def _first() -> FormValues:
    known = NAMED_DATASETS[FIRST_DATASET]
    return FormValues(
        library=Library.XGBOOST,
        dataset_name=known.name,
        target=known.target,
        task=known.task,
        metrics=metrics_for(known.task)[:1],
        expressions=preset_expressions(Library.XGBOOST, Preset.QUICK, known.task),
    )


def fill(form: FormValues) -> None:
    """Put ``form`` into the fields; call it before they are drawn."""
    state = st.session_state
    state[LEFT], state[LEFT_OUT] = {}, ""
    state[NAME] = form.name
    state[LIBRARY] = form.library
    named = form.dataset_name in NAMED_DATASETS
    state[DATASET] = form.dataset_name if named else form.dataset_hash or form.dataset_name
    state[DATASET_NAME] = form.dataset_name
    state[TARGET] = form.target
    state[TASK] = form.task
    state[METRICS] = list(form.metrics)
    state[FOLDS] = form.folds
    state[SEED] = form.seed
    state[LIMIT] = form.trial_timeout_seconds
    state[ROUNDS_CURVE] = form.rounds_curve
    state[RACING] = form.racing
    state[POSITIVE_CLASS] = form.positive_class
    state[EXTRA_GRIDS] = form.extra_grids
    _fill_expressions(form)


def restore(draft: Draft) -> None:
    """Put the draft into the fields; call it before they are drawn."""
    fill(draft.form)
    state = st.session_state
    # unlike a spec's, its data set is one's own where it has a hash, whatever its name
    state[DATASET] = draft.form.dataset_hash or draft.form.dataset_name
    state[LEFT] = dict(draft.left)
    state[PRIORITY] = draft.priority
    if draft.asking is not None:
        state[CONFIRMING] = draft.asking
    state[BEFORE], state[PLACED] = draft.before, draft.placed


def draft() -> Draft:
    """Return what the form is now, as it was typed."""
    state = st.session_state
    return Draft(
        replace(current(), name=state[NAME] or ""),
        state.get(LEFT) or {},
        state.get(PRIORITY) or Priority.NORMAL,
        state.get(CONFIRMING),
        state.get(BEFORE),
        state.get(PLACED) or "",
    )


def _clone(spec: SweepSpec) -> None:
    """Fill the form with a launched spec under a new name."""
    form = FormValues.of(spec)
    put(replace(form, name=rename_clone(form.name)))


def put(form: FormValues) -> None:
    """Put a whole other form in the place of what the fields hold, which can be brought back if anybody touched it."""
    state = st.session_state
    if _is_filled() and ((before := draft()).form != _first() or before.left):
        state[BEFORE], state[PLACED] = before.as_before(), form.name
    fill(form)


def bring_back_form() -> None:
    """Put the form that another took the place of into the fields."""
    before: Draft | None = st.session_state.get(BEFORE)
    if before is not None:
        restore(before)


def let_go() -> None:
    """Forget the form that another took the place of."""
    st.session_state[BEFORE], st.session_state[PLACED] = None, ""


def suggested_name() -> str:
    """Return the name of a sweep to which none is given.

    The field shows it as its placeholder: a name put into the field could overtake what is typed just then.
    """
    chosen: str = st.session_state[DATASET] or ""
    known = NAMED_DATASETS.get(chosen)
    return default_name(st.session_state[LIBRARY], known.label if known else st.session_state[DATASET_NAME])


def current() -> FormValues:
    """Return what the fields hold; an empty name is the suggested one."""
    state = st.session_state
    chosen: str = state[DATASET] or ""
    named = chosen in NAMED_DATASETS
    return FormValues(
        name=state[NAME] or suggested_name(),
        library=state[LIBRARY],
        dataset_name=chosen if named else state[DATASET_NAME] if chosen else "",
        dataset_hash=None if named or not chosen else chosen,
        target=state[TARGET] or "",
        task=state[TASK],
        metrics=tuple(state[METRICS]),
        folds=state[FOLDS],
        seed=state[SEED],
        trial_timeout_seconds=state[LIMIT],
        rounds_curve=state[ROUNDS_CURVE],
        racing=state[RACING],
        positive_class=state.get(POSITIVE_CLASS) if state[TASK] is TaskType.BINARY else None,
        expressions={name: state.get(expression_key(name)) or "" for name in state[PARAMETERS]},
        extra_grids=state[EXTRA_GRIDS],
    )


def change_library(before: Library) -> None:
    """Carry the grid over to the library that was chosen: its own preset, or the parameters that both have.

    What only one of them has comes back with that one.
    """
    after: Library = st.session_state[LIBRARY]
    form = replace(current(), library=before)
    left: dict[Library, FormValues] = st.session_state.setdefault(LEFT, {})
    preset = _preset_of(form)
    st.session_state[LEFT_OUT] = ""
    if preset is not None:
        left.setdefault(before, form)  # what a preset took the place of can still be brought back
        form = replace(form, library=after, expressions=preset_expressions(after, preset, form.task), extra_grids=())
    else:
        left[before] = form
        st.session_state[LEFT_OUT] = left_out(form, after)
        form = switch_library(form, after, left.pop(after, None))
    st.session_state[EXTRA_GRIDS] = form.extra_grids
    _fill_expressions(form)


def change_task(task: TaskType | None) -> None:
    """Keep the metrics that score ``task``; where none does, its usual one. Call it before they are drawn."""
    replaced: list[Metric] | None = st.session_state.pop(_REPLACED_METRICS, None)
    if task is None:
        return
    usable = metrics_for(task)
    labels = {metric_info(metric).label: metric for metric in usable}
    # a browser that has not yet heard of another positive class says "F1 of 'legit'" where there is F1 of 'fraud' now
    chosen = [labels.get(str(each).partition(" of ")[0], each) for each in st.session_state[METRICS]]
    if chosen != st.session_state[METRICS]:
        st.session_state[METRICS] = chosen
    kept = [metric for metric in chosen if metric in usable]
    if kept != chosen:
        st.session_state[METRICS] = st.session_state[_REPLACED_METRICS] = kept or [usable[0]]
    elif not kept and replaced is not None:
        # a browser that has not yet heard of the new metrics says that none is chosen: those of before are none of them
        st.session_state[METRICS] = replaced


def name_metrics(task: TaskType | None, positive: str | None) -> None:
    """Send the metrics to the browser anew where their names change; call it before they are drawn.

    It keeps the names that it has, and one that is unknown would be dropped with the next change of anything.
    """
    if st.session_state.get(_NAMED_FOR) != (task, positive):
        st.session_state[_NAMED_FOR] = (task, positive)
        st.session_state[METRICS] = list(st.session_state[METRICS])


def shown_preset() -> Preset | None:
    """Return the preset that the grid equals, if it equals one."""
    return _preset_of(current())


def apply_preset(key: str, shown: Preset | None) -> None:
    """Replace the grid by the preset that the field ``key`` holds, where that is not the ``shown`` one.

    A browser that has not yet heard of a change sends again what it shows: that is no choice.
    """
    preset = st.session_state.get(key)
    if preset is None or preset == shown:
        return
    form = current()
    if _preset_of(form) is None:
        st.session_state.setdefault(LEFT, {})[form.library] = form
    st.session_state[EXTRA_GRIDS] = ()
    _fill_expressions(replace(form, expressions=preset_expressions(form.library, preset, form.task)))


def typed_before() -> FormValues | None:
    """Return the form whose grid was typed for this library before a preset took its place; None without one."""
    form = current()
    typed: FormValues | None = (st.session_state.get(LEFT) or {}).get(form.library)
    if typed is None or _preset_of(form) is None or _preset_of(typed) is not None:
        return None
    return typed


def bring_back() -> None:
    """Put the grid that was typed before into the fields."""
    typed = typed_before()
    if typed is not None:
        st.session_state[LEFT].pop(typed.library)
        st.session_state[EXTRA_GRIDS] = typed.extra_grids
        _fill_expressions(typed)


def add_parameter(key: str) -> None:
    """Add the parameter that the field ``key`` holds, with a sensible list of values."""
    parameter = library_catalog(st.session_state[LIBRARY]).parameter(st.session_state[key] or "")
    st.session_state[key] = None
    if parameter is not None and parameter.name not in st.session_state[PARAMETERS]:
        st.session_state[PARAMETERS] = [*st.session_state[PARAMETERS], parameter.name]
        st.session_state[expression_key(parameter.name)] = suggested_expression(parameter)


def remove_parameter(name: str) -> None:
    """Take the parameter out of the grid: it has its default."""
    st.session_state[PARAMETERS] = [each for each in st.session_state[PARAMETERS] if each != name]


def remove_grid(number: int) -> None:
    """Take the further grid of that number, from 1, out of the sweep."""
    grids = st.session_state[EXTRA_GRIDS]
    st.session_state[EXTRA_GRIDS] = (*grids[: number - 1], *grids[number:])


def _preset_of(form: FormValues) -> Preset | None:
    if form.extra_grids:
        return None
    for preset in Preset:
        if dict(form.expressions) == preset_expressions(form.library, preset, form.task):
            return preset
    return None


def _fill_expressions(form: FormValues) -> None:
    st.session_state[PARAMETERS] = list(form.expressions)
    for name, text in form.expressions.items():
        st.session_state[expression_key(name)] = text
