"""What is said of a spec before it is launched."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shared.domain import SweepSpec
from tests.support.shell import SPEC, run, succeed

pytestmark = pytest.mark.usefixtures("home")


def test_check_tells_size_and_warnings_and_launches_nothing(store, home):
    text = SPEC.replace("[0.1, 0.2, 0.3]", "[0.1, 0.2], n_estimators: [10, 20], rate_drop: [0.5]")
    (home / "spec.yaml").write_text(text)
    size, warning = succeed("check", "spec.yaml").stdout.splitlines()
    assert size == "XGBoost on diabetes: 4 trials, 6 fits over 3 folds"
    assert warning.startswith("Warning: param_grid.rate_drop: ")
    assert store.summaries() == []


def test_a_grid_too_large_to_be_compared_is_checked_without_a_walk_over_it(store, home, monkeypatch):
    monkeypatch.setattr("shared.command_line.steering.plan_sweep", lambda spec: pytest.fail("was planned"))
    grid = f"{list(range(1, 1001))}, num_leaves: {list(range(2, 1002))}"
    text = SPEC.replace("xgboost", "lightgbm").replace("learning_rate: [0.1, 0.2, 0.3]", f"max_depth: {grid}")
    (home / "spec.yaml").write_text(text)
    size, warning, *_ = succeed("check", "spec.yaml").stdout.splitlines()
    assert size.startswith("LightGBM on diabetes: at most 1,000,000 trials on 3 folds each; ")
    assert "7,987 of the 1,000,000 combinations" in warning


@pytest.mark.parametrize(
    ("name", "target", "message"),
    [("diabtes", "target", "no stored data set named 'diabtes'"), ("diabetes", "targt", "has no column 'targt'")],
)
def test_check_refuses_what_cannot_be_launched(home, name, target, message):
    (home / "spec.yaml").write_text(SPEC.replace("diabetes", name).replace("target: target", f"target: {target}"))
    result = run("check", "spec.yaml")
    assert result.exit_code == 1
    assert message in result.stderr


def test_points_that_are_one_model_are_told(store, home):
    (home / "spec.yaml").write_text(SPEC.replace("[0.1, 0.2, 0.3]", "[0.1], rate_drop: [0.1, 0.5]"))
    size, why, *_ = succeed("check", "spec.yaml").stdout.splitlines()
    assert size.endswith("1 trial (2 points, 1 of which is the same model as another), 3 fits over 3 folds")
    assert why == "Same model: rate_drop has no effect unless booster=dart"


FRAUD = """\
name: Fraud
library: xgboost
dataset: {name: fraud.csv, target: y, task: binary}
param_grid: {scale_pos_weight: [1, 17.5]}
metrics: [f1]
folds: 2
"""


def test_the_positive_class_is_named_before_and_after_the_launch(home, store):
    pd.DataFrame({"x": range(12), "y": ["fraud"] * 4 + ["legit"] * 8}).to_csv("fraud.csv", index=False)
    succeed("store", "fraud.csv")
    (home / "spec.yaml").write_text(FRAUD, encoding="utf-8")
    checked = succeed("check", "spec.yaml").output
    assert "Warning: param_grid.scale_pos_weight: 17.5 weighs up the positive class 'legit'" in checked
    assert checked.endswith("The positive class is 'legit', the other 'fraud'; ranked by f1 of 'legit'\n")

    (home / "spec.yaml").write_text(FRAUD + "positive_class: fraud\n", encoding="utf-8")
    launched = succeed("launch", "spec.yaml", "--no-follow")
    assert "Warning" not in launched.stderr
    assert "The positive class is 'fraud', the other 'legit'; ranked by f1 of 'fraud'" in launched.stderr
    sweep_id = launched.stdout.strip()
    assert SweepSpec.from_yaml(succeed("spec", sweep_id).stdout).positive_class == "fraud"
    (summary,) = store.summaries()
    assert summary.sweep.classes == ("fraud", "legit")

    (home / "spec.yaml").write_text(FRAUD + "positive_class: Fraud\n", encoding="utf-8")
    refused = run("check", "spec.yaml")
    assert refused.exit_code == 1
    assert "its classes are 'fraud' and 'legit'" in refused.output


def of_table(frame, target="price", **fields):
    """Store a table as mine and return a spec on it."""
    frame.to_csv("mine.csv", index=False)
    succeed("store", "mine.csv", "--name", "mine")
    lines = {
        "name": "Mine",
        "library": "xgboost",
        "dataset": f"{{name: mine, target: {target}, task: regression}}",
        "param_grid": "{max_depth: [2]}",
        "metrics": "[rmse]",
        "folds": "3",
    } | fields
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


NUMBERS = np.random.default_rng(0).normal(size=60)


@pytest.mark.parametrize("command", [["check"], ["launch", "--no-follow"]])
@pytest.mark.parametrize(
    ("prices", "message"),
    [
        (1e-4 * NUMBERS, "column 'price' has a standard deviation of 9e-05, from which XGBoost learns little"),
        (1e-42 * NUMBERS, "column 'price' has a standard deviation of 9e-43, from which XGBoost learns little"),
        (1e9 + np.round(NUMBERS, 2), "in the 32 bits of the libraries"),
    ],
)
def test_what_is_odd_about_the_table_is_said_before_a_launch_too(home, command, prices, message):
    frame = pd.DataFrame({"a": NUMBERS[::-1].round(3), "price": prices})
    (home / "spec.yaml").write_text(of_table(frame))
    assert message in succeed(*command, "spec.yaml").output


def test_a_copy_of_the_target_is_said_before_a_launch_too(home):
    frame = pd.DataFrame({"a": NUMBERS[::-1].round(3), "price": NUMBERS, "copy": NUMBERS})
    (home / "spec.yaml").write_text(of_table(frame))
    assert "Warning: dataset: column 'copy' equals the target 'price'" in succeed("check", "spec.yaml").output


def test_of_an_ordinary_table_nothing_is_said(home):
    (home / "spec.yaml").write_text(of_table(pd.DataFrame({"a": NUMBERS[::-1].round(3), "price": NUMBERS})))
    assert "Warning" not in succeed("check", "spec.yaml").output


def test_percentages_of_a_target_that_is_zero_are_warned_of(home):
    frame = pd.DataFrame({"a": NUMBERS[::-1].round(3), "price": np.where(NUMBERS < 0, 0, NUMBERS)})
    (home / "spec.yaml").write_text(of_table(frame, metrics="[rmse, mape]"))
    zeros = int((NUMBERS < 0).sum())
    said = succeed("check", "spec.yaml").output
    assert f"Warning: metrics: the target, by which mape divides, is 0 in {zeros} rows" in said
    (home / "spec.yaml").write_text(of_table(frame))
    assert "mape" not in succeed("check", "spec.yaml").output


@pytest.mark.parametrize(
    ("rows", "folds", "fix"), [(6, 4, "write folds: 3, or fewer, or"), (3, 2, "bring more rows, or")]
)
@pytest.mark.parametrize("command", [["check"], ["launch", "--no-follow"]])
def test_r2_of_folds_of_one_row_is_refused(home, store, command, rows, folds, fix):
    frame = pd.DataFrame({"a": NUMBERS[:rows].round(3), "price": NUMBERS[rows : 2 * rows]})
    (home / "spec.yaml").write_text(of_table(frame, metrics="[r2]", folds=folds))
    result = run(*command, "spec.yaml")
    assert result.exit_code == 1
    assert (
        f"folds: {folds} folds of {rows} rows leave folds of one row, of which there is no r2; {fix}" in result.output
    )
    assert store.summaries() == []
    (home / "spec.yaml").write_text(of_table(frame, metrics="[rmse]", folds=folds))
    succeed("check", "spec.yaml")
