"""What the catalog promises to those who read it."""

from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalog import Library, Preset, TaskType, library_catalog
from shared.catalog.model import ParameterKind, RoundsSharing, Severity
from shared.catalog.validation import check_grid, check_value, normalise_value
from shared.planning import full_params

GROUPS = {"Boosting", "Tree shape", "Sampling", "Regularisation", "Binning", "Categories", "Other"}
#: parameters that write files, choose hardware or talk, and what decides how early stopping goes
FORBIDDEN = {
    "allow_writing_files", "callbacks", "device", "device_type", "devices", "eval_metric",
    "metric", "n_jobs", "nthread", "num_threads", "objective", "loss_function", "od_type", "od_pval", "output_model",
    "save_snapshot", "silent", "snapshot_file", "task_type", "thread_count", "train_dir", "use_best_model", "verbose",
    "verbosity",
}  # fmt: skip
SIZES = {Preset.QUICK: (8, 18), Preset.STANDARD: (50, 150), Preset.THOROUGH: (200, 999)}

every_library = pytest.mark.parametrize("library", list(Library))


def full(library, **params):
    defaults = {parameter.name: parameter.default for parameter in library_catalog(library).parameters}
    assert params.keys() <= defaults.keys()
    return defaults | params


def preset_grid(library, task, preset):
    parameters = library_catalog(library).parameters
    return {each.name: each.grids[preset] for each in parameters if preset in each.grids and task in each.tasks}


def issues(library, task=TaskType.REGRESSION, **params):
    return check_grid(library, task, [{name: (value,) for name, value in params.items()}])


def legal_values(parameter):
    """Strategy: what a grid may hold for the parameter, to the ends of its range."""
    match parameter.kind:
        case ParameterKind.BOOL:
            values = st.booleans()
        case ParameterKind.CHOICE:
            values = st.sampled_from(parameter.choices)
        case ParameterKind.INT:
            low, high = int(parameter.low), int(parameter.high)
            values = st.integers(low, high) | st.integers(low, min(high, 64))
        case ParameterKind.FLOAT:
            values = st.floats(
                parameter.low,
                parameter.high if parameter.high is not None else 1e6,
                exclude_min=parameter.low_open,
                allow_subnormal=False,
            )
    return st.none() | values if parameter.nullable else values


@every_library
def test_a_catalog_describes_enough_to_tune(library):
    catalog = library_catalog(library)
    assert len(catalog.parameters) >= 25
    assert catalog.parameter(catalog.rounds_parameter).kind is ParameterKind.INT
    assert catalog.parameter(catalog.seed_parameter).default == 0


@every_library
def test_names_and_aliases_are_unambiguous_and_harmless(library):
    names = [name for each in library_catalog(library).parameters for name in (each.name, *each.aliases)]
    assert len(names) == len(set(names))
    assert not set(names) & FORBIDDEN


@pytest.mark.parametrize(
    ("library", "parameter"),
    [
        pytest.param(library, parameter, id=f"{library}-{parameter.name}")
        for library in Library
        for parameter in library_catalog(library).parameters
    ],
)
def test_a_parameter_is_complete_and_offers_only_what_it_allows(library, parameter):
    assert parameter.group in GROUPS
    assert parameter.help.endswith(".")
    assert 20 < len(parameter.help) < 160
    assert parameter.tasks
    assert parameter.suggested
    assert (parameter.kind is ParameterKind.CHOICE) == bool(parameter.choices)
    for values in (parameter.suggested, *parameter.grids.values(), (parameter.default,)):
        for value in values:
            assert check_value(parameter, value) is None
            normal = normalise_value(parameter, value)
            assert (type(normal), normal) == (type(value), value)
        assert len(set(values)) == len(values)


@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("task", list(TaskType))
@every_library
def test_a_preset_is_a_grid_of_its_size_without_any_issue(library, task, preset):
    grid = preset_grid(library, task, preset)
    smallest, largest = SIZES[preset]
    assert smallest <= prod(map(len, grid.values())) <= largest
    assert check_grid(library, task, [grid]) == []


@every_library
def test_the_defaults_break_no_rule(library):
    assert [rule.message for rule in library_catalog(library).rules if rule.broken(full(library))] == []


@every_library
def test_a_parameter_is_found_by_name_and_by_alias_only(library):
    catalog = library_catalog(library)
    for parameter in catalog.parameters:
        assert all(catalog.parameter(name) is parameter for name in (parameter.name, *parameter.aliases))
    assert catalog.parameter("train_dir") is None


