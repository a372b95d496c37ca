from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sweep_form import (
    MAX_POINTS,
    FormValues,
    TableFacts,
    addable_parameters,
    check,
    default_name,
    expansion,
    preset_expressions,
    rename_clone,
    size_sentence,
    suggested_expression,
    switch_library,
)
from shared.catalog import Library, Metric, Preset, TaskType, library_catalog, metrics_for
from shared.errors import InvalidSpec
from shared.testing import make_spec

HASH = "a" * 64
COMPLETE = FormValues(
    name="Depth and rate",
    library=Library.XGBOOST,
    dataset_name="diabetes",
    dataset_hash=HASH,
    target="target",
    task=TaskType.REGRESSION,
    metrics=(Metric.RMSE, Metric.MAE),
    folds=4,
    seed=7,
    trial_timeout_seconds=30.0,
    rounds_curve=True,
    racing=True,
    expressions={"max_depth": "3:7:2", "learning_rate": "logspace(0.01, 1, 3)"},
)


def with_fields(**expressions: str) -> FormValues:
    return replace(COMPLETE, expressions=expressions)


def test_a_complete_form_declares_its_spec():
    checked = check(COMPLETE)
    assert checked.spec is not None
    assert checked.errors == {}
    assert checked.spec == make_spec(
        name="Depth and rate",
        dataset={"name": "diabetes", "content_hash": HASH, "target": "target", "task": "regression"},
        metrics=("rmse", "mae"),
        folds=4,
        seed=7,
        trial_timeout_seconds=30.0,
        rounds_curve=True,
        racing=True,
        param_grid={"max_depth": [3, 5, 7], "learning_rate": [0.01, 0.1, 1.0]},
    )
    assert checked.values == {"max_depth": (3, 5, 7), "learning_rate": (0.01, 0.1, 1.0)}


