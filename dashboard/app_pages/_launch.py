"""What the form adds up to, and its launch."""

from __future__ import annotations

import streamlit as st

from dashboard import services
from dashboard.app_pages._spec_files import export_spec
from dashboard.app_pages._wording import plural
from dashboard.sweep_form import FormCheck, FormValues, size_sentence
from shared.errors import BoostgridError, ServiceUnavailable
from shared.launching import launch
from shared.sweep import SweepSpec

_LAUNCHED = "new_launched"
_CONFIRMING = "new_confirming"


def launch_panel(form: FormValues, checked: FormCheck, data_errors: dict[str, list[str]], confirm_above: int) -> None:
    """Draw the size of the grid, what stands in the way, and the button."""
    problems = [
        f"**{field.removeprefix('param_grid.')}**: {message}"
        for found in (data_errors, checked.errors)
        for field, listed in found.items()
        for message in listed
    ]
    spec = checked.spec if not problems else None
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(gap=None, width="content"):
            _summary(form, checked, problems)
        with st.container(horizontal=True, width="content"):
            if spec is not None:
                export_spec(spec, "new_export")
            pressed = st.button(
                "Launch", type="primary", icon=":material/rocket_launch:", key="launch", disabled=spec is None
            )
    if pressed:
        st.session_state.pop(_LAUNCHED, None)
    trials = checked.size.trials if checked.size is not None else 0
    if spec is not None and pressed and trials > confirm_above:
        st.session_state[_CONFIRMING] = spec.spec_hash
    elif spec is not None and pressed:
        _launch(spec)
    if spec is not None and st.session_state.get(_CONFIRMING) == spec.spec_hash:
        _confirm(spec, trials, confirm_above)
    _after_launch()


def _summary(form: FormValues, checked: FormCheck, problems: list[str]) -> None:
    if problems:
        more = f" :gray[and {len(problems) - 1} more beside the fields]" if len(problems) > 1 else ""
        st.markdown(f":red[:material/error:] {problems[0]}{more}")
        return
    if checked.size is not None:
        st.markdown(f"**{plural(checked.size.trials, 'trial')}, {plural(checked.size.fits, 'model fit')}**")
    warned = sum(map(len, checked.warnings.values()))
    warning = f" :orange[:material/warning: {plural(warned, 'warning')} beside the fields.]" if warned else ""
    st.caption(size_sentence(checked, form.folds) + warning)


def _confirm(spec: SweepSpec, trials: int, confirm_above: int) -> None:
    st.warning(
        f"It is more than {confirm_above:,}, the number above which a launch asks. "
        "It can be cancelled at any time, and what is evaluated is kept.",
        title=f"Launch {plural(trials, 'trial')}?",
    )
    with st.container(horizontal=True):
        launching = st.button("Launch all", key="confirm_launch", type="primary")
        if st.button("Not yet", key="refuse_launch"):
            st.session_state.pop(_CONFIRMING)
            st.rerun()
    if launching:
        st.session_state.pop(_CONFIRMING)
        _launch(spec)


def _launch(spec: SweepSpec) -> None:
    bar = st.progress(0.0, "Storing the data set and planning…")

    def show(done: int, total: int) -> None:
        bar.progress(min(1.0, done / total) if total else 1.0, f"{done:,} of {plural(total, 'trial')} published")

    try:
        sweep = launch(spec, services.store(), services.queue(), on_progress=show)
    except ServiceUnavailable as outage:
        st.error(f"{outage.reason}\n\n{outage.hint}", title=f"{outage.service} does not answer: nothing is lost")
    except BoostgridError as error:
        st.error(str(error), title="The launch did not complete")
    else:
        st.session_state[_LAUNCHED] = (sweep.sweep_id, spec.name)
    bar.empty()


def _after_launch() -> None:
    launched = st.session_state.get(_LAUNCHED)
    if launched is None:
        return
    sweep_id, name = launched
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":green[:material/check_circle:] **{name}** is launched.", width="content")
        st.page_link(
            "app_pages/results.py",
            label="Watch its results",
            icon=":material/monitoring:",
            query_params={"sweep": sweep_id},
        )
