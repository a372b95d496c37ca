"""The parameter grid: one field a parameter, with its help, its values and what is wrong with it."""

from __future__ import annotations

from itertools import groupby
from urllib.parse import quote

import streamlit as st

from dashboard.app_pages.common.wording import named, verbatim
from dashboard.app_pages.new_sweep import form_state
from dashboard.app_pages.new_sweep.further_grids import further_grids
from dashboard.app_pages.new_sweep.grid_messages import messages, messages_below
from dashboard.sweep_form import FormCheck, FormValues, addable_parameters, expansion
from shared.catalog import Parameter, Preset, library_catalog
from shared.grid_expression import SYNTAX_HELP, syntax_hint
from shared.wording import counted

_ADDED = "new_added_parameter"
_CROSS = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">'
    '<path stroke="#7a838c" stroke-width="2.5" d="M5 5l14 14M19 5L5 19"/></svg>'
)
_PRESET_HELP = "Quick: a first look in minutes. Standard: what matters most. Thorough: a wide search for a cluster."


def build_grid(form: FormValues, checked: FormCheck) -> None:
    """Draw the presets, the fields by group, and the list of parameters that can be added."""
    shown = form_state.shown_preset()
    preset_key = f"new_preset_{shown or 'own'}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Start from",
            list(Preset),
            format_func=str.capitalize,
            default=shown,
            required=shown is not None,
            key=preset_key,
            on_change=form_state.apply_preset,
            args=(preset_key, shown),
            help=_PRESET_HELP,
        )
        with st.popover("How to write values", icon=":material/help:", type="tertiary"):
            st.markdown(SYNTAX_HELP)
    # what may come and go has a container, which is there whatever is in it: a field that moves in the page is a new
    # one to the browser, and what is being typed into it is lost
    with st.container():
        if form_state.typed_before() is not None:
            st.button(
                "Bring back the grid that was typed",
                key="new_typed_back",
                icon=":material/undo:",
                type="tertiary",
                on_click=form_state.bring_back,
            )
        if said := st.session_state.get(form_state.LEFT_OUT):
            st.caption(verbatim(said))
        messages(checked, "param_grid")
    catalog = library_catalog(form.library)
    known = {parameter.name: parameter for parameter in catalog.parameters}
    in_form = [known[name] for name in known if name in form.expressions]
    for group, parameters in groupby(sorted(in_form, key=lambda each: _order(each, catalog.parameters)), _group):
        st.caption(group.upper())
        for parameter in parameters:
            with st.container():
                _field(parameter, checked)
    for name in form.expressions:
        if name not in known:
            with st.container():
                _unknown(name, checked)
    addable = addable_parameters(form.library, form.task, form.expressions)
    labels = {parameter.name: f"{parameter.name} · {parameter.help}" for parameter in addable}
    st.selectbox(
        "Add a parameter",
        list(labels),
        index=None,
        format_func=lambda name: labels.get(name, name),
        key=_ADDED,
        on_change=form_state.add_parameter,
        args=(_ADDED,),
        placeholder=f"{counted(len(addable), 'more parameter')} of {catalog.label}",
        label_visibility="collapsed",
        disabled=not addable,
    )
    with st.container():
        messages_below(checked, "param_grid.", form.expressions)
    further_grids(form, checked)


def _field(parameter: Parameter, checked: FormCheck) -> None:
    values, key = checked.values.get(parameter.name), form_state.expression_key(parameter.name)
    count = f" · {counted(len(values), 'value')}" if values is not None else ""
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        st.text_input(
            named(f"{parameter.name}{count}", not checked.errors.get(f"param_grid.{parameter.name}")),
            key=key,
            persist_state="session",
            live=True,
            placeholder=syntax_hint(parameter),
            help=_help(parameter),
            width="stretch",
        )
        st.button(
            # a picture, since an icon of Streamlit's would name the button after itself: "close icon"
            f"![Remove {parameter.name}]({_CROSS})",
            key=f"remove_{parameter.name}",
            type="tertiary",
            help=f"Remove {parameter.name}: it then has its default",
            on_click=form_state.remove_parameter,
            args=(parameter.name,),
        )
    expanded = expansion(st.session_state.get(key) or "", values or ())
    if expanded:
        st.caption(verbatim(f"= {expanded}"))
    messages(checked, f"param_grid.{parameter.name}")


def _unknown(name: str, checked: FormCheck) -> None:
    messages(checked, f"param_grid.{name}")
    st.button(f"Remove {name}", key=f"remove_{name}", on_click=form_state.remove_parameter, args=(name,))


def _help(parameter: Parameter) -> str:
    default = "chosen by the library" if parameter.default is None else f"`{parameter.default}`"
    aliases = f" Also called {', '.join(f'`{alias}`' for alias in parameter.aliases)}." if parameter.aliases else ""
    return f"{parameter.help} Default: {default}.{aliases}\n\n{syntax_hint(parameter)}"


def _group(parameter: Parameter) -> str:
    return parameter.group


def _order(parameter: Parameter, all_parameters: tuple[Parameter, ...]) -> tuple[int, int]:
    groups = list(dict.fromkeys(each.group for each in all_parameters))
    return groups.index(parameter.group), all_parameters.index(parameter)
