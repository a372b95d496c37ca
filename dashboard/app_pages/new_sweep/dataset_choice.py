"""Choosing a data set and its target, with a look at it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import charts, services
from dashboard.app_pages.common.cut_uploads import told_where_cut
from dashboard.app_pages.common.wording import moment, named, verbatim
from dashboard.app_pages.new_sweep import form_state
from dashboard.app_pages.new_sweep.column_panel import (
    PendingUpload,
    ask,
    column_panel,
    needs_choices,
    waiting_file,
)
from dashboard.app_pages.new_sweep.positive_class import choose_positive_class
from dashboard.app_pages.new_sweep.workings import look, table
from dashboard.sentences import sentence
from shared import datasets, operations
from shared.catalog import TaskType
from shared.datasets import NAMED_DATASETS
from shared.datasets.table_warnings import summary
from shared.domain import Action, DatasetInfo
from shared.errors import DatasetError, NotAllowed, ServiceUnavailable
from shared.wording import counted

TASK_LABELS = {
    TaskType.REGRESSION: "a number",
    TaskType.BINARY: "one of two classes",
    TaskType.MULTICLASS: "one of several classes",
}
_UPLOADS = "new_uploads"
_UPLOAD_ERROR = "new_upload_error"
_READ_ERROR = "new_read_again_error"
#: content hash -> what its upload was told
_NOTES = "new_upload_notes"
_PREVIEW_ROWS = 200
#: of what is odd about columns; the preview has all of it
_MOST_SAID = 6


@dataclass(frozen=True)
class Choices:
    """The data sets that can be chosen, by the form's key: a name, or a content hash."""

    stored: dict[str, DatasetInfo]

    @property
    def keys(self) -> list[str]:
        """The named ones, then one's own, the newest first."""
        return [*NAMED_DATASETS, *self.stored]

    def label(self, key: str) -> str:
        """Return what the list shows."""
        if key in NAMED_DATASETS:
            known = NAMED_DATASETS[key]
            return f"{known.label} · {counted(known.rows, 'row')} · {TASK_LABELS[known.task]}"
        if key in self.stored:
            info = self.stored[key]
            names = " = ".join(own_names(info))
            return f"{names} · {counted(info.rows, 'row')} · {_stored_when(info)} · {key[:6]}"
        return f"{st.session_state[form_state.DATASET_NAME]} · not stored here"


def choose_dataset(errors: dict[str, list[str]]) -> pd.DataFrame | None:
    """Draw the fields for the data set, its target and its task; return the table where it can be had."""
    choices = Choices({info.content_hash: info for info in services.store().datasets() if own_names(info)})
    chosen = st.session_state[form_state.DATASET]
    unknown = [chosen] if chosen and chosen not in choices.keys else []
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            named("Data set", bool(chosen) and not unknown),
            [*unknown, *choices.keys],
            format_func=choices.label,
            key=form_state.DATASET,
            persist_state="session",
            on_change=_choose,
            args=(choices,),
            width="stretch",
        )
        uploads = st.session_state.setdefault(_UPLOADS, 0)
        with st.popover("Upload", icon=":material/upload:", key=f"new_upload_popover_{uploads}"):  # closed by an upload
            _upload()
    limit = services.settings().max_upload_mb
    chosen = st.session_state[form_state.DATASET]
    with st.container():
        if chosen in choices.stored:
            _say_name(chosen, choices)
    # containers are there whatever is in them, so that the fields below keep their place, and what is typed there
    with st.container():
        if chosen in NAMED_DATASETS:
            st.caption(NAMED_DATASETS[chosen].description)
        elif chosen in choices.stored and choices.stored[chosen].source is not None:
            st.button(
                "Read its columns otherwise",
                key="new_read_again",
                icon=":material/table_edit:",
                type="tertiary",
                on_click=_read_again,
                args=(choices.stored[chosen], limit),
            )
    with st.container():
        if error := st.session_state.get(_READ_ERROR):
            st.error(verbatim(error))
    with st.container():
        column_panel(_after_storing)
    if (waiting := waiting_file()) is not None:  # what is launched is what was brought last, or nothing
        errors.setdefault(waiting, []).append("is not stored yet; choose its columns and press Store, or Cancel")
        return None  # and what is shown is about that
    loading = st.empty()
    try:
        frame = _load_one_of(choices, chosen, loading)
    except DatasetError as error:
        errors.setdefault("dataset", []).append(sentence(str(error)))
        st.error(verbatim(sentence(str(error))), title="This data set cannot be used", icon=":material/database_off:")
        return None
    notes = st.session_state.get(_NOTES, {}).get(chosen, ())
    with st.container():
        if notes:
            st.warning(
                "\n".join(f"- {verbatim(sentence(note))}" for note in notes),
                title="How the file was read",
                icon=":material/table_view:",
            )
    _choose_target(frame, chosen, choices, errors)
    return frame