@pytest.mark.slow
@every_library
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_the_canonical_form_is_legal_and_its_own_canonical_form(library, data):
    catalog = library_catalog(library)
    point = {each.name: data.draw(legal_values(each), label=each.name) for each in catalog.parameters}
    once = full_params(library, point, 0)
    assert full_params(library, once, 0) == once
    for parameter in catalog.parameters:
        assert check_value(parameter, once[parameter.name]) is None


@pytest.mark.slow
@every_library
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_every_legal_point_has_a_cost_and_a_way_of_sharing(library, data):
    catalog = library_catalog(library)
    point = {each.name: data.draw(legal_values(each), label=each.name) for each in catalog.parameters}
    assert 0 < catalog.relative_cost(point) < float("inf")
    assert catalog.rounds_sharing(point) in RoundsSharing


@every_library
def test_the_equivalences_of_a_parameter_read_all_that_their_inputs_depend_on(library):
    reads = {}
    for each in library_catalog(library).equivalences:
        reads.setdefault(each.parameter, {each.parameter}).update(each.reads)
    for names in reads.values():
        assert all(reads.get(name, set()) <= names for name in names)


@pytest.mark.parametrize(
    ("library", "params", "canonical"),
    [
        (Library.XGBOOST, {}, {"learning_rate": 0.3, "reg_lambda": 1.0, "tree_method": "hist"}),
        (Library.XGBOOST, {"booster": "gblinear"}, {"learning_rate": 0.5, "reg_lambda": 0.0}),
        (
            Library.XGBOOST,
            {"booster": "gblinear", "max_depth": 3, "subsample": 0.5},
            {"max_depth": 6, "subsample": 1.0},
        ),
        (Library.XGBOOST, {"booster": "gblinear", "num_parallel_tree": 3}, {"num_parallel_tree": 1}),
        (Library.XGBOOST, {"max_depth": 4, "max_leaves": 16}, {"max_leaves": 0}),
        (Library.XGBOOST, {"max_depth": 4, "max_leaves": 15}, {"max_leaves": 15}),
        (Library.XGBOOST, {"max_depth": 0, "max_leaves": 15}, {"max_leaves": 15}),
        (Library.XGBOOST, {"tree_method": "exact", "max_bin": 64}, {"max_bin": 256}),
        (Library.XGBOOST, {"tree_method": "approx", "max_bin": 64}, {"max_bin": 64}),
        (Library.XGBOOST, {"random_state": 7}, {"random_state": 0}),
        (Library.XGBOOST, {"random_state": 7, "subsample": 0.9}, {"random_state": 7}),
        (Library.XGBOOST, {"random_state": 7, "colsample_bynode": 0.9}, {"random_state": 7}),
        (Library.XGBOOST, {"random_state": 7, "booster": "dart"}, {"random_state": 7}),
        (Library.XGBOOST, {"rate_drop": 0.5, "skip_drop": 0.5}, {"rate_drop": 0.0, "skip_drop": 0.0}),
        (Library.XGBOOST, {"early_stopping_rounds": 50, "n_estimators": 50}, {"early_stopping_rounds": 49}),
        (Library.XGBOOST, {"early_stopping_rounds": 80, "n_estimators": 50}, {"early_stopping_rounds": 49}),
        (Library.XGBOOST, {"early_stopping_rounds": 48, "n_estimators": 50}, {"early_stopping_rounds": 48}),
        (Library.XGBOOST, {"n_estimators": 50}, {"early_stopping_rounds": None}),
        (Library.LIGHTGBM, {"early_stopping_rounds": 80, "n_estimators": 50}, {"early_stopping_rounds": 49}),
        (Library.CATBOOST, {"early_stopping_rounds": 80, "iterations": 50}, {"early_stopping_rounds": 49}),
        (Library.CATBOOST, {"early_stopping_rounds": 5, "iterations": 1}, {"early_stopping_rounds": 1}),
        (Library.XGBOOST, {"booster": "dart", "rate_drop": 0.5, "skip_drop": 0.5}, {"skip_drop": 0.5}),
        (Library.XGBOOST, {"booster": "dart", "one_drop": True, "skip_drop": 0.5}, {"skip_drop": 0.5}),
        (Library.LIGHTGBM, {"subsample": 0.5}, {"subsample": 1.0, "subsample_freq": 0}),
        (Library.LIGHTGBM, {"subsample_freq": 3}, {"subsample": 1.0, "subsample_freq": 0}),
        (Library.LIGHTGBM, {"subsample": 0.5, "subsample_freq": 3}, {"subsample": 0.5, "subsample_freq": 3}),
        (Library.LIGHTGBM, {"max_depth": 3, "num_leaves": 31}, {"num_leaves": 8}),
        (Library.LIGHTGBM, {"max_depth": 5, "num_leaves": 31}, {"num_leaves": 31}),
        (Library.LIGHTGBM, {"max_depth": 0}, {"max_depth": -1, "num_leaves": 31}),
        (Library.LIGHTGBM, {"random_state": 7}, {"random_state": 7}),
        (Library.LIGHTGBM, {"top_rate": 0.5}, {"top_rate": 0.2}),
        (Library.LIGHTGBM, {"top_rate": 0.5, "data_sample_strategy": "goss"}, {"top_rate": 0.5}),
        (Library.LIGHTGBM, {"boosting_type": "rf", "learning_rate": 0.5}, {"learning_rate": 0.1}),
        (Library.LIGHTGBM, {"path_smooth": 1.0, "min_child_samples": 0}, {"min_child_samples": 0}),
        (Library.CATBOOST, {}, {"learning_rate": None, "l2_leaf_reg": None, "model_shrink_rate": 0.0}),
        (Library.CATBOOST, {"learning_rate": 0.1}, {"l2_leaf_reg": 3.0}),
        (Library.CATBOOST, {"langevin": True}, {"model_shrink_rate": None}),
        (Library.CATBOOST, {"grow_policy": "Lossguide"}, {"max_leaves": 31}),
        (Library.CATBOOST, {"grow_policy": "Lossguide", "depth": 4}, {"max_leaves": 16}),
        (Library.CATBOOST, {"min_data_in_leaf": 20}, {"min_data_in_leaf": 1}),
        (Library.CATBOOST, {"min_data_in_leaf": 20, "grow_policy": "Depthwise"}, {"min_data_in_leaf": 20}),
        (Library.CATBOOST, {"bootstrap_type": "Bayesian"}, {"bagging_temperature": 1.0}),
        (Library.CATBOOST, {"random_seed": 7, "bootstrap_type": "No"}, {"random_seed": 7}),
    ],
)
def test_points_that_are_one_model_have_one_form(library, params, canonical):
    found = full_params(library, params, 0)
    assert {name: found[name] for name in canonical} == canonical


