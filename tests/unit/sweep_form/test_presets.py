"""What a form offers to begin with: presets, parameters to add, and their first values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.sweep_form import addable_parameters, check, preset_expressions, suggested_expression
from shared.catalog import Library, Preset, TaskType, library_catalog, metrics_for
from tests.support.forms import COMPLETE


@pytest.mark.parametrize("library", Library)
@pytest.mark.parametrize("preset", Preset)
@pytest.mark.parametrize("task", TaskType)
def test_every_preset_can_be_launched_without_a_warning(library, preset, task):
    form = replace(
        COMPLETE,
        library=library,
        task=task,
        metrics=metrics_for(task),
        expressions=preset_expressions(library, preset, task),
    )
    checked = check(form)
    assert checked.errors == {}
    assert checked.warnings == {}
    assert checked.size.trials > 1


@pytest.mark.parametrize("library", Library)
def test_presets_grow(library):
    quick, standard, thorough = (
        check(replace(COMPLETE, library=library, expressions=preset_expressions(library, preset))).size.trials
        for preset in (Preset.QUICK, Preset.STANDARD, Preset.THOROUGH)
    )
    assert quick < standard < thorough


@pytest.mark.parametrize("library", Library)
def test_what_an_added_parameter_starts_with_can_be_read(library):
    for parameter in library_catalog(library).parameters:
        text = suggested_expression(parameter)
        task = next(iter(parameter.tasks))
        form = replace(COMPLETE, library=library, task=task, metrics=metrics_for(task)[:1])
        checked = check(replace(form, expressions={parameter.name: text}))
        assert checked.values.get(parameter.name), f"{parameter.name}: {text!r} {checked.errors}"


def test_parameters_can_be_added_once_and_where_they_have_a_meaning():
    everything = library_catalog(Library.XGBOOST).parameters
    offered = addable_parameters(Library.XGBOOST, None, {"max_depth": "3"})
    assert [each.name for each in offered] == [each.name for each in everything if each.name != "max_depth"]
    for task in TaskType:
        assert all(task in each.tasks for each in addable_parameters(Library.XGBOOST, task, {}))