def _say_name(chosen: str, choices: Choices) -> None:
    """Say where the name that came with a spec means another table than its content hash, which decides."""
    state = st.session_state
    name, stored = state[form_state.DATASET_NAME], list(choices.stored.values())
    if operations.contradiction(name, chosen, stored):  # of a sweep whose table was renamed: imports are refused
        state[form_state.DATASET_NAME] = own_names(choices.stored[chosen])[0]
    elif note := operations.name_note(name, chosen, stored):
        st.info(verbatim(sentence(note)), icon=":material/database:")


def _choose_target(frame: pd.DataFrame, chosen: str, choices: Choices, errors: dict[str, list[str]]) -> None:
    columns = [str(column) for column in frame.columns]
    suggested = NAMED_DATASETS[chosen].target if chosen in NAMED_DATASETS else choices.stored[chosen].target
    if st.session_state[form_state.TARGET] not in columns:
        st.session_state[form_state.TARGET] = suggested if suggested in columns else columns[-1]
    target: str = st.session_state[form_state.TARGET]
    waiting = st.empty()
    possible = look(("tasks", chosen, target), lambda: datasets.possible_tasks(frame, target), waiting)
    if st.session_state[form_state.TASK] not in possible:
        st.session_state[form_state.TASK] = possible[0] if possible else None
    task = st.session_state[form_state.TASK]
    folds = st.session_state[form_state.FOLDS]
    asked = ("problem", chosen, target, task, folds)
    problem = look(asked, lambda: _target_problem(frame, target, task, folds), waiting)
    target_field, task_field = st.columns([1, 2])
    target_field.selectbox(
        named("Target", not problem),
        columns,
        key=form_state.TARGET,
        persist_state="session",
        on_change=_forget_positive_class,
        help="The column that is predicted.",
    )
    task_field.segmented_control(
        "Predict",
        possible or list(TaskType),
        format_func=TASK_LABELS.__getitem__,
        key=form_state.TASK,
        persist_state="session",
        disabled=not possible,
        help="What the target is: a number (regression), or a class (classification).",
    )
    with st.container():
        if problem:
            errors.setdefault("target", []).append(sentence(problem))
            st.markdown(f":red[:material/error: {verbatim(sentence(problem))}]")
            _offer_to_leave_rows_out(frame, target, choices.stored.get(chosen))
    form_state.change_task(task)
    choose_positive_class(frame)


def _offer_to_leave_rows_out(frame: pd.DataFrame, target: str, info: DatasetInfo | None) -> None:
    missing = int(frame[target].isna().sum())
    if info is None or info.source is None or not 0 < missing < len(frame):
        return
    st.button(
        f"Leave out the {counted(missing, 'row')} without a target\N{HORIZONTAL ELLIPSIS}",
        key="new_leave_rows_out",
        icon=":material/filter_alt:",
        help="Reads the file again; what that makes is another data set.",
        on_click=_read_again,
        args=(info, services.settings().max_upload_mb, target),
    )


