"""What a wrong spec is told: the field, the value and the fix, in our own words and few of them."""

from __future__ import annotations

import re

import pytest
import yaml

from shared.domain import SweepSpec
from shared.domain.spec_fields import EXPECTED
from shared.errors import InvalidSpec
from tests.support.work import calls_until_refused

SPEC = {
    "name": "First look",
    "library": "lightgbm",
    "dataset": {"name": "diabetes", "target": "target", "task": "regression"},
    "param_grid": {"n_estimators": [10], "learning_rate": [0.1], "boosting_type": ["gbdt"], "extra_trees": [True]},
    "metrics": ["rmse"],
}

#: words that pydantic, Python or PyYAML would say to a programmer
FORBIDDEN = re.compile(
    r"[Ii]nput should|[Tt]uple|valid (string|integer|number|dictionary|list)|instance of|unable to parse|\bdict\b|"
    r"datetime|NoneType|greater than|less than|at least \d+ (character|item)|pattern|validation|constructor|<class|"
    r"Value error|Extra inputs|[Ff]ield required|characters?, not|finite|set_int_max|string conversion|yaml\.org|"
    r"\bTrue\b|\bFalse\b|\bNone\b(?!')|cannot start any token|another document|found |unhashable|'<"
)

WRONG = [
    None, True, 0, -1, 3.5, float("inf"), float("nan"), 10**400, "", "  ", "None", "null", "text", "x" * 10_000,
    "\ud83d",
    [], [[]], [None], ["x"] * 1_000, {}, {"min": 1, "max": 3}, {"values": [1]}, [{}], (), yaml.safe_load("2026-01-02"),
    b"bytes", {1}, object(), {1: 2},
]  # fmt: skip


def errors_of(raw):
    with pytest.raises(InvalidSpec) as caught:
        SweepSpec.parse(raw)
    return caught.value


def refused(raw):
    try:
        SweepSpec.parse(raw)
    except InvalidSpec as invalid:
        return invalid
    return None


def with_value(field, value):
    raw = {name: dict(part) if isinstance(part, dict) else part for name, part in SPEC.items()}
    parent, _, name = field.rpartition(".")
    (raw.setdefault(parent, {}) if parent else raw)[name] = value
    return raw


