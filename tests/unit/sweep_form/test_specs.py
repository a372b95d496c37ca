"""A spec becomes the form that declares it, its further grids included."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from dashboard.sweep_form import FormValues, check, size_sentence
from shared.errors import InvalidSpec
from shared.testing import make_spec
from tests.support.forms import COMPLETE, with_fields


def test_a_spec_becomes_the_form_that_declares_it():
    spec = check(COMPLETE).spec
    form = FormValues.of(spec)
    assert form.expressions == {"learning_rate": "0.01, 0.1, 1", "max_depth": "3, 5, 7"}
    assert replace(form, expressions=COMPLETE.expressions) == COMPLETE
    assert check(form).spec == spec


def test_further_grids_of_a_spec_are_kept_and_searched():
    spec = make_spec(param_grid=[{"max_depth": [3, 4]}, {"max_leaves": [8], "max_depth": [5]}, {"max_depth": [3]}])
    form = FormValues.of(spec)
    assert form.expressions == {"max_depth": "3, 4"}
    assert form.extra_grids == ({"max_depth": (5,), "max_leaves": (8,)}, {"max_depth": (3,)})
    checked = check(form)
    assert checked.spec == spec
    assert (checked.size.points, checked.size.trials) == (4, 3)
    assert size_sentence(checked, 3).endswith("1 of 4 points is the same model as another: more than one grid has it.")


def test_what_is_wrong_with_a_further_grid_is_reported_under_its_number():
    form = replace(
        with_fields(max_depth="3"), extra_grids=({"max_depth": (4,)}, {"max_depth": (-4,), "nonsense": (1,)})
    )
    assert list(check(form).errors) == ["param_grid.2.max_depth", "param_grid.2.nonsense"]


def test_the_first_grids_issues_stay_at_the_fields_when_there_are_further_grids():
    form = replace(with_fields(max_depth="2", max_leaves="64"), extra_grids=({"max_depth": (4,)},))
    assert list(check(form).warnings) == ["param_grid.max_leaves"]


def test_a_form_is_exported_and_imported_as_yaml():
    spec = check(COMPLETE).spec
    assert check(FormValues.from_yaml(spec.to_yaml())).spec == spec


def test_yaml_that_is_no_spec_is_refused_by_field():
    raw = yaml.safe_load(make_spec().to_yaml()) | {"folds": 1}
    with pytest.raises(InvalidSpec) as caught:
        FormValues.from_yaml(yaml.safe_dump(raw))
    assert [error.field for error in caught.value.errors] == ["folds"]