@pytest.mark.parametrize(
    ("library", "params", "sharing"),
    [
        (Library.XGBOOST, {}, RoundsSharing.PREFIX),
        (Library.XGBOOST, {"tree_method": "exact"}, RoundsSharing.PREFIX),
        (Library.XGBOOST, {"subsample": 0.5, "colsample_bylevel": 0.5}, RoundsSharing.PREFIX),
        (Library.XGBOOST, {"num_parallel_tree": 4}, RoundsSharing.PREFIX),
        (Library.XGBOOST, {"booster": "dart"}, RoundsSharing.DURING_TRAINING),
        (Library.XGBOOST, {"booster": "gblinear"}, RoundsSharing.DURING_TRAINING),
        (Library.XGBOOST, {"booster": "another"}, RoundsSharing.NONE),
        (Library.LIGHTGBM, {}, RoundsSharing.PREFIX),
        (Library.LIGHTGBM, {"boosting_type": "rf"}, RoundsSharing.PREFIX),
        (Library.LIGHTGBM, {"data_sample_strategy": "goss"}, RoundsSharing.PREFIX),
        (Library.LIGHTGBM, {"linear_tree": True}, RoundsSharing.PREFIX),
        (Library.LIGHTGBM, {"boosting_type": "dart"}, RoundsSharing.DURING_TRAINING),
        (Library.LIGHTGBM, {"boosting_type": "another"}, RoundsSharing.NONE),
        (Library.CATBOOST, {}, RoundsSharing.NONE),
        (Library.CATBOOST, {"learning_rate": 0.1}, RoundsSharing.PREFIX),
        (Library.CATBOOST, {"l2_leaf_reg": 3.0}, RoundsSharing.NONE),
        (Library.CATBOOST, {"learning_rate": 0.1, "langevin": True}, RoundsSharing.NONE),
        (Library.CATBOOST, {"learning_rate": 0.1, "model_shrink_rate": 0.1}, RoundsSharing.NONE),
        (Library.CATBOOST, {"learning_rate": 0.1, "model_shrink_rate": 0.0}, RoundsSharing.PREFIX),
    ],
)
def test_rounds_are_shared_where_that_is_known_to_be_exact(library, params, sharing):
    assert library_catalog(library).rounds_sharing(full(library, **params)) is sharing