@pytest.mark.parametrize("value", WRONG, ids=lambda value: re.sub(r"\W+", "_", repr(value)[:20]))
@pytest.mark.parametrize(
    "field",
    [*EXPECTED, "metrics_", "dataset.extra", *(f"param_grid.{name}" for name in [*SPEC["param_grid"], "unknown"])],
)
def test_every_field_with_every_wrong_value_is_told_in_our_words(field, value):
    invalid = refused(with_value(field, value))
    if invalid is None:  # a wrong value of one field may be a right one of another
        return
    for error in invalid.errors:
        assert not FORBIDDEN.search(error.message), error
        assert re.search(r"write|did you mean|remove|must be|use|see `|list at least|give it|mend", error.message), (
            error
        )
        assert "\n" not in error.message
    assert any(error.field.startswith(field.split(".")[0]) for error in invalid.errors)
    assert len(str(invalid)) < 2_000
    str(invalid).encode()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("metrics", "rmse", "metrics: 'rmse' is not a list; write [rmse]"),
        ("metrics", ["neg_root_mean_squared_error"], "'neg_root_mean_squared_error' is not a metric; write rmse"),
        ("metrics", ["RMSE"], "'RMSE' is not a metric; write rmse"),
        ("metrics", ["auc"], "'auc' scores no regression; write one or more of rmse, mae, r2, mape"),
        ("metrics", ["rsme"], "'rsme' is not a metric; write rmse"),
        ("metrics", ["beauty"], "write one or more of rmse, mae"),
        ("trial_timeout_seconds", "None", "trial_timeout_seconds: 'None' is a text; write null"),
        ("trial_timeout_seconds", float("inf"), "trial_timeout_seconds: inf cannot be used; write a number of seconds"),
        ("trial_timeout_seconds", True, "true cannot be used; write a number of seconds above 0, or null for no limit"),
        ("folds", True, "true cannot be used; write a whole number from 2 to 50"),
        ("library", "XGBost", "library: 'XGBost' cannot be used; write xgboost"),
        ("dataset", "diabetes", "dataset: 'diabetes' cannot be used; write a mapping, such as {name: diabetes"),
        ("dataset.target", 5, "dataset.target: 5 cannot be used; write the name of the column to predict, in quotes"),
        ("name", " \t ", "name: is blank"),
        ("name", "\u200b", "name: '\\u200b' has only signs that nobody sees, such as U+200B; remove it"),
        ("name", "a\u202eb", "has the sign U+202E, which turns the direction of the text; remove it"),
        ("name", "a\x07b", "has the control character U+0007; remove it"),
        ("dataset.name", " ", "dataset.name: is blank"),
        ("param_grid.n_estimators", {"min": 50, "max": 250}, "write a range, such as 50:250:50"),
        ("param_grid.n_estimators", {"values": [5, 6]}, "write the list itself, [5, 6]"),
        ("param_grid.learning_rate", {"min": 0.1, "max": 0.5}, "write the values, such as linspace(0.1, 0.5, 5)"),
        ("param_grid.learning_rate", {"distribution": "uniform"}, "write a list, such as [0.01, 0.03, 0.1, 0.3]"),
        ("param_grid.boosting_type", {"values": []}, "param_grid.boosting_type: "),
        ("param_grid.learning_rate", ["None"], "'learning_rate' needs a value; 'None' is not allowed here"),
        ("param_grid.learning_rate", [None], "cannot be empty; give it a value"),
        ("param_grid.learning_rate", None, "has no values; list at least one"),
        ("param_grid.learnin_rate", "of any shape", "param_grid.learnin_rate: is not a parameter of LightGBM"),
        ("param_grid.learnin_rate", {}, "did you mean learning_rate?"),
        ("param_grid.boosting_type", ["gbdt", "goss"], "by data_sample_strategy: [goss]"),
        ("groups", "patient", "groups: cannot be set: folds are shuffled rows"),
        ("cv", 5, "their number is called folds, such as folds: 5"),
        ("group_column", "patient", "know neither groups nor time"),
        ("dataset.groups", "patient", "dataset.groups: cannot be set: folds are shuffled rows"),
        ("sample_weight", "w", "every row counts alike; scale_pos_weight in the grid weighs the positive class"),
        ("direction", "minimize", "it follows from the metric; remove it"),
        ("n_trials", 50, "every point of the grid is a trial"),
        ("early_stopping_rounds", 5, "write it inside param_grid, such as param_grid: {early_stopping_rounds: [...]}"),
        ("library", "LGBM", "library: 'LGBM' cannot be used; write lightgbm"),
        ("library", "reg", "'reg' cannot be used; write one of xgboost, lightgbm, catboost"),
        ("dataset.task", "classification", "write binary for two classes, multiclass for more"),
        ("positive-class", "yes", "did you mean positive_class?"),
        (
            "positive_class",
            {"name": "yes"},
            "write one of the target's two classes, or null for the one that sorts second",
        ),
        (
            "param_grid.learning_rate",
            [0, 5, 1, 5],
            "0 is too small: it must be above 0; 5 is written more than once and counts once; a comma separates",
        ),
        ("foldz", 5, "foldz: is not a field of a spec; did you mean folds?"),
        ("scoring", "r2", "is not a field of a spec; write metrics"),
        ("dataset.traget", "y", "did you mean target?"),
        ("target", "y", "is a field of the data set; write it inside dataset"),
        ("dataset.positive_class", "yes", "is a field of the spec, not of dataset; write it beside dataset"),
        ("dataset.folds", 3, "is a field of the spec, not of dataset; write it beside dataset"),
    ],
)
def test_the_message_names_field_value_and_fix(field, value, message):
    assert message in str(errors_of(with_value(field, value)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"seed: {'9' * 5_000}", "a whole number of 5,000 digits is too large; write a smaller one (line 1, character"),
        ("name: !!python/name [1]", "the tag python/name means nothing here; remove it"),
        ("name: !range 1", "the tag !range means nothing here; remove it"),
        ("name: x\n\tlibrary: y", "a tab stands where blanks belong; write blanks before a line"),
        ("\tname: x", "a tab stands where blanks belong; write blanks before a line"),
        ("name: x\n---\nname: y", "a second document begins; write one spec to a file"),
        ("[1, 2]: x", "a list or mapping stands as a name; write a text before the colon"),
        ("? {a: 1}\n: x", "a list or mapping stands as a name; write a text before the colon"),
        ("name: a: b", "a colon has no place here"),
        ("name: 'x", "a quoted text has no end"),
        ("name: *x", "the alias *x refers to nothing; write the values"),
        ("name: {a: 1", "a comma or } is missing"),
        ("name: @x", "@ cannot begin a value; put the text in quotes"),
        ("name: x\n  y: 1\n z: 2", "is not YAML: "),
        ("null: x", "null is not the name of a field; write one of name"),
        ("name: !!binary '?'", "name: a value of type bytes cannot be used; write a text"),
        ("name: !!timestamp now", "has a value that cannot be read; write numbers, texts"),
    ],
)
def test_what_is_not_yaml_is_told_in_our_words(text, message):
    with pytest.raises(InvalidSpec) as caught:
        SweepSpec.from_yaml(text)
    assert message in str(caught.value)
    assert not FORBIDDEN.search(str(caught.value)), caught.value
    assert re.search("write|use|remove|mend", str(caught.value))


