"""What YAML means in a spec: the grammar of the form, texts that stay texts, numbers that others read otherwise."""

from __future__ import annotations

import pytest

from shared.domain import SweepSpec
from shared.errors import InvalidSpec


def test_json_with_surrogate_pairs_is_read_and_half_of_one_refused():
    assert SweepSpec.from_yaml(spec_yaml(name='"Erster Blick \\ud83d\\ude00"')).name == "Erster Blick 😀"
    with pytest.raises(InvalidSpec, match="half of a surrogate pair"):
        SweepSpec.from_yaml(spec_yaml(name='"Erster Blick \\ud83d"'))


def spec_yaml(name="First look", library="lightgbm", grid="{n_estimators: [10]}", more=""):
    return f"""\
name: {name}
library: {library}
dataset: {{name: diabetes, target: target, task: regression}}
param_grid: {grid}
metrics: [rmse]
{more}
"""


def grid_of(grid, library="lightgbm", warnings=None):
    (read,) = SweepSpec.from_yaml(spec_yaml(grid=grid, library=library), warnings).param_grid
    return read


@pytest.mark.parametrize(
    ("grid", "name", "values"),
    [
        ("{max_depth: [3:11]}", "max_depth", tuple(range(3, 12))),
        ("{max_depth: [3:11:2]}", "max_depth", (3, 5, 7, 9, 11)),
        ("{max_depth: 3:11:2}", "max_depth", (3, 5, 7, 9, 11)),
        ("{max_depth: '3:11:2'}", "max_depth", (3, 5, 7, 9, 11)),
        ("{max_depth: [1, 3:9:2, 12]}", "max_depth", (1, 3, 5, 7, 9, 12)),
        ("{max_depth: [190:20:-85]}", "max_depth", (190, 105, 20)),
        ("{learning_rate: linspace(0.1, 0.5, 5)}", "learning_rate", (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("{learning_rate: [linspace(0.1, 0.5, 5)]}", "learning_rate", (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("{learning_rate: [1, logspace(0.001, 0.1, 3)], max_depth: 4}", "learning_rate", (1.0, 0.001, 0.01, 0.1)),
        ("\n  learning_rate: linspace(0.1, 0.3, 3), 0.7", "learning_rate", (0.1, 0.2, 0.3, 0.7)),
        ("\n  learning_rate:\n  - linspace(0.1, 0.3, 3)\n  - 1e-3", "learning_rate", (0.1, 0.2, 0.3, 0.001)),
        ("{learning_rate: [0.1:0.3:0.1]}", "learning_rate", (0.1, 0.2, 0.3)),
        ("{max_depth: 6}", "max_depth", (6,)),
        ("{n_estimators: [1_000, 1e3, 0]}".replace(", 0", ""), "n_estimators", (1000,)),
        ("{extra_trees: [yes, no]}", "extra_trees", (True, False)),
        ("{extra_trees: both}".replace("both", "true, max_depth: [3]"), "extra_trees", (True,)),
        ("{boosting_type: [GBDT, dart]}", "boosting_type", ("gbdt", "dart")),
        ("{boosting_type: gbdt}", "boosting_type", ("gbdt",)),
    ],
)
def test_form_and_yaml_have_one_grammar(grid, name, values):
    assert grid_of(grid)[name] == values


def test_a_choice_called_no_is_not_a_truth_value():
    assert grid_of("{bootstrap_type: [No, MVS]}", "catboost")["bootstrap_type"] == ("No", "MVS")


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("{num_leaves: [010, 020]}", "param_grid.num_leaves: 010 has a leading zero; write 10"),
        ("{num_leaves: ['010']}", "010 has a leading zero; write 10"),
        ("{num_leaves: 010}", "010 has a leading zero; write 10"),
        ("{num_leaves: [03:11]}", "03 has a leading zero; write 3"),
        ("{learning_rate: [00.5]}", "00.5 has a leading zero; write 0.5"),
        ("{learning_rate: [-01e-3]}", "-01e-3 has a leading zero; write -1e-3"),
        ("{num_leaves: [0x1F]}", "'0x1F' is not written in decimal digits; write 31"),
        ("{num_leaves: [11:3]}", "steps of 1 never lead from 11 to 3"),
        ("{learning_rate: [3:11]}", "give this range a step"),
        ("{learning_rate: [linspace(0.1, 0.5)]}", "write linspace(0.1, 0.5, 5)"),
        ("{learning_rate: [linspace(0.1, 0.5, 5}", "is not YAML"),
        ("{num_leaves: [!!int 010]}", "is not a whole number; write it in decimal digits"),
        ("{num_leaves: [2026-01-02]}", "param_grid.num_leaves: "),
    ],
)
def test_what_is_another_number_to_other_readers_is_refused(grid, message):
    with pytest.raises(InvalidSpec) as caught:
        SweepSpec.from_yaml(spec_yaml(grid=grid))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"more": "seed: 1:30"}, "seed: 1:30 has colons, and YAML readers differ"),
        ({"more": "folds: 05"}, "folds: 05 has a leading zero, and YAML readers differ"),
        ({"name": "12:30"}, "write the number in decimal digits, or '12:30' in quotes if it is a text"),
        ({"name": "007"}, "'007' in quotes"),
    ],
)
def test_such_numbers_are_refused_outside_the_grid_too(changes, message):
    with pytest.raises(InvalidSpec) as caught:
        SweepSpec.from_yaml(spec_yaml(**changes))
    assert message in str(caught.value)
    assert len(caught.value.errors) == 1


@pytest.mark.parametrize("name", ["'12:30'", "no", "on", "2026-13-01", "=", "1.2.3", "12:30 Uhr"])
def test_a_text_stays_a_text(name):
    assert SweepSpec.from_yaml(spec_yaml(name=name)).name == name.strip("'")


@pytest.mark.parametrize(
    ("library", "grid", "message"),
    [
        ("lightgbm", "{learning_rate: [0.1, 0.10, 1e-1, 0.2]}", "0.1 is written more than once and counts once"),
        ("lightgbm", "{n_estimators: [20, 20.0, 2e1, 30, 30]}", "20, 30 are written more than once and count once"),
        ("lightgbm", "{learning_rate: '0.1, 0.10'}", "0.1 is written more than once and counts once"),
        ("lightgbm", "{learning_rate: [1,5, 2,5]}", "write a fraction with a point, such as 0.5"),
        (
            "catboost",
            "{learning_rate: [None, 0.1]}",
            "'None' is read as null, by which the library decides; write null",
        ),
    ],
)
def test_what_is_read_otherwise_than_written_is_said(library, grid, message):
    warnings = []
    grid_of(grid, library, warnings)
    assert message in warnings[0].message


def test_a_value_written_once_is_not_commented():
    warnings = []
    grid_of("{learning_rate: [0.1, 0.2, linspace(1, 2, 3)], n_estimators: [3:6]}", warnings=warnings)
    assert warnings == []
