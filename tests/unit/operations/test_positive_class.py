"""The positive class: which one a spec has, what names it, and when a weight works against it."""

from __future__ import annotations

import pandas as pd
import pytest

from shared import operations
from shared.catalog import Metric, TaskType
from shared.domain import Sweep
from shared.errors import InvalidSpec
from shared.planning import identified_points
from shared.testing import InMemoryTaskQueue, make_spec, make_sweep

FRAUD = pd.DataFrame({"x": range(12), "y": ["fraud"] * 4 + ["legit"] * 8})


def spec_on(frame, store, **changes):
    operations.store_frame(frame, "mine", store)
    dataset = {"name": "mine", "target": "y", "task": TaskType.BINARY}
    return make_spec(**{"dataset": dataset, "metrics": [Metric.F1], "param_grid": {"max_depth": [3]}} | changes)


def ids(spec):
    return [trial_id for _, trial_id in identified_points(spec, "3.2.0")]


def test_the_class_that_sorts_second_is_the_default_and_the_same_trial_when_it_is_named(store):
    left_out = operations.bind_dataset(spec_on(FRAUD, store), store)
    named = operations.bind_dataset(spec_on(FRAUD, store, positive_class="legit"), store)
    other = operations.bind_dataset(spec_on(FRAUD, store, positive_class="fraud"), store)
    assert left_out.positive_class == named.positive_class == "legit"
    assert other.positive_class == "fraud"
    assert left_out.classes == other.classes == ("fraud", "legit")
    assert left_out.spec == named.spec
    assert ids(left_out.spec) == ids(named.spec) != ids(other.spec)


def test_a_launched_sweep_names_its_class_and_declares_the_same_trials_under_it(store):
    sweep = operations.launch(spec_on(FRAUD, store), store, InMemoryTaskQueue())
    stored = store.sweep(sweep.sweep_id)
    assert stored.metric_label(Metric.F1) == "F1 of 'legit'"
    assert stored.metric_name(Metric.F1) == "f1 of 'legit'"
    assert stored.metric_label(Metric.ACCURACY) == "Accuracy"
    assert stored.named_spec.positive_class == "legit"
    assert ids(operations.bind_dataset(stored.named_spec, store).spec) == ids(stored.spec)


def test_a_sweep_from_before_classes_were_kept_says_which_one_it_is():
    body = make_sweep(
        spec=make_spec(
            dataset={"name": "mine", "content_hash": "a" * 64, "target": "y", "task": "binary"}, metrics=["f1"]
        )
    ).model_dump(mode="json")
    del body["classes"], body["spec"]["positive_class"]
    assert Sweep.from_stored(body).metric_label(Metric.F1) == "F1 of the class that sorts second"


@pytest.mark.parametrize(
    ("values", "written", "positive"),
    [
        ([0, 1], 0, "0"),
        ([0, 1], "0", "0"),
        ([0, 1], False, "0"),
        ([False, True], False, "0"),
        ([2.0, 10.0], 2, "2"),
        ([2.0, 10.0], 2.0, "2"),
        (["no", "yes"], " no ", "no"),
        (["false", "true"], False, "false"),
        ([False, True], "False", "0"),
        ([False, True], "FALSE", "0"),
        (["false", "true"], "False", "false"),
        (["False", "True"], "False", "False"),
    ],
)
def test_classes_are_written_as_the_table_has_them(store, values, written, positive):
    frame = pd.DataFrame({"x": range(12), "y": values * 6})
    assert operations.bind_dataset(spec_on(frame, store, positive_class=written), store).spec.positive_class == positive


@pytest.mark.parametrize(("written", "hint"), [("Fraud", "did you mean 'fraud'? "), ("spam", ""), (1, ""), (True, "")])
def test_an_unknown_class_is_an_error_that_names_those_there_are(store, written, hint):
    with pytest.raises(InvalidSpec) as refused:
        operations.bind_dataset(spec_on(FRAUD, store, positive_class=written), store)
    (error,) = refused.value.errors
    assert error.field == "positive_class"
    assert error.message.endswith(f"is no class of target 'y'; {hint}its classes are 'fraud' and 'legit'")


def warned(spec, store):
    warnings = []
    operations.bind_dataset(spec, store, warnings)
    return [(each.field, each.message) for each in warnings]


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_a_weight_above_1_on_the_commoner_class_is_warned_of(store, library):
    weights = {"library": library, "param_grid": {"scale_pos_weight": [1, 17.5]}}
    ((field, message),) = warned(spec_on(FRAUD, store, **weights), store)
    assert field == "param_grid.scale_pos_weight"
    assert message == (
        "17.5 weighs up the positive class 'legit', which is the commoner one already (8 of 12 rows), at the cost of "
        "'fraud'; choose 'fraud' as the positive_class, or a weight below 1"
    )
    assert warned(spec_on(FRAUD, store, **weights, positive_class="fraud"), store) == []


def test_the_grid_of_several_that_has_the_weight_is_named(store):
    grids = [{"max_depth": [3]}, {"scale_pos_weight": [2.0]}]
    ((field, _),) = warned(spec_on(FRAUD, store, param_grid=grids), store)
    assert field == "param_grid.1.scale_pos_weight"


@pytest.mark.parametrize("values", [[1.0], [0.1, 0.5]])
def test_other_weights_are_nothing_to_speak_of(store, values):
    assert warned(spec_on(FRAUD, store, param_grid={"scale_pos_weight": values}), store) == []