@pytest.mark.parametrize(
    ("name", "written", "message"),
    [
        (
            "n_estimators",
            {"choices": [5, 6]},
            "{choices: [5, 6]} is not a list of values; write the list",
        ),
        ("boosting_type", {"choices": ["gbdt", "dart"]}, "write the list itself, [gbdt, dart]"),
        ("n_estimators", {"value": 3}, "write the list itself, [3]"),
        ("extra_trees", {"values": [True, None]}, "write the list itself, [true, null]"),
        ("n_estimators", {"grid_search": [3, 5]}, "write the list itself, [3, 5]"),
        ("n_estimators", {"_type": "choice", "_value": [3, 5]}, "write the list itself, [3, 5]"),
        ("n_estimators", {"_type": "quniform", "_value": [3, 9, 2]}, "write the range 3:9:2"),
        ("learning_rate", {"_type": "loguniform", "_value": [0.01, 0.05]}, "such as logspace(0.01, 0.05, 5)"),
        ("n_estimators", {"type": "int", "low": 3, "high": 9}, "{type: int, low: 3, high: 9} is not a list"),
        ("n_estimators", {"low": 3, "high": 11}, "write a range, such as 3:11:2"),
        ("learning_rate", {"low": 0.01, "high": 0.02, "log": True}, "log: true} is not a list of values; write the"),
        ("n_estimators", {"min_value": 3, "max_value": 9, "step": 2}, "write the range 3:9:2"),
        ("learning_rate", {"start": 0.1, "stop": 0.5, "step": 0.1}, "write the range 0.1:0.5:0.1"),
        ("learning_rate", {"MinValue": "0.1", "MaxValue": "0.5"}, "such as linspace(0.1, 0.5, 5)"),
        ("n_estimators", {"distribution": "q_uniform", "min": 3, "max": 9, "q": 2}, "write the range 3:9:2"),
        ("n_estimators", {"low": 9, "high": 3}, "write a list, such as ["),
        ("boosting_type", {"low": 1, "high": 3}, "write a list, such as ["),
        ("n_estimators", [yaml.safe_load("2024-01-01")], "the date 2024-01-01 cannot be a value"),
        ("n_estimators", ["2024-01-01"], "'2024-01-01' is a date, which no parameter takes; write a list, such as ["),
        ("n_estimators", "0x1F", "'0x1F' is not written in decimal digits; write 31"),
        ("n_estimators", list(range(1, 10_002)), "10,001 values are too many; 10,000 is the most"),
        ("n_estimators", ["1:6000", "6001:12000"], "these are more than 10,000 values; write fewer"),
        ("lr", [0.1], "is not a parameter of LightGBM that a grid can set; write learning_rate"),
        ("learning_rate", [-1.0], "-1 is too small"),
    ],
)
def test_values_of_other_programs_are_answered_with_the_same_in_ours(name, written, message):
    assert message in str(errors_of(SPEC | {"param_grid": {name: written}}))


@pytest.mark.parametrize("name", ["od_type", "od_pval"])
def test_catboosts_own_way_to_stop_early_names_ours(name):
    raw = SPEC | {"library": "catboost", "param_grid": {name: [10]}}
    assert "that a grid can set; write early_stopping_rounds" in str(errors_of(raw))


