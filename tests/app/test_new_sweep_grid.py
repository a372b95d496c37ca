"""The grid of a new sweep: it is checked and counted while one types."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from shared import operations
from tests.app.conftest import texts

pytestmark = pytest.mark.slow


def test_counts_trials_and_fits_as_one_types(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_grid_max_depth").set_value("2:6:2").run()
    at.text_input(key="new_grid_learning_rate").set_value("0.1").run()
    at.text_input(key="new_grid_n_estimators").set_value("100, 200").run()

    assert "**6 trials, 15 model fits**" in texts(at)
    assert at.text_input(key="new_grid_max_depth").label == "max_depth · 3 values"


@pytest.mark.parametrize("text", ["3, abc", "", "3:", "__import__('os')"])
def test_bad_values_are_said_at_the_field_and_kept(dashboard, text):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_grid_max_depth").set_value(text).run()

    assert at.text_input(key="new_grid_max_depth").value == text
    assert at.button(key="launch").disabled
    assert "**max_depth**" in texts(at)

    at.text_input(key="new_grid_max_depth").set_value("3").run()
    assert not at.button(key="launch").disabled


def test_a_preset_fills_the_grid_and_is_unmarked_once_changed(dashboard):
    at = dashboard.open("new_sweep")
    assert at.get_by_key("new_preset_quick").value == "quick"

    at.get_by_key("new_preset_quick").set_value("thorough").run()
    assert at.get_by_key("new_preset_thorough").value == "thorough"
    parameters = at.session_state["new_parameters"]
    assert len(parameters) > 3

    at.text_input(key=f"new_grid_{parameters[0]}").set_value("1").run()
    assert at.get_by_key("new_preset_own").value is None


def test_another_library_brings_its_own_parameters(dashboard):
    at = dashboard.open("new_sweep")
    at.get_by_key("new_library").set_value("catboost").run()

    assert not at.exception
    assert "depth" in at.session_state["new_parameters"]
    assert "max_depth" not in at.session_state["new_parameters"]
    assert at.text_input(key="new_name").placeholder == "CatBoost on Diabetes"
    assert not at.button(key="launch").disabled


def test_a_parameter_is_added_with_sensible_values_and_removed(dashboard):
    at = dashboard.open("new_sweep")
    at.selectbox(key="new_added_parameter").select("subsample").run()
    assert at.text_input(key="new_grid_subsample").value

    remove = at.button(key="remove_subsample")
    assert "Remove subsample" in remove.label
    remove.click().run()
    assert "subsample" not in at.session_state["new_parameters"]


def test_a_rule_between_parameters_is_said_at_the_field(dashboard):
    at = dashboard.open("new_sweep")
    at.get_by_key("new_library").set_value("catboost").run()
    at.selectbox(key="new_added_parameter").select("max_leaves").run()

    assert "grow_policy" in texts(at) or "Lossguide" in texts(at)


def test_says_how_many_points_are_the_same_model_and_why(dashboard):
    at = dashboard.open("new_sweep")
    for name, values in (("n_estimators", "100"), ("learning_rate", "0.1"), ("max_depth", "2, 3")):
        at.text_input(key=f"new_grid_{name}").set_value(values).run()
    assert "the same model" not in texts(at)

    at.selectbox(key="new_added_parameter").select("max_leaves").run()
    at.text_input(key="new_grid_max_leaves").set_value("0, 4, 5").run()
    at.selectbox(key="new_added_parameter").select("rate_drop").run()
    at.text_input(key="new_grid_rate_drop").set_value("0.1, 0.2").run()

    [said] = [caption for caption in at.caption if "the same model as another" in caption.value]
    why = "rate_drop has no effect unless booster=dart"
    assert f"8 of 12 points are the same model as another: {why} (and 1 more reason)." in said.value
    assert f"- {why}\n- a tree of max_depth levels has at most 2^max_depth leaves" in said.help


def test_points_that_cannot_be_trained_on_the_table_are_said_before_the_launch(dashboard):
    at = dashboard.open("new_sweep")
    content = b"x,c,y\n" + b"".join(b"%d,%s,%d\n" % (number, b"ab"[number % 2 :][:1], number) for number in range(40))
    at.file_uploader[1].upload("text.csv", content).run()
    at.selectbox(key="new_added_parameter").select("booster").run()
    at.text_input(key="new_grid_booster").set_value("gbtree, gblinear").run()
    said = re.search(r"\d of (\d+) trials would fail: booster=gblinear cannot use the column of", texts(at))
    assert said is not None
    assert f"**{said[1]} trials, " in texts(at)
    assert not at.button(key="launch").disabled

    at.text_input(key="new_grid_booster").set_value("gblinear").run()
    assert at.button(key="launch").disabled


def test_a_size_that_is_an_upper_bound_is_named_as_one_wherever_it_stands(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_grid_max_depth").set_value("1:200").run()
    at.selectbox(key="new_added_parameter").select("max_leaves").run()
    at.text_input(key="new_grid_max_leaves").set_value("1:200").run()
    assert re.search(r"\*\*At most ([\d,]+) trials, [\d,]+ model fits\*\*", texts(at))
    at.button(key="launch").click().run()
    assert [re.sub(r"[\d,]+", "N", each.proto.title) for each in at.warning] == ["Launch at most N trials?"]


def test_every_error_is_listed_and_its_field_says_that_it_is_not_valid(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_grid_max_depth").set_value("3, abc").run()
    at.text_input(key="new_grid_learning_rate").set_value("-1").run()
    assert at.text_input(key="new_grid_max_depth").label == "max_depth · not valid"
    assert "All 2 errors" in [each.proto.popover.label for each in at.get("popover")]
    assert texts(at).count("**max_depth**") == 1  # in the list; the one that is shown is the other
    assert "= " not in texts(at)

    at.text_input(key="new_grid_learning_rate").set_value("linspace(0.1, 0.3, 3)").run()
    assert "= 0.1, 0.2, 0.3" in texts(at)
    at.text_input(key="new_grid_max_depth").set_value("3").run()
    assert at.text_input(key="new_grid_max_depth").label == "max_depth · 1 value"


def test_a_grid_that_was_typed_comes_back_after_a_preset(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_grid_max_depth").set_value("7, 9").run()
    assert not [button for button in at.button if button.key == "new_typed_back"]
    at.get_by_key("new_preset_own").set_value("standard").run()
    assert at.text_input(key="new_grid_max_depth").value != "7, 9"

    at.button(key="new_typed_back").click().run()
    assert at.text_input(key="new_grid_max_depth").value == "7, 9"
    assert not [button for button in at.button if button.key == "new_typed_back"]


def test_a_grid_that_was_typed_comes_back_after_another_librarys_preset(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_grid_max_depth").set_value("7, 9").run()
    at.get_by_key("new_library").set_value("lightgbm").run()
    at.get_by_key("new_preset_own").set_value("quick").run()
    at.get_by_key("new_library").set_value("xgboost").run()
    assert at.text_input(key="new_grid_max_depth").value != "7, 9"
    at.get_by_key("new_library").set_value("lightgbm").run()
    at.get_by_key("new_library").set_value("xgboost").run()

    at.button(key="new_typed_back").click().run()
    assert at.text_input(key="new_grid_max_depth").value == "7, 9"


def test_what_another_library_does_not_have_is_said(dashboard):
    at = dashboard.open("new_sweep")
    for name, text in (("gamma", "0, 1"), ("max_depth", "7, 9")):
        if not [each for each in at.text_input if each.key == f"new_grid_{name}"]:
            at.selectbox(key="new_added_parameter").select(name).run()
        at.text_input(key=f"new_grid_{name}").set_value(text).run()
    at.get_by_key("new_library").set_value("catboost").run()
    assert "CatBoost has no gamma: left out here, and back with XGBoost." in texts(at)
    at.get_by_key("new_library").set_value("xgboost").run()
    assert "left out here" not in texts(at)
    assert at.text_input(key="new_grid_gamma").value == "0, 1"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("\u200b\u200b", "The name has only signs that nobody sees, such as U+200B; type it anew."),
        ("Sweep \u202e1", "The name has the sign U+202E, which turns the direction of the text; type it anew."),
        ("a\x07b", "The name has the control character U+0007; type it anew."),
        ("   ", "Give the sweep a name."),
    ],
)
def test_a_name_that_is_none_is_said_beside_the_field_and_in_its_own_name(dashboard, name, said):
    at = dashboard.open("new_sweep")
    assert at.text_input(key="new_name").label == "Name"
    at.text_input(key="new_name").set_value(name).run()
    assert at.text_input(key="new_name").label == "Name · not valid"
    assert said in texts(at).replace("\\", "")
    assert at.button(key="launch").disabled
    at.text_input(key="new_name").set_value("Good").run()
    assert at.text_input(key="new_name").label == "Name"


def test_a_data_set_a_target_and_a_file_that_are_of_no_use_say_so_in_their_names(dashboard):
    frame = pd.DataFrame({"x": range(40), "same": [1] * 40, "y": [0.5 * each for each in range(40)]})
    info = operations.store_frame(frame, "mine", dashboard.store)
    at = dashboard.open("new_sweep")
    at.selectbox(key="new_dataset").set_value(info.content_hash).run()
    assert (at.selectbox(key="new_dataset").label, at.selectbox(key="new_target").label) == ("Data set", "Target")
    at.selectbox(key="new_target").set_value("same").run()
    assert at.selectbox(key="new_target").label == "Target · not valid"
    at.selectbox(key="new_target").set_value("y").run()
    assert at.selectbox(key="new_target").label == "Target"

    at.file_uploader[1].upload("mine.csv", b"").run()
    assert at.file_uploader[1].label == "File · not valid"
    at.file_uploader[0].upload("spec.yaml", b"name: [").run()
    assert at.file_uploader[0].label == "Spec · not valid"

    dashboard.store.delete_dataset(info.content_hash)
    at.run()
    assert at.selectbox(key="new_dataset").label == "Data set · not valid"


THREE = """\
name: Three
library: lightgbm
metrics: [rmse]
folds: 3
param_grid:
- {max_depth: [3]}
- {max_depth: [2], learning_rate: [0.1, 0.2]}
- {}
dataset: {name: diabetes, target: target, task: regression}
"""


def test_a_warning_of_a_parameter_at_its_default_is_there_to_be_read(dashboard):
    at = dashboard.open("new_sweep")
    at.file_uploader[0].upload("spec.yaml", THREE.encode()).run()
    assert "2 warnings beside the grid" in texts(at)
    assert texts(at).replace("\\", "").count("**num_leaves**: Is more than a tree of max_depth levels can have") == 2


def test_further_grids_are_there_to_be_read_and_can_be_removed(dashboard):
    at = dashboard.open("new_sweep")
    at.file_uploader[0].upload("spec.yaml", THREE.encode()).run()
    said = texts(at).replace("\\", "")
    assert "**Grid 2** · learning_rate: 0.1, 0.2 · max_depth: 2" in said
    assert "**Grid 3** · the library's defaults" in said
    at.button(key="remove_further_grid_1").click().run()
    assert "**2 trials, " in texts(at)
    assert at.session_state["new_extra_grids"] == ({},)