def _target_problem(frame: pd.DataFrame, target: str, task: TaskType | None, folds: int) -> str | None:
    if task is None:  # none is possible, and it is said why
        return datasets.why_unpredictable(frame, target)
    try:
        datasets.check_target(frame, target, task, folds)
    except DatasetError as error:
        return str(error)
    return None


def preview(frame: pd.DataFrame) -> DeltaGenerator:
    """Draw the target's distribution and the first rows; return the place for what is known of the columns."""
    chosen: str = st.session_state[form_state.DATASET]
    target, task = st.session_state[form_state.TARGET], st.session_state[form_state.TASK]
    waiting = st.empty()
    missing = look(("missing", chosen), lambda: int(frame.isna().to_numpy().sum()), waiting)
    st.caption(
        f"{counted(len(frame), 'row')}, {counted(len(frame.columns) - 1, 'feature')}"
        + (f", {counted(missing, 'missing value')}" if missing else ", nothing missing")
    )
    histogram, rows, columns = st.tabs(["Target", "Rows", "Columns"])
    if task is not None:
        drawn = look(("chart", chosen, target, task), lambda: charts.target_distribution(frame[target], task), waiting)
        histogram.plotly_chart(
            drawn,
            key="target_distribution",
            config=charts.CONFIG | {"displayModeBar": False},  # five more stops of Tab on the way to Launch
            height=220,
            alt=f"Distribution of {target}",
        )
    rows.dataframe(frame.head(_PREVIEW_ROWS), height=220, alt="The first rows of the data set")
    return columns.container()


def look_at_columns(frame: pd.DataFrame, said: DeltaGenerator, listed: DeltaGenerator) -> None:
    """Say what is odd about the columns, and list them all: last of all, as a large table takes its time."""
    chosen: str = st.session_state[form_state.DATASET]
    target: str = st.session_state[form_state.TARGET]
    warnings = look(("odd", chosen, target), lambda: datasets.table_warnings(frame, target), said)
    if chosen not in NAMED_DATASETS and (odd := summary(warnings)):
        more = [f"and {len(odd) - _MOST_SAID:,} more, see Columns"] if len(odd) > _MOST_SAID else []
        said.warning(
            "\n".join(f"- {verbatim(sentence(note))}" for note in (*odd[:_MOST_SAID], *more)),
            title="Look at these columns before you launch",
            icon=":material/table_view:",
        )
    with listed:
        waiting = st.empty()
        st.dataframe(
            look(("columns", chosen, target), lambda: _columns(frame, warnings), waiting),
            height=220,
            hide_index=True,
            alt="Type, missing and distinct values of each column, and what is odd about it",
        )


def _upload() -> None:
    limit = services.settings().max_upload_mb
    st.caption(f"CSV or Parquet with column names, up to {limit} MB. It is stored once, by its content.")
    if (refusal := services.refusal(Action.STORE_DATASET)) is not None:
        st.caption(verbatim(refusal))
    uploads = st.session_state.setdefault(_UPLOADS, 0)
    key = f"new_upload_{uploads}"
    with told_where_cut("new_upload_box", limit):
        st.file_uploader(
            named("File", not st.session_state.get(_UPLOAD_ERROR)),
            type=["csv", "tsv", "txt", "gz", "parquet", "pq"],
            key=key,
            max_upload_size=limit,
            label_visibility="collapsed",
            on_change=_store_upload,
            args=(key, limit),
            disabled=refusal is not None,
        )
    if error := st.session_state.get(_UPLOAD_ERROR):  # here: an open popover covers what stands below
        st.error(verbatim(error), icon=":material/error:")


def _store_upload(key: str, limit: int) -> None:
    st.session_state[_UPLOAD_ERROR] = None
    file = st.session_state[key]
    if file is None:
        return
    content = file.getvalue()
    try:
        seen = datasets.see_file(file.name, content, limit)
        if needs_choices(seen):
            ask(PendingUpload(seen, content, file.name))
        else:
            info, upload = operations.store_upload(seen, content, file.name, services.store(), by=services.actor())
            _after_storing(info, upload)
    except (
        DatasetError,
        NotAllowed,
        ServiceUnavailable,
    ) as error:  # a callback runs outside outage_notice
        st.session_state[_UPLOAD_ERROR] = sentence(str(error))
        return
    st.session_state[_UPLOADS] += 1  # an empty uploader for the next file