@pytest.mark.parametrize(
    ("task", "written", "message"),
    [
        (
            "regression",
            ["mphe"],
            "'mphe' is not offered; the nearest is mape: write it, or another of rmse, mae",
        ),
        ("regression", ["rmsle"], "the nearest is rmse"),
        ("regression", ["neg_mean_squared_log_error"], "the nearest is rmse"),
        ("regression", ["smape"], "the nearest is mape"),
        ("regression", ["mean_squared_error"], "the nearest is rmse"),
        ("binary", ["f1_macro"], "the nearest is f1"),
        ("multiclass", ["f1_macro"], "'f1_macro' is not a metric; write f1"),
        ("binary", ["f1_weighted"], "the nearest is f1"),
        ("binary", ["top_k_accuracy"], "the nearest is accuracy"),
        ("binary", ["balanced_accuracy"], "the nearest is f1"),
        ("binary", ["binary_error"], "the nearest is accuracy"),
        ("binary", ["roc_auc_ovr"], "the nearest is roc_auc"),
        ("binary", ["Logloss@0.5"], "the nearest is log_loss"),
        ("binary", ["acuracy"], "'acuracy' is not a metric; write accuracy"),
        ("regression", "rmse, r2", "'rmse, r2' is not a list; write [rmse, r2]"),
        ("regression", "[rmse r2]", "write [rmse, r2]"),
        ("binary", ["beauty"], "write one or more of log_loss, accuracy, f1, roc_auc, precision, recall, average_prec"),
        ("binary", ["rmse"], "rmse does not score binary; write one or more of log_loss, accuracy"),
        ("regression", ["roc_auc_score"], "'roc_auc_score' scores no regression; write one or more of rmse, mae"),
    ],
)
def test_a_metric_that_is_another_one_is_not_called_ours(task, written, message):
    assert message in str(errors_of(SPEC | {"metrics": written, "dataset": SPEC["dataset"] | {"task": task}}))


def test_a_name_is_stripped_as_in_the_form():
    spec = SweepSpec.parse(SPEC | {"name": " First look "})
    assert spec.name == "First look"


def test_faults_of_grid_and_fields_are_told_together():
    raw = SPEC | {"folds": 1, "param_grid": {"max_dept": [3], "learning_rate": ["fast"]}}
    fields = [error.field for error in errors_of(raw).errors]
    assert fields == ["param_grid.max_dept", "param_grid.learning_rate", "folds"]


def test_of_many_faults_the_first_are_told():
    errors = errors_of(SPEC | {f"field{number}" + "x" * 1_000: 1 for number in range(500)}).errors
    assert len(errors) == 11
    assert errors[-1].message == "has 490 more errors; mend these first"
    assert all(len(error.field) <= 100 for error in errors)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(
            [
                "a: &a0 [x, x, x, x, x, x, x, x, x]",
                *(f"{'b' * n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)),
                "param_grid: {max_depth: [*a8]}",
            ]
        ),
        "\n".join(
            [
                "a: &a0 {x: 1}",
                *(f"{'b' * n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 9)),
                "param_grid: *a8",
            ]
        ),
        "param_grid: &a {max_depth: [*a]}",
        "param_grid: &a [[*a]]",
    ],
)
def test_aliases_that_multiply_are_refused_at_once_and_in_short(text):
    made, told = calls_until_refused(lambda: SweepSpec.from_yaml(text), InvalidSpec)
    assert made < 100_000
    assert "alias" in str(told)
    assert len(str(told)) < 300


def test_aliases_of_a_usual_size_are_read():
    text = yaml.safe_dump({name: part for name, part in SPEC.items() if name != "param_grid"})
    text += "param_grid:\n- &base {max_depth: [3, 4], num_leaves: [7]}\n- {<<: *base, learning_rate: [0.1]}\n"
    first, second = SweepSpec.from_yaml(text).param_grid
    assert second == {**first, "learning_rate": (0.1,)}


def test_a_long_list_is_quoted_in_part():
    error = errors_of(SPEC | {"param_grid": {"max_depth": [[["x"] * 100_000]]}})
    assert len(str(error)) < 300
