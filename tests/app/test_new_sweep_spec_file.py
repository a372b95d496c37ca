"""A new sweep from a file with its spec."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from dashboard.app_pages.common.sweep_actions import CLONED_SPEC
from dashboard.sweep_form import Draft
from shared import operations
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


def fraud(dashboard, **changes):
    """Return a spec of a stored table with two classes, by the table's name."""
    frame = pd.DataFrame({"x": range(40), "size": range(40, 80), "y": ["fraud", "legit"] * 20})
    operations.store_frame(frame, "payments", dashboard.store)
    dataset = {"name": "payments", "target": "y", "task": "binary"} | changes.pop("dataset", {})
    return make_spec(library="xgboost", dataset=dataset, metrics=["f1"], param_grid={"max_depth": [2]}, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"positive_class": "fruad"}, "positive_class: 'fruad' is no class of target 'y'; did you mean 'fraud'?"),
        ({"dataset": {"target": "Y"}}, "dataset: data set payments has no column 'Y'; did you mean 'y'?"),
        ({"dataset": {"task": "multiclass"}}, "dataset: target 'y' has 2 classes"),
        ({"dataset": {"name": "paymenst"}}, "dataset: no stored data set named 'paymenst'; did you mean 'payments'?"),
        ({"trial_timeout_seconds": 1e-7}, "trial_timeout_seconds: 1e-07 is below"),
    ],
)
def test_a_spec_that_does_not_fit_its_table_is_refused_and_never_mended_silently(dashboard, changes, said):
    spec = fraud(dashboard, **changes)
    at = dashboard.open("new_sweep")
    at.file_uploader[0].upload("spec.yaml", spec.to_yaml().encode()).run()
    assert said in texts(at)
    assert at.selectbox(key="new_dataset").value == "diabetes", "the form is as it was"


def test_a_spec_of_a_built_in_set_with_another_target_is_refused(dashboard):
    at = dashboard.open("new_sweep")
    for dataset, said in (
        ({"name": "diabetes", "target": "nope", "task": "regression"}, "has no column 'nope'"),
        ({"name": "diabetes", "target": "target", "task": "multiclass"}, "target 'target' has"),
        (
            {"name": "diabetes", "content_hash": "a" * 64, "target": "target", "task": "regression"},
            "diabetes here differs from the one of the spec; remove its content_hash",
        ),
    ):
        metrics = ["rmse" if dataset["task"] == "regression" else "accuracy"]
        spec = make_spec(library="xgboost", dataset=dataset, metrics=metrics, param_grid={"max_depth": [2]})
        at.file_uploader[0].upload("spec.yaml", spec.to_yaml().encode()).run()
        assert said in texts(at)


def test_a_spec_that_was_launched_with_a_built_in_set_is_imported_with_its_hash(dashboard):
    info = operations.store_named("diabetes", dashboard.store)
    dataset = {"name": "diabetes", "content_hash": info.content_hash, "target": "target", "task": "regression"}
    at = dashboard.open("new_sweep")
    spec = make_spec(name="Again", library="xgboost", dataset=dataset, param_grid={"max_depth": [2]})
    at.file_uploader[0].upload("spec.yaml", spec.to_yaml().encode()).run()
    assert at.text_input(key="new_name").value == "Again"


def test_a_json_spec_by_a_tables_name_is_what_the_name_means(dashboard):
    spec = fraud(dashboard, positive_class="fraud", trial_timeout_seconds=0.05)
    at = dashboard.open("new_sweep")
    at.file_uploader[0].upload("spec.json", json.dumps(spec.model_dump(mode="json")).encode()).run()
    assert not at.exception
    assert at.selectbox(key="new_dataset").value == dashboard.store.datasets()[0].content_hash
    at.button(key="launch").click().run()
    launched = dashboard.store.summaries()[0].sweep.spec
    assert (launched.positive_class, launched.trial_timeout_seconds) == ("fraud", 0.05)
    assert launched.metrics == ("f1",)


def test_a_spec_of_a_data_set_that_is_not_stored_here_says_so(dashboard):
    at = dashboard.open("new_sweep")
    spec = make_spec(dataset={"name": "theirs.csv", "content_hash": "a" * 64, "target": "y", "task": "regression"})
    at.file_uploader[0].upload("spec.yaml", spec.to_yaml().encode()).run()

    assert at.button(key="launch").disabled
    assert at.error[0].proto.title == "This data set cannot be used"


def stored(dashboard, name, last):
    frame = pd.DataFrame({"x": range(40), "y": [*(0.5 * number for number in range(39)), last]})
    return operations.store_frame(frame, name, dashboard.store)


def spec_of(name, content_hash):
    dataset = {"name": name, "content_hash": content_hash, "target": "y", "task": "regression"}
    return make_spec(library="xgboost", dataset=dataset, param_grid={"max_depth": [2]}, folds=3)


