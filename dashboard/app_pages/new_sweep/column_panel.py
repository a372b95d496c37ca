"""What the columns of a file are read as, chosen before it is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import services
from dashboard.app_pages.common.wording import named, verbatim
from dashboard.sentences import sentence
from shared import datasets, operations
from shared.datasets import SeenColumn, SeenFile, Upload, reading_label
from shared.domain import DatasetInfo, Reading
from shared.errors import DatasetError, NotAllowed, ServiceUnavailable
from shared.wording import agreeing, counted, shown

_PENDING = "new_pending_upload"
_PREFIX = "new_reading_"
_TARGET, _MORE = "new_reading_of_target", "new_reading_of_another"

#: of more columns than these the others are in the table below, where each can be picked
_MOST_FIELDS = 12


@dataclass
class PendingUpload:
    """A file that waits for a person to say how its columns are read."""

    seen: SeenFile
    content: bytes
    name: str
    #: how it was read before, where it is read anew
    before: dict[str, Reading] = field(default_factory=dict)
    target: str | None = None
    #: the target without whose value rows were left out
    filled: str | None = None
    #: columns that were picked to be read otherwise
    picked: list[str] = field(default_factory=list)
    #: the latest of what the readings make of it, by readings, target and whether rows without it are left out
    made: tuple[object, Upload | DatasetError] | None = None

    def read(self, readings: dict[str, Reading], target: str, filled: str | None) -> Upload | DatasetError:
        """Return the table that the readings make, or what stands in its way; computed once."""
        key = (readings, target, filled)
        if self.made is None or self.made[0] != key:
            try:
                self.made = key, self.seen.read(readings, target, filled)
            except DatasetError as error:
                self.made = key, error
        return self.made[1]


def needs_choices(seen: SeenFile) -> bool:
    """Whether there is anything to say of the columns before the file is stored."""
    if any(not column.is_plain or column.suggested is None for column in seen.columns):
        return True
    likely = _likely_target(seen)
    return any(column.missing for column in seen.columns if column.name == likely)


def _likely_target(seen: SeenFile) -> str:
    names = [column.name for column in seen.columns]
    kept = [column.name for column in seen.columns if column.suggested is not Reading.LEAVE_OUT]
    return (kept or names)[-1]


def ask(pending: PendingUpload) -> None:
    """Show the panel for the file on the next run of the page."""
    for key in [key for key in st.session_state if str(key).startswith(_PREFIX)]:
        del st.session_state[key]
    pending.picked = [name for name, reading in pending.before.items() if _suggested(pending.seen, name) != reading]
    st.session_state[_PENDING] = pending


def waiting_file() -> str | None:
    """Return the name of the file that waits for its columns to be chosen, if one does."""
    pending: PendingUpload | None = st.session_state.get(_PENDING)
    return pending.name if pending is not None else None


def _suggested(seen: SeenFile, name: str) -> Reading | None:
    return next((column.suggested for column in seen.columns if column.name == name), None)


def column_panel(stored: Callable[[DatasetInfo, Upload, str], None]) -> None:
    """Draw what each column of a waiting file is read as and why; ``stored`` is called once it is stored."""
    pending: PendingUpload | None = st.session_state.get(_PENDING)
    if pending is None:
        return
    seen = pending.seen
    with st.container(border=True, key="column_panel"):
        st.markdown(f"**What are the columns of {verbatim(pending.name)}?**")
        st.caption(
            f"{counted(len(seen.raw.frame), 'row')}, {counted(len(seen.columns), 'column')}. Nothing is stored yet. "
            "Each reading is a data set of its own; the file is kept, so that it can be read anew."
        )
        readings, target, below_target = _fields(pending)
        made = pending.read(readings, target, _filled(pending, target))
        with below_target:
            filled = _choose_rows(pending, target, made)
        made = pending.read(readings, target, filled)
        problem = str(made) if isinstance(made, DatasetError) else _target_problem(made, target)
        with st.container():  # there without a word too: what follows keeps its place
            if problem:
                st.error(verbatim(sentence(problem)), icon=":material/error:")
            # of columns that need a choice first, their fields say what is odd
            if odd := seen.raw.notes if isinstance(made, DatasetError) else made.oddities:
                st.warning("\n".join(f"- {verbatim(sentence(note))}" for note in odd))
        with st.container(horizontal=True):
            st.button(
                "Store",
                type="primary",
                key="new_store_upload",
                disabled=bool(problem),
                on_click=_store,
                args=(pending, readings, target, filled, stored),
            )
            st.button("Cancel", key="new_cancel_upload", on_click=_forget)
        with st.container():
            if refused := st.session_state.get(_PREFIX + "problem"):
                st.error(verbatim(refused))
        with st.expander(f"All {counted(len(seen.columns), 'column')}"):
            st.dataframe(_table(seen, readings), hide_index=True, alt="What each column is read as, and why")


def _rows_key(target: str) -> str:
    return f"{_PREFIX}rows_without_{target}"


def _filled(pending: PendingUpload, target: str) -> str | None:
    """Return the target where the rows without it are to be left out."""
    return target if st.session_state.get(_rows_key(target), pending.filled == target) else None


def _choose_rows(pending: PendingUpload, target: str, made: Upload | DatasetError) -> str | None:
    """Draw the choice to leave out rows without a target, where there are any; return the target if it is taken."""
    if isinstance(made, DatasetError):  # as another column needs a choice first
        missing = next((column.missing for column in pending.seen.columns if column.name == target), 0)
    else:
        missing = made.left_out or (int(made.frame[target].isna().sum()) if target in made.frame.columns else 0)
    if not missing:
        return None
    key = _rows_key(target)
    st.session_state.setdefault(key, pending.filled == target)
    label = f"Leave out the {counted(missing, 'row')} without a value of the target"
    if st.checkbox(verbatim(label), key=key, persist_state="session"):
        return target
    if isinstance(made, DatasetError):
        st.markdown(f":red[:material/error: {verbatim(sentence(_without_target(missing, target)))}]")
    return None


def _without_target(missing: int, target: str) -> str:
    rows = f"{counted(missing, 'row')} {agreeing(missing, 'has', 'have')}"
    return f"{rows} no value of the target {shown(target)}; leave out such rows above, or fill these cells of the file"


def _target_problem(upload: Upload, target: str) -> str | None:
    """Return why the table that is made cannot be stored for the target."""
    if target not in upload.frame.columns:
        return f"the target {shown(target)} is left out, or becomes other columns; choose another, or read it otherwise"
    missing = int(upload.frame[target].isna().sum())
    if missing and missing < len(upload.frame):
        return _without_target(missing, target)
    return datasets.why_unpredictable(upload.frame, target)


def _fields(pending: PendingUpload) -> tuple[dict[str, Reading], str, DeltaGenerator]:
    """Draw the target and what columns are read as; return them and the place below the target."""
    seen = pending.seen
    names = [column.name for column in seen.columns]
    if _TARGET not in st.session_state:
        st.session_state[_TARGET] = pending.target if pending.target in names else _likely_target(seen)
    labels = {column.name: column.label for column in seen.columns}
    target = st.selectbox(
        "Target",
        names,
        format_func=lambda name: labels.get(name, name),
        key=_TARGET,
        persist_state="session",
        help="The column to predict, compared with the others here.",
    )
    below_target = st.container()
    notable = [column for column in seen.columns if not column.is_plain or column.suggested is None]
    must = [column for column in notable if column.suggested is None]
    first = [*must, *(column for column in notable if column not in must)][: max(_MOST_FIELDS, len(must))]
    drawn = [column for column in seen.columns if column in first or column.name in pending.picked]
    readings = dict(pending.before)
    for column in drawn:
        with st.container():
            reading = _field(column, pending.before.get(column.name))
        if reading is not None:
            readings[column.name] = reading
    others = [column.name for column in seen.columns if column not in drawn]
    if others:
        st.selectbox(
            "Read another column otherwise",
            others,
            format_func=lambda name: labels.get(name, name),
            index=None,
            key=_MORE,
            placeholder="Choose a column",
            on_change=_pick,
            args=(pending,),
        )
    return readings, target, below_target


def _field(column: SeenColumn, before: Reading | None) -> Reading | None:
    key = f"{_PREFIX}of_column_{column.name}"
    if key not in st.session_state:
        # an earlier version may have offered what this one does not
        st.session_state[key] = before if before in column.choices else column.suggested
    missing = f"{column.missing:,} missing, " if column.missing else ""
    label = f"{verbatim(column.label)} :gray[· {column.kind}, {missing}{column.distinct:,} distinct]"
    chosen: Reading | None = st.segmented_control(
        named(label, st.session_state[key] is not None),
        list(column.choices),
        format_func=lambda reading: verbatim(reading_label(reading, column)),
        key=key,
        persist_state="session",  # a visit to another page must not store another reading than was chosen
        required=True,
    )
    why = "; ".join(filter(None, (column.effect(chosen), *column.cautions(chosen))))
    if chosen is None:
        st.markdown(f":red[:material/error: {verbatim(sentence(f'choose: {why}' if why else 'choose one'))}]")
    elif why:
        st.caption(verbatim(sentence(why)))
    return chosen


def _pick(pending: PendingUpload) -> None:
    if st.session_state[_MORE]:
        pending.picked.append(st.session_state[_MORE])
        st.session_state[_MORE] = None


def _store(
    pending: PendingUpload,
    readings: dict[str, Reading],
    target: str,
    filled: str | None,
    stored: Callable[[DatasetInfo, Upload, str], None],
) -> None:
    try:
        info, upload = operations.store_upload(
            pending.seen,
            pending.content,
            pending.name,
            services.store(),
            readings,
            target,
            filled,
            by=services.actor(),
        )
    except (
        DatasetError,
        NotAllowed,
        ServiceUnavailable,
    ) as error:  # a callback runs outside outage_notice
        st.session_state[_PREFIX + "problem"] = sentence(str(error))
        return
    _forget()
    stored(info, upload, target)


def _forget() -> None:
    st.session_state.pop(_PENDING, None)
    for key in [key for key in st.session_state if str(key).startswith(_PREFIX)]:
        del st.session_state[key]


def _table(seen: SeenFile, readings: dict[str, Reading]) -> pd.DataFrame:
    chosen = [(column, readings.get(column.name, column.suggested)) for column in seen.columns]
    return pd.DataFrame(
        {
            "Column": [column.label for column, _ in chosen],
            "Type": [column.kind for column, _ in chosen],
            "Missing": [column.missing for column, _ in chosen],
            "Distinct": [column.distinct for column, _ in chosen],
            "Read as": [reading_label(reading, each) if reading else "to be chosen" for each, reading in chosen],
            "Why": [
                "; ".join(filter(None, (each.effect(reading), *each.cautions(reading)))) for each, reading in chosen
            ],
        }
    )
