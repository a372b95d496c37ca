"""What the form adds up to, and its launch."""

from __future__ import annotations

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.publishing import Publishing
from dashboard.app_pages.common.spec_export import export_spec
from dashboard.app_pages.common.wording import verbatim
from dashboard.app_pages.new_sweep import form_state
from dashboard.sentences import version_notice
from dashboard.sweep_form import FormCheck, FormValues, size_sentence
from shared.catalog import Library, library_catalog
from shared.domain import Action, Priority, SweepSpec
from shared.errors import BoostgridError, ServiceUnavailable
from shared.operations import launch
from shared.planning.versions import UnknownVersion, launch_version, other_versions
from shared.wording import counted

#: the form redraws with every keystroke; workers change less often
_VERSIONS_KEPT_SECONDS = 5
_LAUNCHED = "new_launched"
_PUBLISHING = "new_publishing"
#: the hash of what Launch launches, in a field that nobody sees: the browser sends it back with a press as it was when
#: the button was pressed, whatever the server has drawn or forgotten since
_SHOWN = "new_shown"
#: what the page calls a field, where a spec calls it otherwise
_FIELD_LABELS = {
    "name": "Name",
    "dataset": "Data set",
    "target": "Target",
    "task": "Predict",
    "metrics": "Metrics",
    "folds": "Folds",
    "seed": "Seed",
    "trial_timeout_seconds": "Time limit",
    "positive_class": "Positive class",
    "param_grid": "Grid",
}
#: what a press in this run was shown
_PRESSED = "new_pressed"


def launch_panel(form: FormValues, checked: FormCheck, data_errors: dict[str, list[str]], confirm_above: int) -> None:
    """Draw the size of the grid, what stands in the way, and the button."""
    problems = _problems(data_errors, checked)
    refusal = services.refusal(Action.LAUNCH)
    spec = checked.spec if not problems else None
    shown = _shown(spec)
    # a press that this session's own button did not note is one of a session before it
    noted: str | None = st.session_state.pop(_PRESSED, None)
    agreed = spec is not None and noted == shown
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(gap=None, width=620):  # a long text wraps, and the buttons stay beside it
            _summary(form, checked, problems)
        with st.container(horizontal=True, width="content"):
            with st.container(width="content"):  # there without a spec too: what follows keeps its place
                if spec is not None:
                    export_spec(spec, "new_export")
            st.selectbox(
                "Priority",
                list(Priority),
                key=form_state.PRIORITY,
                persist_state="session",
                format_func=lambda priority: f"{priority.capitalize()} priority",
                help="Workers serve all sweeps of a higher priority first; sweeps of one priority share them equally.",
                label_visibility="collapsed",
                width=165,
            )
            pressed = st.button(
                "Launch",
                type="primary",
                icon=":material/rocket_launch:",
                key="launch",
                disabled=spec is None or refusal is not None,
                on_click=_note_press,
                shortcut="Ctrl+Enter",  # by Tab it comes after every field
            )
    with st.container():
        if refusal is not None:
            st.caption(verbatim(refusal))
        if spec is not None:
            _warn_of_other_versions(spec.library)
    if pressed:
        st.session_state.pop(_LAUNCHED, None)
    trials = checked.size.trials if checked.size is not None else 0
    many = f"{'at most ' if checked.size_is_upper_bound else ''}{counted(trials, 'trial')}"
    launching = spec is not None and pressed and agreed
    if launching and trials > confirm_above:
        st.session_state[form_state.CONFIRMING] = shown
        launching = False
    if spec is not None and st.session_state.get(form_state.CONFIRMING) not in (None, shown):
        _end_question()  # it was about another form, and must not come up by itself with a form of before
    if spec is not None and st.session_state.get(form_state.CONFIRMING) == shown:
        pressed_all = _confirm(many, confirm_above, agreed)
        pressed, launching = pressed or pressed_all, launching or (pressed_all and agreed)
    with st.container():
        if (pressed or noted is not None) and not agreed:
            st.warning(
                "The form changed as you pressed Launch: look at it and press again.", title="Nothing is launched"
            )
    if spec is not None and launching:
        _launch(spec)
    _show_publishing()
    _after_launch()


def _shown(spec: SweepSpec | None) -> str:
    """Return the hash of all that a launch is about; without its name, which is no part of what is evaluated."""
    shown = ""
    if spec is not None:
        priority = st.session_state.get(form_state.PRIORITY) or Priority.NORMAL
        shown = f"{spec.model_copy(update={'name': ''}).spec_hash} {priority}"
    st.session_state[_SHOWN] = shown
    with st.container(key="new_shown_field"):
        st.text_input("What Launch launches", key=_SHOWN, label_visibility="collapsed")
        st.html("<style>.st-key-new_shown_field { display: none }</style>")
    return shown


def _note_press() -> None:
    st.session_state[_PRESSED] = st.session_state.get(_SHOWN) or ""