def _after_storing(info: DatasetInfo, upload: datasets.Upload, target: str | None = None) -> None:
    # what the table tells of itself is said beside it, whatever was uploaded in this session
    said = tuple(note for note in upload.notes if note not in upload.of_table)
    st.session_state[_NOTES] = {**st.session_state.get(_NOTES, {}), info.content_hash: said}
    st.session_state[form_state.DATASET] = info.content_hash
    st.session_state[form_state.DATASET_NAME] = own_names(info)[0]
    _forget_target()
    st.session_state[form_state.TARGET] = target or ""
    others = own_names(info)[1:]
    before = f" The same table as {verbatim(', '.join(others))}, stored before." if others else ""
    st.toast(f"Stored {verbatim(own_names(info)[0])}: {counted(info.rows, 'row')}.{before}", icon=":material/check:")


def _read_again(info: DatasetInfo, limit: int, filled: str | None = None) -> None:
    """Open the panel for the file; ``filled`` is a target without which rows are to be left out."""
    st.session_state[_READ_ERROR] = None
    target = st.session_state[form_state.TARGET] or info.target
    try:
        seen, content, before = operations.see_again(info, services.store(), limit, target)
    except (DatasetError, ServiceUnavailable) as error:
        st.session_state[_READ_ERROR] = sentence(str(error))
        return
    filled = filled or (info.source.filled if info.source is not None else None)
    ask(PendingUpload(seen, content, own_names(info)[0], before, target, filled))


def _choose(choices: Choices) -> None:
    st.session_state[_READ_ERROR] = None
    chosen = st.session_state[form_state.DATASET]
    if chosen in choices.stored:
        st.session_state[form_state.DATASET_NAME] = own_names(choices.stored[chosen])[0]
    _forget_target()


def _forget_target() -> None:
    st.session_state[form_state.TARGET] = ""
    st.session_state[form_state.TASK] = None
    _forget_positive_class()


def _forget_positive_class() -> None:
    """A class of the same name in another column, such as 0, means another thing there."""
    st.session_state[form_state.POSITIVE_CLASS] = None


def own_names(info: DatasetInfo) -> list[str]:
    """Return the names that people gave the table, the latest first; none of a built-in set."""
    names = sorted(info.all_names, key=info.all_names.__getitem__, reverse=True)
    return [name for name in names if name not in NAMED_DATASETS or NAMED_DATASETS[name].rows != info.rows]


def _stored_when(info: DatasetInfo) -> str:
    return f"stored {moment(info.stored_at)}"


def _load_one_of(choices: Choices, chosen: str, place: DeltaGenerator) -> pd.DataFrame:
    if not chosen:
        raise DatasetError("no data set is chosen; choose one")
    if chosen not in choices.keys:  # deleted by somebody: the table may still be in this process's cache
        name = st.session_state[form_state.DATASET_NAME]
        raise DatasetError(f"the data set {name} is not stored here, or no longer; choose another, or upload the file")
    return load_table(chosen, place)


def load_table(chosen: str, place: DeltaGenerator | None = None) -> pd.DataFrame:
    """Return the table of a named set or of a content hash, which nobody may change. Raises DatasetError."""
    store = services.store()
    if chosen in NAMED_DATASETS:
        return table(chosen, lambda: datasets.load_named(chosen), place)
    return table(chosen, lambda: datasets.read_frame(store.load_dataset(chosen)[1]), place)


def _columns(frame: pd.DataFrame, warnings: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Column": [str(name) for name in frame.columns],
            "Type": ["category" if dtype == "category" else "number" for dtype in frame.dtypes],
            "Missing": frame.isna().sum().to_numpy(),
            "Distinct": frame.nunique().to_numpy(),
            "Look at": ["; ".join(warnings.get(str(name), ())) for name in frame.columns],
        }
    )
