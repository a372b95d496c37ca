"""The form of a new sweep: it checks while one types, forgives, and launches."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboard.app_pages.new_sweep import dataset_choice
from shared.catalog import Library
from shared.domain import Priority
from shared.errors import DatasetError
from shared.planning.versions import installed_version
from shared.ports import WorkerReport
from shared.settings import DashboardSettings
from shared.testing import make_spec
from tests.app.conftest import Down, texts

pytestmark = pytest.mark.slow


def test_a_first_visit_can_be_launched_as_it_is(dashboard):
    at = dashboard.open("new_sweep")

    assert not at.button(key="launch").disabled
    assert "442 rows, 10 features, nothing missing" in texts(at)
    assert at.get("plotly_chart")


def test_launches_and_links_to_the_results(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_name").set_value("Mine").run()
    at.button(key="launch").click().run()

    summary = dashboard.store.summaries()[0]
    assert summary.sweep.spec.name == "Mine"
    assert summary.sweep.published
    assert dashboard.waiting() > 0
    assert "**Mine** is launched." in texts(at)


@pytest.mark.parametrize("priority", Priority)
def test_a_launch_has_the_priority_that_is_chosen(dashboard, priority):
    at = dashboard.open("new_sweep")
    assert at.selectbox(key="new_priority").value is Priority.NORMAL
    at.selectbox(key="new_priority").set_value(priority).run()
    at.button(key="launch").click().run()

    (queued,) = dashboard.store.queued_sweeps()
    assert queued.priority is priority
    listed = texts(dashboard.open("sweeps"))
    assert ("priority" in listed) == (priority is not Priority.NORMAL)
    assert priority is Priority.NORMAL or f"{priority} priority" in listed


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


def test_what_was_typed_survives_a_visit_to_another_page(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_grid_max_depth").set_value("3, oops").run()
    at.number_input(key="new_folds").set_value(7).run()

    at.switch_page("app_pages/sweeps/page.py").run()
    at.switch_page("app_pages/new_sweep/page.py").run()

    assert at.text_input(key="new_grid_max_depth").value == "3, oops"
    assert at.number_input(key="new_folds").value == 7


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


def test_the_page_does_not_write_over_a_name_that_may_be_typed_just_then(dashboard):
    at = dashboard.open("new_sweep")
    at.get_by_key("new_library").set_value("lightgbm").run()

    name = at.text_input(key="new_name")
    assert name.placeholder == "LightGBM on Diabetes"
    assert not name.value
    assert not name.proto.set_value


def test_without_a_name_the_sweep_has_the_suggested_one(dashboard):
    at = dashboard.open("new_sweep")
    at.button(key="launch").click().run()

    assert dashboard.store.summaries()[0].sweep.spec.name == "XGBoost on Diabetes"


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
    assert "**metrics**: Choose at least one metric" in texts(at)


def test_a_data_set_that_cannot_be_had_says_so_and_leaves_the_others(dashboard, monkeypatch):
    def damaged(name: str) -> pd.DataFrame:
        raise DatasetError("california_housing.parquet is not the file that Boostgrid comes with")

    at = dashboard.open("new_sweep")
    dataset_choice._load_named.clear()
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
    assert "**target**" in texts(at)


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


@pytest.mark.parametrize("option", ["rounds_curve", "racing"])
def test_options_are_switches_that_are_off_at_first(dashboard, option):
    at = dashboard.open("new_sweep")
    assert at.toggle(key=f"new_{option}").value is False

    at.toggle(key=f"new_{option}").set_value(True).run()
    at.button(key="launch").click().run()

    spec = dashboard.store.summaries()[0].sweep.spec
    assert {name for name in ("rounds_curve", "racing") if getattr(spec, name)} == {option}


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


def test_many_trials_are_launched_only_after_confirmation(dashboard, tmp_path):
    dashboard.settings = DashboardSettings(home=tmp_path, confirm_trials_above=5)
    at = dashboard.open("new_sweep")
    at.button(key="launch").click().run()
    assert "more than 5" in at.warning[0].value
    assert dashboard.store.summaries() == []

    at.button(key="confirm_launch").click().run()
    assert len(dashboard.store.summaries()) == 1


def test_a_confirmation_is_for_the_form_that_asked(dashboard, tmp_path):
    dashboard.settings = DashboardSettings(home=tmp_path, confirm_trials_above=5)
    at = dashboard.open("new_sweep")
    at.button(key="launch").click().run()
    at.number_input(key="new_folds").set_value(3).run()

    assert not at.warning


def test_a_broker_that_is_down_at_launch_loses_nothing(dashboard):
    at = dashboard.open("new_sweep")
    queue, dashboard.queue = dashboard.queue, Down("RabbitMQ")
    at.text_input(key="new_name").set_value("Mine").run()
    at.button(key="launch").click().run()
    assert at.error[0].proto.title == "RabbitMQ does not answer: nothing is lost"
    assert at.text_input(key="new_name").value == "Mine"

    dashboard.queue = queue
    at.button(key="launch").click().run()
    assert "is launched" in texts(at)


def test_an_outage_of_the_store_keeps_the_form(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_name").set_value("Mine").run()
    store, dashboard.store = dashboard.store, Down("MongoDB")
    at.run()
    assert at.error[0].proto.title == "MongoDB does not answer"

    dashboard.store = store
    at.run()
    assert not at.error
    assert at.text_input(key="new_name").value == "Mine"


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


def report_worker(dashboard, number, **versions):
    now = datetime.now(UTC)
    dashboard.store.report(
        WorkerReport(
            worker_id=f"worker-{number}",
            host="elsewhere",
            pid=number,
            started_at=now,
            reported_at=now,
            engines=1,
            threads=1,
            versions=versions,
        )
    )


def test_workers_with_another_version_are_told_of_before_the_launch(dashboard):
    report_worker(dashboard, 1, xgboost="0.9", lightgbm=installed_version(Library.LIGHTGBM))
    report_worker(dashboard, 2, xgboost=installed_version(Library.XGBOOST), lightgbm="0.8")
    at = dashboard.open("new_sweep")
    wanted = installed_version(Library.XGBOOST)
    assert f"Of 2 live workers 1 has XGBoost 0.9; a launch from here asks for {wanted}" in texts(at)
    assert not at.button(key="launch").disabled


def test_workers_with_the_same_version_are_no_news(dashboard):
    report_worker(dashboard, 1, xgboost=installed_version(Library.XGBOOST))
    assert "live worker" not in texts(dashboard.open("new_sweep"))


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
    assert summary.sweep.spec.positive_class == "fraud"
    assert summary.sweep.classes == ("fraud", "legit")


def test_the_class_that_sorts_second_is_launched_as_the_default(dashboard):
    at = with_fraud(dashboard)
    at.button(key="launch").click().run()
    (summary,) = dashboard.store.summaries()
    assert summary.sweep.spec.positive_class is None
    assert summary.sweep.positive_class == "legit"


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


def test_points_that_cannot_be_trained_on_the_table_are_said_before_the_launch(dashboard):
    at = dashboard.open("new_sweep")
    content = b"x,c,y\n" + b"".join(b"%d,%s,%d\n" % (number, b"ab"[number % 2 :][:1], number) for number in range(40))
    at.file_uploader[1].upload("text.csv", content).run()
    at.selectbox(key="new_added_parameter").select("booster").run()
    at.text_input(key="new_grid_booster").set_value("gbtree, gblinear").run()
    assert "of 24 points would fail: booster=gblinear cannot use the column of categories, 'c'" in texts(at)
    assert not at.button(key="launch").disabled

    at.text_input(key="new_grid_booster").set_value("gblinear").run()
    assert at.button(key="launch").disabled


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


def test_the_launch_is_a_shortcut_away_and_what_is_done_closes(dashboard):
    def popovers(at):
        return {each.proto.popover.label: each.proto.id for each in at.get("popover")}

    at = dashboard.open("new_sweep")
    assert at.button(key="launch").proto.shortcut == "ctrl+enter"
    before = popovers(at)
    at.file_uploader[1].upload("mine.csv", FRAUD).run()
    after = popovers(at)
    assert before["Upload"] != after["Upload"]
    assert before["Import YAML"] == after["Import YAML"]
    spec = (
        b"name: n\nlibrary: xgboost\nmetrics: [rmse]\nparam_grid: {}\n"
        b"dataset: {name: diabetes, target: target, task: regression}"
    )
    at.file_uploader[0].upload("spec.yaml", spec).run()
    assert popovers(at)["Import YAML"] != after["Import YAML"]