@pytest.mark.parametrize("name", ["zeros", "diabetes"])
def test_a_spec_whose_hash_is_of_a_table_of_another_name_is_refused(dashboard, name):
    info = stored(dashboard, "sales", 1.0)
    stored(dashboard, "zeros", 2.0)
    at = dashboard.open("new_sweep")
    at.file_uploader[0].upload("spec.yaml", spec_of(name, info.content_hash).to_yaml().encode()).run()

    assert "the content_hash is that of 'sales' and the name that of" in texts(at)
    assert at.selectbox(key="new_dataset").value == "diabetes", "the form is as it was"


def test_a_spec_of_an_earlier_table_of_its_name_says_so(dashboard):
    earlier, _ = stored(dashboard, "sales", 1.0), stored(dashboard, "sales", 2.0)
    at = dashboard.open("new_sweep")
    at.file_uploader[0].upload("spec.yaml", spec_of("sales", earlier.content_hash).to_yaml().encode()).run()

    assert at.selectbox(key="new_dataset").value == earlier.content_hash
    assert any("'sales' means another table now" in info.value for info in at.info)


def test_a_spec_of_a_renamed_table_says_so_and_is_launched(dashboard):
    info = stored(dashboard, "sales", 1.0)
    operations.rename_dataset("sales", "sold", dashboard.store)
    at = dashboard.open("new_sweep")
    at.file_uploader[0].upload("spec.yaml", spec_of("sales", info.content_hash).to_yaml().encode()).run()

    assert any("is stored as 'sales'" in info.value for info in at.info)
    at.button(key="launch").click().run()
    assert dashboard.store.summaries()[0].sweep.spec.dataset.content_hash == info.content_hash


def draft_id(at):
    return "".join(at.query_params["draft"])


def draft_of(dashboard, at):
    return Draft.decode(dashboard.store.load_draft(draft_id(at)))


def typed(dashboard):
    """A form in which every kind of field was touched, one not valid, and its draft."""
    at = dashboard.open("new_sweep")
    at.get_by_key("new_library").set_value("lightgbm").run()
    at.selectbox(key="new_dataset").set_value("wine").run()
    at.text_input(key="new_name").set_value("Mine").run()
    at.multiselect(key="new_metrics").set_value(["log_loss", "accuracy"]).run()
    for key, number in (("new_folds", 7), ("new_seed", 3), ("new_limit", 60.0)):
        at.number_input(key=key).set_value(number).run()
    at.toggle(key="new_racing").set_value(True).run()
    at.text_input(key="new_grid_num_leaves").set_value("7, fifteen").run()
    return at, draft_of(dashboard, at)


def importing(at, name):
    dataset = {"name": "diabetes", "target": "target", "task": "regression"}
    spec = make_spec(name=name, library="catboost", dataset=dataset, param_grid=[{"depth": [2]}, {"depth": [4]}])
    return at.file_uploader[0].upload("spec.yaml", spec.to_yaml().encode()).run()


BACK = "new_form_back"


def test_what_an_import_took_the_place_of_comes_back_in_every_field(dashboard):
    at, before = typed(dashboard)
    importing(at, "Theirs")
    assert at.text_input(key="new_name").value == "Theirs"
    assert "**Theirs** took the place of what was on the form." in texts(at)

    again = dashboard.open("new_sweep", {"draft": draft_id(at)})  # after a reload, too
    again.button(key=BACK).click().run()
    assert draft_of(dashboard, again) == before
    assert again.text_input(key="new_grid_num_leaves").value == "7, fifteen"
    assert again.selectbox(key="new_dataset").value == "wine"
    assert BACK not in [button.key for button in again.button]


def test_two_imports_are_taken_back_one_after_the_other(dashboard):
    at, before = typed(dashboard)
    importing(importing(at, "One"), "Two").button(key=BACK).click().run()
    assert at.text_input(key="new_name").value == "One"
    at.button(key=BACK).click().run()
    assert draft_of(dashboard, at) == before


def test_what_an_import_took_the_place_of_can_be_let_go(dashboard):
    at, _ = typed(dashboard)
    importing(at, "Theirs").button(key="new_form_kept").click().run()
    assert at.text_input(key="new_name").value == "Theirs"
    assert BACK not in [button.key for button in at.button]


def test_an_import_over_a_form_that_nobody_touched_offers_nothing(dashboard):
    assert BACK not in [button.key for button in importing(dashboard.open("new_sweep"), "Theirs").button]


def test_what_a_clone_took_the_place_of_comes_back(dashboard):
    at, before = typed(dashboard)
    at.session_state[CLONED_SPEC] = make_spec(name="Depth", library="xgboost", param_grid={"max_depth": [2]})
    at.run()
    assert at.text_input(key="new_name").value == "Depth (copy)"
    at.button(key=BACK).click().run()
    assert draft_of(dashboard, at) == before


def test_a_draft_too_large_with_what_was_before_is_kept_without_it(dashboard, monkeypatch):
    at, before = typed(dashboard)
    monkeypatch.setattr("dashboard.app_pages.new_sweep.drafts.LARGEST_DRAFT_BYTES", len(before.encode()))
    importing(at, "Theirs")
    kept = draft_of(dashboard, at)
    assert (kept.form.name, kept.before) == ("Theirs", None)
    at.button(key=BACK).click().run()
    assert draft_of(dashboard, at) == before
