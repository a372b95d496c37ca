"""A new sweep from a file with its spec."""

from __future__ import annotations

import pytest

from shared.testing import make_spec
from tests.app.conftest import texts

pytestmark = pytest.mark.slow


def test_imports_a_spec_and_exports_it_again(dashboard):
    at = dashboard.open("new_sweep")
    spec = make_spec(
        name="From a file",
        library="lightgbm",
        dataset={"name": "diabetes", "target": "target", "task": "regression"},
        param_grid={"num_leaves": [7, 15], "learning_rate": [0.1]},
        folds=4,
        rounds_curve=True,
        racing=True,
    )
    at.file_uploader[0].upload("spec.yaml", spec.to_yaml().encode()).run()

    assert not at.exception
    assert at.text_input(key="new_name").value == "From a file"
    assert at.session_state["new_library"] == "lightgbm"
    assert at.text_input(key="new_grid_num_leaves").value == "7, 15"
    at.button(key="launch").click().run()
    launched = dashboard.store.summaries()[0].sweep.spec
    assert launched.param_grid == spec.param_grid
    assert launched.folds == 4
    assert launched.rounds_curve
    assert launched.racing


@pytest.mark.parametrize("content", [b"name: [", b"name: x\nfolds: 1\n", b"\xff\xfe"])
def test_a_spec_file_that_is_wrong_says_why_and_leaves_the_form(dashboard, content):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_grid_max_depth").set_value("9").run()
    at.file_uploader[0].upload("spec.yaml", content).run()

    assert not at.exception
    assert ":red[:material/error:" in texts(at)
    assert at.text_input(key="new_grid_max_depth").value == "9"


def test_a_spec_of_a_data_set_that_is_not_stored_here_says_so(dashboard):
    at = dashboard.open("new_sweep")
    spec = make_spec(dataset={"name": "theirs.csv", "content_hash": "a" * 64, "target": "y", "task": "regression"})
    at.file_uploader[0].upload("spec.yaml", spec.to_yaml().encode()).run()

    assert at.button(key="launch").disabled
    assert at.error[0].proto.title == "This data set cannot be used"