def test_the_name_is_trimmed():
    assert check(replace(COMPLETE, name="  A  ")).spec.name == "A"


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": "  "}, "name", "Give the sweep a name."),
        ({"name": "x" * 101}, "name", "The name has 101 characters; 100 is the most."),
        ({"dataset_name": ""}, "dataset", "Choose a data set."),
        ({"target": ""}, "target", "Choose the column to predict."),
        ({"task": None}, "task", "Choose what is predicted"),
        ({"metrics": ()}, "metrics", "Choose at least one metric; the first one ranks."),
        ({"metrics": (Metric.RMSE, Metric.RMSE)}, "metrics", "A metric is listed twice"),
        ({"metrics": (Metric.F1,)}, "metrics", "F1 does not score regression; choose among RMSE, MAE, R², MAPE."),
        ({"folds": 1}, "folds", "1 folds are not possible; choose 2 to 50."),
        ({"folds": 51}, "folds", "choose 2 to 50"),
        ({"seed": -1}, "seed", "from 0 to 2147483647"),
        ({"trial_timeout_seconds": 0.0}, "trial_timeout_seconds", "above 0 seconds; leave it empty for none"),
        ({"dataset_name": "x" * 201}, "dataset", "write a text of 1 to 200 characters"),
        ({"dataset_hash": "not a hash"}, "dataset", "'not a hash' cannot be used; write the 64 digits"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(changes, field, message):
    checked = check(replace(COMPLETE, **changes))
    assert checked.spec is None
    assert list(checked.errors) == [field]
    assert message in checked.errors[field][0]


@pytest.mark.parametrize(
    ("expressions", "field", "message"),
    [
        ({"max_depth": "3, five"}, "param_grid.max_depth", "'five' is not a number"),
        ({"max_depth": "3, five"}, "param_grid.max_depth", "(at character 4)."),
        ({"max_depth": ""}, "param_grid.max_depth", "Is empty; list at least one value"),
        ({"learning_rate": "-1"}, "param_grid.learning_rate", "too small"),
        ({"depth_max": "3"}, "param_grid.depth_max", "XGBoost has no such parameter; remove it."),
        ({"learning_rate": "0.1", "eta": "0.2"}, "param_grid.eta", "another name of learning_rate; keep one of them"),
    ],
)
def test_a_parameters_field_says_what_is_wrong_with_it(expressions, field, message):
    checked = check(with_fields(**expressions))
    assert checked.spec is None
    assert list(checked.errors) == [field]
    assert message in checked.errors[field][0]


def test_every_wrong_field_is_reported_at_once():
    checked = check(FormValues(expressions={"max_depth": "x", "learning_rate": "0.1"}))
    assert set(checked.errors) == {"name", "dataset", "metrics", "param_grid.max_depth"}
    assert checked.values == {"learning_rate": (0.1,)}


def test_an_alias_is_taken_under_the_canonical_name():
    assert check(with_fields(eta="0.1, 0.2")).spec.param_grid == ({"learning_rate": (0.1, 0.2)},)


def test_an_empty_grid_is_one_trial_and_says_so():
    checked = check(with_fields())
    assert checked.spec.param_grid == ({},)
    assert checked.size.trials == 1
    assert checked.warnings == {"param_grid": ["The grid is empty: one trial, with the library's defaults."]}


def test_a_dead_parameter_is_a_warning_at_its_field_and_can_be_launched():
    checked = check(replace(with_fields(num_leaves="31, 63", max_depth="3"), library=Library.LIGHTGBM))
    assert checked.spec is not None
    assert list(checked.warnings) == ["param_grid.num_leaves"]


def test_an_invalid_combination_is_an_error_at_its_field():
    leafy = {"max_leaves": "8, 16", "grow_policy": "SymmetricTree", "iterations": "10"}
    checked = check(replace(COMPLETE, library=Library.CATBOOST, expressions=leafy))
    assert checked.spec is None
    assert list(checked.errors) == ["param_grid.max_leaves"]


def test_the_size_does_not_wait_for_the_other_fields():
    checked = check(FormValues(expressions={"max_depth": "3:7:2", "learning_rate": "0.1, 0.2"}, folds=3))
    assert checked.spec is None
    assert (checked.size.points, checked.size.trials, checked.size.fits) == (6, 6, 18)


@pytest.mark.parametrize("changes", [{"expressions": {"max_depth": "3:"}}, {"folds": 1}])
def test_there_is_no_size_while_what_it_follows_from_is_wrong(changes):
    checked = check(replace(COMPLETE, **changes))
    assert checked.size is None
    assert size_sentence(checked, 5) == "The size shows once the grid has no errors."


@pytest.mark.parametrize(
    ("expressions", "sentence"),
    [
        ({}, "1 trial × 4 folds = 4 fits."),
        ({"learning_rate": "0.1, 0.2"}, "2 trials × 4 folds = 8 fits."),
        (
            {"n_estimators": "100, 200, 400", "learning_rate": "0.1, 0.2"},
            "6 trials × 4 folds = 24 fits, done in 8: trials that differ only in the number of trees share theirs.",
        ),
        (
            {"max_depth": "2", "max_leaves": "3, 4, 5"},
            "2 trials × 4 folds = 8 fits. 1 of 3 points is the same model as another: "
            "a tree of max_depth levels has at most 2^max_depth leaves.",
        ),
        (
            {"max_depth": "2", "max_leaves": "3, 4, 5, 6"},
            "2 trials × 4 folds = 8 fits. 2 of 4 points are the same model as another: "
            "a tree of max_depth levels has at most 2^max_depth leaves.",
        ),
        (
            {"max_depth": "2", "max_leaves": "4, 5", "rate_drop": "0.1, 0.2", "skip_drop": "0.1, 0.2"},
            "1 trial × 4 folds = 4 fits. 7 of 8 points are the same model as another: "
            "rate_drop has no effect unless booster=dart (and 2 more reasons).",
        ),
    ],
)
def test_the_size_is_said_in_words_with_what_is_saved(expressions, sentence):
    assert size_sentence(check(with_fields(**expressions)), 4) == sentence


def test_every_reason_why_points_are_one_model_is_there():
    checked = check(with_fields(max_depth="2", max_leaves="4, 5", rate_drop="0.1, 0.2"))
    assert checked.same_model == (
        "rate_drop has no effect unless booster=dart",
        "a tree of max_depth levels has at most 2^max_depth leaves",
    )
    assert check(with_fields(max_depth="2", max_leaves="2, 3", rate_drop="0.1")).same_model == ()


def test_a_grid_of_a_million_points_is_counted():
    million = check(with_fields(n_estimators="10:1000:10", learning_rate="linspace(0.01, 1, 100)", gamma="0:99:1"))
    assert million.size.trials == 1_000_000
    assert million.size.fits == 40_000
    assert not million.size_is_upper_bound


def test_a_grid_beyond_reason_is_refused_before_it_is_walked():
    checked = check(with_fields(n_estimators="1:10000", learning_rate="linspace(0.01, 1, 10000)"))
    assert checked.errors == {
        "param_grid": [f"100,000,000 points are too many; {MAX_POINTS:,} is the most. List fewer values."]
    }


def test_millions_of_combinations_of_parameters_that_bear_on_each_other_are_checked_without_being_walked():
    checked = check(with_fields(max_depth="1:2000", max_leaves="1:2000"))
    assert not checked.errors
    [warning] = checked.warnings["param_grid.max_leaves"]
    assert "of the 4000000 combinations of max_leaves, max_depth" in warning


def test_where_there_is_too_much_to_compare_the_size_is_an_upper_bound():
    checked = check(with_fields(max_depth="1:200", max_leaves="1:200"))
    assert checked.spec is not None
    assert checked.size_is_upper_bound
    assert size_sentence(checked, 4) == "At most 40,000 trials × 4 folds = 160,000 fits."


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


def test_many_points_in_several_grids_get_an_upper_bound():
    form = replace(
        with_fields(learning_rate="linspace(0.01, 1, 10000)", gamma="1, 2, 3"), extra_grids=({"gamma": (1.0,)},)
    )
    checked = check(form)
    assert checked.size_is_upper_bound
    assert checked.size.trials == 30_001


def test_a_form_is_exported_and_imported_as_yaml():
    spec = check(COMPLETE).spec
    assert check(FormValues.from_yaml(spec.to_yaml())).spec == spec


def test_yaml_that_is_no_spec_is_refused_by_field():
    raw = yaml.safe_load(make_spec().to_yaml()) | {"folds": 1}
    with pytest.raises(InvalidSpec) as caught:
        FormValues.from_yaml(yaml.safe_dump(raw))
    assert [error.field for error in caught.value.errors] == ["folds"]


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


def test_switching_the_library_keeps_what_both_know():
    form = replace(
        with_fields(learning_rate="0.1, 0.2", n_estimators="10, 20", gamma="1"), extra_grids=({"gamma": (1.0,)},)
    )
    switched = switch_library(form, Library.CATBOOST)
    assert switched.library is Library.CATBOOST
    assert switched.expressions == {"learning_rate": "0.1, 0.2", "iterations": "10, 20"}
    assert switched.extra_grids == ()
    assert (switched.name, switched.target, switched.metrics) == (form.name, form.target, form.metrics)


@pytest.mark.parametrize("other", [Library.LIGHTGBM, Library.CATBOOST])
def test_switching_the_library_back_and_forth_loses_nothing(other):
    grids = ({"gamma": (1.0,)},)
    form = replace(with_fields(n_estimators="10, 20", max_depth="2:5", gamma="1, 2"), extra_grids=grids)
    there = switch_library(form, other)
    assert "10, 20" in there.expressions.values()
    assert "2:5" in there.expressions.values()

    changed = {name: "30" if text == "10, 20" else text for name, text in there.expressions.items()}
    back = switch_library(replace(there, expressions=changed), form.library, before=form)
    assert back.expressions == {"n_estimators": "30", "max_depth": "2:5", "gamma": "1, 2"}
    assert back.extra_grids == grids


def test_a_parameter_that_was_removed_stays_removed_where_both_libraries_have_it():
    form = with_fields(n_estimators="10, 20", max_depth="2:5")
    there = switch_library(form, Library.CATBOOST)
    fewer = {name: text for name, text in there.expressions.items() if name != "depth"}
    back = switch_library(replace(there, expressions=fewer), form.library, before=form)
    assert back.expressions == {"n_estimators": "10, 20"}


def test_names_of_new_sweeps_and_of_copies():
    assert default_name(Library.LIGHTGBM, "Wine") == "LightGBM on Wine"
    assert rename_clone("A") == "A (copy)"
    assert rename_clone("A (copy)") == "A (copy 2)"
    assert rename_clone("A (copy 2)") == "A (copy 3)"


@given(st.text(min_size=1, max_size=100))
def test_a_copys_name_is_legal_and_another(name):
    copy = rename_clone(name)
    assert copy != name
    assert len(copy) <= 100


@pytest.mark.parametrize(
    ("expression", "values", "text"),
    [
        ("3, 5, 7", (3, 5, 7), ""),
        ("3:11:4", (3, 7, 11), "3, 7, 11"),
        ("linspace(0.1, 0.3, 3)", (0.1, 0.2, 0.30000000000000004), "0.1, 0.2, 0.3"),
        ("none, 2:3", (None, 2, 3), "none, 2, 3"),
        ("1:100", tuple(range(1, 101)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …, 100"),
        ("1:12", tuple(range(1, 13)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"),
        ("1:13", tuple(range(1, 14)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …, 13"),
        ("3:", (), ""),
    ],
)
def test_the_values_of_a_range_are_shown(expression, values, text):
    assert expansion(expression, values) == text


FRAUD = TableFacts(categories=("c", "y"), classes={"fraud": 8, "legit": 32})


def on_fraud(**changes):
    return replace(
        FormValues(
            name="n",
            dataset_name="mine",
            dataset_hash="a" * 64,
            target="y",
            task=TaskType.BINARY,
            metrics=(Metric.F1,),
            expressions={"max_depth": "3"},
        ),
        **changes,
    )


def test_what_the_table_makes_of_the_grid_is_said_at_the_field():
    checked = check(on_fraud(expressions={"scale_pos_weight": "1, 17.5"}), FRAUD)
    assert "17.5 weighs up the positive class 'legit'" in checked.warnings["param_grid.scale_pos_weight"][0]
    assert check(on_fraud(expressions={"scale_pos_weight": "1, 17.5"}, positive_class="fraud"), FRAUD).warnings == {}
    (message,) = check(on_fraud(expressions={"tree_method": "exact"}), FRAUD).errors["param_grid.tree_method"]
    assert message.startswith("1 of 1 point would fail: tree_method=exact cannot use the column of categories, 'c'")


def test_what_the_table_makes_of_a_further_grid_is_said_there():
    further = ({"booster": ("gbtree", "gblinear")},)
    warnings = check(on_fraud(extra_grids=further), FRAUD).warnings
    assert "1 of 3 points would fail" in warnings["param_grid.1.booster"][0]


def test_a_class_that_the_table_does_not_have_is_an_error_that_names_those_there_are():
    checked = check(on_fraud(positive_class="spam"), FRAUD)
    assert checked.spec is None
    assert checked.errors == {
        "positive_class": ["'spam' is no class of target 'y'; its classes are 'fraud' and 'legit'."]
    }


def test_the_positive_class_comes_into_the_spec_and_back():
    spec = check(on_fraud(positive_class="fraud"), FRAUD).spec
    assert spec is not None
    assert spec.positive_class == "fraud"
    assert FormValues.of(spec).positive_class == "fraud"
    assert FormValues.from_yaml(spec.to_yaml()).positive_class == "fraud"
