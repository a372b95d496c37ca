"""A form as a draft: all that was typed comes back, and what cannot be read is said."""

from __future__ import annotations

import json
import math

import pytest

from dashboard.sweep_form import Draft, FormValues, UnreadableDraft
from shared.catalog import Library, Metric, TaskType
from shared.domain import Priority

FORM = FormValues(
    name="Größe, half-wri",
    library=Library.CATBOOST,
    dataset_name="mine.csv",
    dataset_hash="0" * 64,
    target="y",
    task=TaskType.BINARY,
    metrics=(Metric.ROC_AUC, Metric.LOG_LOSS),
    folds=7,
    seed=3,
    trial_timeout_seconds=0.5,
    rounds_curve=True,
    racing=True,
    positive_class="no",
    expressions={"learning_rate": "linspace(0.1,", "depth": "", "not a parameter": "1"},
    extra_grids=({"depth": (1, 2), "learning_rate": (1.0, 0.1 + 0.2), "one_hot_max_size": (None, True, "x")},),
)


def test_a_draft_comes_back_as_it_was() -> None:
    draft = Draft(FORM, {Library.XGBOOST: FormValues(folds=2)}, Priority.HIGH, "asked")
    again = Draft.decode(draft.encode())

    assert again == draft
    assert list(again.form.expressions) == list(FORM.expressions)
    assert [type(value) for values in again.form.extra_grids[0].values() for value in values] == [
        int,
        int,
        float,
        float,
        type(None),
        bool,
        str,
    ]
    assert again.encode() == draft.encode()


def test_infinity_in_an_imported_grid_comes_back() -> None:
    draft = Draft(FormValues(extra_grids=({"x": (math.inf, -math.inf)},)))

    assert Draft.decode(draft.encode()) == draft


def test_a_draft_of_before_a_field_has_its_default_and_one_of_later_is_read_past_it() -> None:
    assert Draft.decode('{"version": 1, "form": {"folds": 3, "of_later": 1}, "too": []}') == Draft(FormValues(folds=3))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "damaged"),
        ("[" * 100_000, "damaged"),
        ("[]", "not a draft"),
        ("{}", "not a draft"),
        ('{"version": 1}', "form"),
        ('{"version": 2, "form": {}}', "newer"),
        ('{"version": 1, "form": {"library": "lightgmb"}}', "form.library"),
        ('{"version": 1, "form": {"expressions": ["1"]}}', "form.expressions"),
        ('{"version": 1, "form": {"folds": 1}}', "form.folds"),
        ('{"version": 1, "form": {"seed": -1}}', "form.seed"),
        ('{"version": 1, "form": {"trial_timeout_seconds": 0}}', "form.trial_timeout_seconds"),
    ],
)
def test_what_is_no_draft_is_said(text: str, why: str) -> None:
    with pytest.raises(UnreadableDraft, match=why):
        Draft.decode(text)


def test_the_text_is_plain_json() -> None:
    assert json.loads(Draft(FORM).encode())["form"]["expressions"]["learning_rate"] == "linspace(0.1,"


def test_what_came_before_comes_back_too_and_no_more_than_a_few() -> None:
    draft = Draft(FORM)
    for number in range(5):
        draft = Draft(FormValues(name=str(number)), before=draft.as_before(), placed=str(number))
    again = Draft.decode(draft.encode())

    assert again == draft
    names = []
    while again.before is not None:
        again = again.before
        names.append(again.form.name)
    assert names == ["3", "2", "1"]
    assert again.placed == ""


def test_a_number_out_of_range_is_said_wherever_it_stands() -> None:
    with pytest.raises(UnreadableDraft, match="folds"):
        Draft.decode(Draft(FORM, before=Draft(FormValues(folds=1))).encode())
