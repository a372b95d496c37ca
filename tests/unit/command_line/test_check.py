"""What is said of a spec before it is launched."""

from __future__ import annotations

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