@every_library
def test_rounds_are_not_shared_with_a_parameter_that_the_catalog_does_not_know(library):
    params = full(library, learning_rate=0.1) | {"posterior_sampling": False}
    assert library_catalog(library).rounds_sharing(params) is RoundsSharing.NONE


@pytest.mark.parametrize(
    ("library", "cheap", "dear"),
    [
        (Library.XGBOOST, {"n_estimators": 100}, {"n_estimators": 101}),
        (Library.XGBOOST, {"max_depth": 4}, {"max_depth": 8}),
        (Library.XGBOOST, {"max_depth": 10, "max_leaves": 31}, {"max_depth": 10}),
        (Library.XGBOOST, {"max_bin": 64}, {"max_bin": 256}),
        (Library.XGBOOST, {"tree_method": "hist"}, {"tree_method": "exact"}),
        (Library.XGBOOST, {"booster": "gblinear"}, {}),
        (Library.XGBOOST, {}, {"booster": "dart"}),
        (Library.XGBOOST, {}, {"num_parallel_tree": 2}),
        (Library.LIGHTGBM, {"n_estimators": 100}, {"n_estimators": 101}),
        (Library.LIGHTGBM, {"num_leaves": 31}, {"num_leaves": 63}),
        (Library.LIGHTGBM, {"num_leaves": 63, "max_depth": 4}, {"num_leaves": 63}),
        (Library.LIGHTGBM, {"max_bin": 63}, {}),
        (Library.LIGHTGBM, {}, {"boosting_type": "dart"}),
        (Library.CATBOOST, {"iterations": 100}, {"iterations": 101}),
        (Library.CATBOOST, {"depth": 6}, {"depth": 8}),
        (Library.CATBOOST, {"depth": 8, "grow_policy": "Lossguide"}, {"depth": 8, "grow_policy": "Depthwise"}),
        (Library.CATBOOST, {}, {"grow_policy": "Depthwise"}),
        (Library.CATBOOST, {}, {"boosting_type": "Ordered"}),
        (Library.CATBOOST, {"border_count": 32}, {}),
    ],
)
def test_the_estimate_orders_fits_by_their_cost(library, cheap, dear):
    cost = library_catalog(library).relative_cost
    assert cost(full(library, **cheap)) < cost(full(library, **dear))


@pytest.mark.parametrize(
    ("library", "task", "params", "parameter"),
    [
        (Library.XGBOOST, "regression", {"tree_method": "exact", "max_depth": 0}, "max_depth"),
        (Library.XGBOOST, "regression", {"tree_method": "exact", "colsample_bynode": 0.5}, "colsample_bynode"),
        (Library.LIGHTGBM, "regression", {"boosting_type": "rf"}, "boosting_type"),
        (Library.LIGHTGBM, "regression", {"boosting_type": "rf", "subsample": 0.5}, "boosting_type"),
        (
            Library.LIGHTGBM,
            "regression",
            {"data_sample_strategy": "goss", "subsample": 0.5, "subsample_freq": 1},
            "data_sample_strategy",
        ),
        (
            Library.LIGHTGBM,
            "regression",
            {"data_sample_strategy": "goss", "top_rate": 0.6, "other_rate": 0.5},
            "top_rate",
        ),
        (Library.LIGHTGBM, "regression", {"linear_tree": True, "use_quantized_grad": True}, "linear_tree"),
        (Library.LIGHTGBM, "binary", {"is_unbalance": True, "scale_pos_weight": 2.0}, "is_unbalance"),
        (Library.CATBOOST, "regression", {"max_leaves": 31}, "max_leaves"),
        (Library.CATBOOST, "regression", {"boosting_type": "Ordered", "grow_policy": "Depthwise"}, "boosting_type"),
        (
            Library.CATBOOST,
            "regression",
            {"sampling_frequency": "PerTreeLevel", "grow_policy": "Lossguide"},
            "sampling_frequency",
        ),
        (
            Library.CATBOOST,
            "regression",
            {"bagging_temperature": 1.0, "bootstrap_type": "Bernoulli"},
            "bagging_temperature",
        ),
        (Library.CATBOOST, "regression", {"subsample": 0.5, "bootstrap_type": "No"}, "subsample"),
        (Library.CATBOOST, "multiclass", {"subsample": 0.5}, "subsample"),
        (Library.CATBOOST, "binary", {"auto_class_weights": "Balanced", "scale_pos_weight": 2.0}, "auto_class_weights"),
        (Library.CATBOOST, "regression", {"learning_rate": 0.1, "model_shrink_rate": 10.0}, "model_shrink_rate"),
    ],
)
def test_a_combination_that_the_library_refuses_is_an_error_at_its_field(library, task, params, parameter):
    found = issues(library, TaskType(task), **params)
    assert [(each.field, each.severity) for each in found if each.is_error] == [
        (f"param_grid.{parameter}", Severity.ERROR)
    ]