def _end_question() -> None:
    st.session_state.pop(form_state.CONFIRMING, None)


def _problems(data_errors: dict[str, list[str]], checked: FormCheck) -> list[str]:
    """Return what stands in the way, in Markdown, the data set's own first; without what only follows from that."""
    follows = {"dataset", "target", "task"} if data_errors else set()
    return [
        f"**{_FIELD_LABELS.get(field) or verbatim(field.removeprefix('param_grid.'))}**: {verbatim(message)}"
        for found in (data_errors, {name: said for name, said in checked.errors.items() if name not in follows})
        for field, listed in found.items()
        for message in listed
    ]


def _summary(form: FormValues, checked: FormCheck, problems: list[str]) -> None:
    if problems:
        st.markdown(f":red[:material/error:] {problems[0]}")
        if len(problems) > 1:
            with st.popover(f"All {len(problems)} errors", type="tertiary"):
                st.markdown("\n".join(f"- {problem}" for problem in problems))
        return
    if checked.size is not None:
        at_most = "At most " if checked.size_is_upper_bound else ""
        st.markdown(f"**{at_most}{counted(checked.size.trials, 'trial')}, {counted(checked.size.fits, 'model fit')}**")
    warned = sum(map(len, checked.warnings.values()))
    warning = f" :orange[:material/warning: {counted(warned, 'warning')} beside the grid.]" if warned else ""
    reasons = "".join(f"\n- {verbatim(why)}" for why in checked.same_model)
    st.caption(
        verbatim(size_sentence(checked, form.folds)) + warning,
        help=f"Points that are the same model are evaluated once:\n{reasons}" if reasons else None,
    )


def _warn_of_other_versions(library: Library) -> None:
    reports = _live_versions()
    try:
        wanted = launch_version(library)
    except UnknownVersion:  # the launch says it
        return
    others = other_versions(library, wanted, reports)
    if others:
        st.warning(
            verbatim(version_notice(library_catalog(library).label, wanted, others, len(reports))),
            title="Not every worker has this version",
        )


@st.cache_data(ttl=_VERSIONS_KEPT_SECONDS, show_spinner=False)
def _live_versions() -> list[dict[str, str]]:
    """Return what versions each live worker reports; nothing during an outage, which a launch says."""
    try:
        return [report.versions for report in services.store().workers()]
    except ServiceUnavailable:
        return []


def _confirm(many: str, confirm_above: int, agreed: bool) -> bool:
    """Ask whether so many shall be launched; return whether that was pressed. A press on what was shown ends it."""
    question = st.empty()
    with question.container():
        st.warning(
            f"A launch of more than {confirm_above:,} trials asks first. "
            "It can be cancelled at any time, and what is evaluated is kept.",
            title=f"Launch {many}?",
        )
        with st.container(horizontal=True):
            launching = st.button("Launch all", key="confirm_launch", type="primary", on_click=_note_press)
            st.button("Not yet", key="refuse_launch", on_click=_end_question)
    if launching and agreed:
        st.session_state.pop(form_state.CONFIRMING)
        question.empty()
    return launching


def _launch(spec: SweepSpec) -> None:
    if _PUBLISHING in st.session_state:  # the one before is shown to its end first
        return
    try:
        store, queue, actor = services.store(), services.queue(), services.actor()
    except ServiceUnavailable as outage:
        _say(outage)
    else:
        priority = Priority(st.session_state.get(form_state.PRIORITY) or Priority.NORMAL)
        publishing = Publishing(lambda show: launch(spec, store, queue, on_progress=show, by=actor, priority=priority))
        st.session_state[_PUBLISHING] = (spec.name, publishing)


def _show_publishing() -> None:
    """Follow the launch that goes on, also on a later visit of the page."""
    if _PUBLISHING not in st.session_state:
        return
    name, publishing = st.session_state[_PUBLISHING]
    try:
        sweep = publishing.result()
    except BoostgridError as error:
        _say(error)
    else:
        st.session_state[_LAUNCHED] = (sweep.sweep_id, name)
    finally:
        if publishing.ended:  # else the visitor left
            st.session_state.pop(_PUBLISHING)


def _say(error: BoostgridError) -> None:
    if isinstance(error, ServiceUnavailable):
        text = f"{verbatim(error.reason)}\n\n{verbatim(error.hint)}"
        st.error(text, title=f"{error.service} does not answer: nothing is lost")
    else:
        st.error(verbatim(str(error)), title="The launch did not complete")


def _after_launch() -> None:
    launched = st.session_state.get(_LAUNCHED)
    if launched is None:
        return
    sweep_id, name = launched
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":green[:material/check_circle:] **{verbatim(name)}** is launched.", width="content")
        st.page_link(
            "app_pages/results/page.py",
            label="Watch its results",
            icon=":material/monitoring:",
            query_params={"sweep": sweep_id},
        )
