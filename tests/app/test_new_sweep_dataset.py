"""The data set of a new sweep, its target and classes, and the metrics that follow from them."""

from __future__ import annotations

import pandas as pd
import pytest
import streamlit as st

from shared import operations
from shared.errors import DatasetError
from tests.app.conftest import texts

pytestmark = pytest.mark.slow


def test_metrics_follow_the_task(dashboard):
    at = dashboard.open("new_sweep")
    at.selectbox(key="new_dataset").select("wine").run()

    assert at.session_state["new_task"] == "multiclass"
    assert at.session_state["new_metrics"] == ["log_loss"]
    assert not at.button(key="launch").disabled


def test_a_browser_that_hears_too_late_of_new_metrics_does_not_empty_them(dashboard):
    at = dashboard.open("new_sweep")
    at.selectbox(key="new_dataset").select("wine").run()
    at.multiselect(key="new_metrics").set_value([]).run()
    assert at.session_state["new_metrics"] == ["log_loss"]

    at.multiselect(key="new_metrics").set_value([]).run()
    assert at.session_state["new_metrics"] == []


def test_no_metric_is_said_at_the_field(dashboard):
    at = dashboard.open("new_sweep")
    at.multiselect(key="new_metrics").set_value([]).run()

    assert at.button(key="launch").disabled
    assert "**Metrics**: Choose at least one metric" in texts(at)


def test_a_field_without_a_metric_is_not_valid_to_a_screen_reader(dashboard):
    at = dashboard.open("new_sweep")
    assert at.get_by_key("new_metrics").label == "Metrics"
    at.get_by_key("new_metrics").set_value([]).run()
    assert at.get_by_key("new_metrics").label == "Metrics · not valid"


def test_a_data_set_that_cannot_be_had_says_so_and_leaves_the_others(dashboard, monkeypatch):
    def damaged(name: str) -> pd.DataFrame:
        raise DatasetError("california_housing.parquet is not the file that Boostgrid comes with")

    at = dashboard.open("new_sweep")
    st.cache_resource.clear()
    with monkeypatch.context() as installation:
        installation.setattr("shared.datasets.load_named", damaged)
        at.selectbox(key="new_dataset").select("california_housing").run()
        assert "is not the file" in at.error[0].value
        assert at.button(key="launch").disabled

    at.selectbox(key="new_dataset").select("diabetes").run()
    assert not at.error
    assert not at.button(key="launch").disabled


def test_an_upload_is_stored_and_chosen(dashboard):
    at = dashboard.open("new_sweep")
    rows = "\n".join(f"{number},{number % 7},{number * 0.5}" for number in range(60))
    at.file_uploader[1].upload("mine.csv", f"a,b,price\n{rows}".encode()).run()

    stored = dashboard.store.datasets()
    assert [info.name for info in stored] == ["mine.csv"]
    assert at.selectbox(key="new_dataset").value == stored[0].content_hash
    assert at.selectbox(key="new_target").value == "price"
    assert at.session_state["new_task"] == "regression"
    assert "Column 'a' counts the rows" in at.warning[0].value.replace("\\", "")

    at.button(key="launch").click().run()
    assert dashboard.store.summaries()[0].sweep.spec.dataset.name == "mine.csv"


def test_an_upload_that_cannot_be_read_says_why_and_changes_nothing(dashboard):
    at = dashboard.open("new_sweep")
    at.file_uploader[1].upload("mine.csv", b"a,a\n1,2\n").run()

    assert "'a' occurs more than once" in at.error[0].value
    assert at.selectbox(key="new_dataset").value == "diabetes"


def test_a_target_that_cannot_be_predicted_is_said(dashboard):
    at = dashboard.open("new_sweep")
    at.file_uploader[1].upload("same.csv", b"a,b\n" + b"".join(b"%d,1\n" % n for n in range(15))).run()

    assert at.button(key="launch").disabled
    assert "**Target**" in texts(at)


FRAUD = b"x,y\n" + b"".join(b"%d,%s\n" % (number, b"fraud" if number < 8 else b"legit") for number in range(40))


def with_fraud(dashboard):
    at = dashboard.open("new_sweep")
    at.file_uploader[1].upload("fraud.csv", FRAUD).run()
    at.get_by_key("new_metrics").set_value(["f1", "roc_auc"]).run()
    return at


def test_the_positive_class_is_named_chosen_and_launched(dashboard):
    at = with_fraud(dashboard)
    choice = at.get_by_key("new_positive_class")
    assert choice.options == ["fraud · 8 rows", "legit · 32 rows"]
    assert choice.value == "legit"
    assert "F1 of 'legit'" in at.get_by_key("new_metrics").options

    choice.set_value("fraud").run()
    assert "F1 of 'fraud'" in at.get_by_key("new_metrics").options
    at.button(key="launch").click().run()
    (summary,) = dashboard.store.summaries()
    assert summary.sweep.spec.metrics == ("f1", "roc_auc")
    assert summary.sweep.spec.positive_class == "fraud"
    assert summary.sweep.classes == ("fraud", "legit")