@pytest.mark.parametrize(
    ("library", "task", "params", "parameter"),
    [
        (Library.XGBOOST, "regression", {"booster": "gblinear", "max_depth": 3}, "max_depth"),
        (Library.XGBOOST, "regression", {"tree_method": "exact", "max_leaves": 31}, "max_leaves"),
        (Library.XGBOOST, "regression", {"max_depth": 4, "max_leaves": 31}, "max_leaves"),
        (Library.XGBOOST, "regression", {"grow_policy": "lossguide"}, "grow_policy"),
        (Library.XGBOOST, "regression", {"num_parallel_tree": 4}, "num_parallel_tree"),
        (Library.XGBOOST, "regression", {"rate_drop": 0.1}, "rate_drop"),
        (Library.XGBOOST, "regression", {"booster": "dart"}, "rate_drop"),
        (Library.XGBOOST, "regression", {"random_state": 1}, "random_state"),
        (Library.LIGHTGBM, "regression", {"subsample": 0.5}, "subsample"),
        (Library.LIGHTGBM, "regression", {"subsample_freq": 1}, "subsample_freq"),
        (Library.LIGHTGBM, "regression", {"num_leaves": 63, "max_depth": 5}, "num_leaves"),
        (
            Library.LIGHTGBM,
            "regression",
            {"data_sample_strategy": "goss", "n_estimators": 100, "learning_rate": 0.01},
            "data_sample_strategy",
        ),
        (Library.LIGHTGBM, "regression", {"path_smooth": 1.0, "min_child_samples": 1}, "min_child_samples"),
        (Library.LIGHTGBM, "regression", {"num_grad_quant_bins": 8}, "num_grad_quant_bins"),
        (Library.CATBOOST, "regression", {"min_data_in_leaf": 5}, "min_data_in_leaf"),
        (Library.CATBOOST, "regression", {"bagging_temperature": 2.0}, "bagging_temperature"),
        (Library.CATBOOST, "binary", {"bagging_temperature": 2.0, "bootstrap_type": "MVS"}, "bagging_temperature"),
        (Library.CATBOOST, "regression", {"grow_policy": "Lossguide", "depth": 4, "max_leaves": 31}, "max_leaves"),
        (Library.CATBOOST, "regression", {"l2_leaf_reg": 1.0}, "l2_leaf_reg"),
    ],
)
def test_what_is_wasteful_or_without_effect_is_a_warning_at_its_field(library, task, params, parameter):
    found = issues(library, TaskType(task), **params)
    assert [(each.field, each.severity) for each in found] == [(f"param_grid.{parameter}", Severity.WARNING)]


@pytest.mark.parametrize(
    ("library", "task", "params"),
    [
        (Library.XGBOOST, "regression", {"grow_policy": "lossguide", "max_leaves": 31}),
        (Library.XGBOOST, "regression", {"booster": "gblinear", "learning_rate": 0.1, "reg_alpha": 1.0}),
        (Library.XGBOOST, "regression", {"booster": "dart", "rate_drop": 0.1, "skip_drop": 0.5}),
        (Library.XGBOOST, "regression", {"random_state": 1, "subsample": 0.5}),
        (Library.LIGHTGBM, "regression", {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1}),
        (Library.LIGHTGBM, "regression", {"boosting_type": "rf", "colsample_bytree": 0.5}),
        (Library.LIGHTGBM, "regression", {"data_sample_strategy": "goss", "top_rate": 0.3}),
        (Library.CATBOOST, "regression", {"grow_policy": "Lossguide", "max_leaves": 31}),
        (Library.CATBOOST, "regression", {"subsample": 0.5}),
        (Library.CATBOOST, "multiclass", {"subsample": 0.5, "bootstrap_type": "Bernoulli"}),
        (Library.CATBOOST, "multiclass", {"bagging_temperature": 2.0}),
        (Library.CATBOOST, "regression", {"l2_leaf_reg": 1.0, "learning_rate": 0.1}),
    ],
)
def test_a_sound_combination_has_no_issue(library, task, params):
    assert issues(library, TaskType(task), **params) == []