def test_the_class_that_sorts_second_is_launched_as_the_default(dashboard):
    at = with_fraud(dashboard)
    at.button(key="launch").click().run()
    (summary,) = dashboard.store.summaries()
    assert summary.sweep.spec.positive_class is None
    assert summary.sweep.positive_class == "legit"


def test_the_positive_class_of_one_table_is_not_carried_to_another(dashboard):
    for name, rare in (("one", 10), ("two", 30)):
        frame = pd.DataFrame({"x": range(40), "y": [0] * rare + [1] * (40 - rare), "z": [1, 0] * 20})
        operations.store_frame(frame, name, dashboard.store, "y")
    hashes = {info.name: info.content_hash for info in dashboard.store.datasets()}
    at = dashboard.open("new_sweep")
    at.selectbox(key="new_dataset").select(hashes["one"]).run()
    at.get_by_key("new_positive_class").set_value("0").run()
    at.selectbox(key="new_target").select("z").run()
    assert at.session_state["new_positive_class"] == "1"
    at.selectbox(key="new_target").select("y").run()
    at.get_by_key("new_positive_class").set_value("0").run()
    at.selectbox(key="new_dataset").select(hashes["two"]).run()
    assert at.session_state["new_positive_class"] == "1"


def test_another_target_has_no_positive_class(dashboard):
    at = with_fraud(dashboard)
    at.selectbox(key="new_target").select("x").run()
    assert not at.exception
    assert not [each for each in at.get("button_group") if each.key == "new_positive_class"]
    at.selectbox(key="new_dataset").select("diabetes").run()
    at.button(key="launch").click().run()
    assert dashboard.store.summaries()[0].sweep.spec.positive_class is None


def test_a_weight_on_the_commoner_class_is_said_at_the_field_before_the_launch(dashboard):
    at = with_fraud(dashboard)
    at.selectbox(key="new_added_parameter").select("scale_pos_weight").run()
    at.text_input(key="new_grid_scale_pos_weight").set_value("1, 17.5").run()
    assert "weighs up the positive class 'legit', which is the commoner one" in texts(at)
    assert not at.button(key="launch").disabled

    at.get_by_key("new_positive_class").set_value("fraud").run()
    assert "weighs up" not in texts(at)


def test_a_target_of_too_many_classes_says_so_and_nothing_that_cannot_be_done(dashboard):
    content = b"x,name\n" + b"".join(b"%d,n%d\n" % (number, number % 150) for number in range(300))
    at = dashboard.open("new_sweep")
    at.file_uploader[1].upload("names.csv", content).run()
    at.selectbox(key="new_target").select("name").run()
    said = texts(at)
    assert "has 150 classes of text, more than 100; merge rare ones, or choose another target." in said
    assert "choose classification" not in said
    assert "beside the fields" not in said
    assert not [each for each in at.get("popover") if "errors" in each.proto.popover.label]
    assert at.button(key="launch").disabled

    at.selectbox(key="new_target").select("x").run()
    assert not at.button(key="launch").disabled


def test_the_launch_is_a_shortcut_away_and_what_is_done_closes(dashboard):
    def popovers(at):
        return {each.proto.popover.label: each.proto.id for each in at.get("popover")}

    at = dashboard.open("new_sweep")
    assert at.button(key="launch").proto.shortcut == "ctrl+enter"
    before = popovers(at)
    at.file_uploader[1].upload("mine.csv", FRAUD).run()
    after = popovers(at)
    assert before["Upload"] != after["Upload"]
    assert before["Import spec"] == after["Import spec"]
    spec = (
        b"name: n\nlibrary: xgboost\nmetrics: [rmse]\nparam_grid: {}\n"
        b"dataset: {name: diabetes, target: target, task: regression}"
    )
    at.file_uploader[0].upload("spec.yaml", spec).run()
    assert popovers(at)["Import spec"] != after["Import spec"]


def test_a_metric_by_the_name_that_it_had_with_another_positive_class_is_not_dropped(dashboard):
    at = with_fraud(dashboard)
    at.get_by_key("new_positive_class").set_value("fraud").run()
    at.session_state["new_metrics"] = ["F1 of 'legit'", "ROC AUC"]  # as a browser says that has not heard of it yet
    at.run()
    assert at.session_state["new_metrics"] == ["f1", "roc_auc"]


def test_a_data_set_that_was_deleted_while_the_form_is_open_is_said(dashboard):
    at = with_fraud(dashboard)
    operations.delete_dataset("fraud.csv", dashboard.store)
    at.run()
    assert not at.exception
    assert at.error[0].proto.title == "This data set cannot be used"
    assert at.error[0].value.startswith("The data set fraud.csv is not stored here, or no longer; ")
    assert at.button(key="launch").disabled
    at.selectbox(key="new_dataset").select("wine").run()
    assert not at.button(key="launch").disabled
