"""What the catalog says of the libraries, held against the libraries themselves."""

import itertools
import math
import warnings

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from lightgbm.basic import _ConfigAliases

from shared.catalog import Library, TaskType, library_catalog
from shared.catalog.effects import INT32_MAX
from shared.catalog.model import EARLY_STOPPING, ParameterKind, RoundsSharing, Severity
from shared.catalog.validation import check_grid, check_value
from shared.planning import full_params

pytestmark = pytest.mark.slow

ROUNDS = 8
REFUSALS = (xgboost.core.XGBoostError, lightgbm.basic.LightGBMError, catboost.CatBoostError)
OBJECTIVES = {
    Library.XGBOOST: {
        TaskType.REGRESSION: "reg:squarederror",
        TaskType.BINARY: "binary:logistic",
        TaskType.MULTICLASS: "multi:softprob",
    },
    Library.LIGHTGBM: {
        TaskType.REGRESSION: "regression",
        TaskType.BINARY: "binary",
        TaskType.MULTICLASS: "multiclass",
    },
    Library.CATBOOST: {
        TaskType.REGRESSION: "RMSE",
        TaskType.BINARY: "Logloss",
        TaskType.MULTICLASS: "MultiClass",
    },
}
#: values that no sensible grid has, but a rule speaks of
EXTREMES = {"model_shrink_rate": [20.0], "max_depth": [0]}


def table(task, categorical):
    """500 rows of five numbers, some missing, and two columns of categories."""
    rng = np.random.default_rng(7)
    X = pd.DataFrame(rng.normal(size=(500, 5)), columns=list("abcde"))
    few, many = rng.integers(0, 3, 500), rng.integers(0, 12, 500)
    y = 2 * X.a + np.sin(3 * X.b) + X.c * X.d + few + rng.normal(size=12)[many] + rng.normal(scale=0.3, size=500)
    if task is TaskType.BINARY:
        y = (y > y.quantile(0.7)).astype(int)
    elif task is TaskType.MULTICLASS:
        y = pd.qcut(y, 3, labels=False)
    X.loc[rng.random(500) < 0.1, "e"] = np.nan
    if categorical:
        X["few"] = pd.Categorical([f"f{value}" for value in few])
        X["many"] = pd.Categorical([f"m{value}" for value in many])
    return X, y.to_numpy()


def takes_categories(library, params):
    """Whether the model takes categorical columns; XGBoost's linear booster and exact method refuse them."""
    return library is not Library.XGBOOST or (
        params.get("booster") != "gblinear" and params.get("tree_method") != "exact"
    )


def native(library, params):
    catalog = library_catalog(library)
    names = {parameter.name: parameter.native or parameter.name for parameter in catalog.parameters}
    return {names.get(name, name): value for name, value in params.items() if value is not None}


def train(library, params, task=TaskType.REGRESSION, categorical=None):
    """Train natively on ``params`` (canonical names or aliases) alone and return the predictions."""
    if categorical is None:
        categorical = takes_categories(library, params)
    X, y = table(task, categorical)
    classes = {"num_class": 3} if task is TaskType.MULTICLASS and library is not Library.CATBOOST else {}
    given_params = {**classes, **native(library, params)}
    objective = OBJECTIVES[library][task]
    match library:
        case Library.XGBOOST:
            rounds = given_params.pop("num_boost_round", ROUNDS)
            data = xgboost.DMatrix(X, y, enable_categorical=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a parameter is not used
                settings = {"objective": objective, "nthread": 1, **given_params}
                return xgboost.train(settings, data, rounds).predict(data)
        case Library.LIGHTGBM:
            settings = {"objective": objective, "num_threads": 1, "verbosity": -1, **given_params}
            rounds = {} if _ConfigAliases.get("num_iterations") & settings.keys() else {"num_iterations": ROUNDS}
            return lightgbm.train({**settings, **rounds}, lightgbm.Dataset(X, y)).predict(X)
        case Library.CATBOOST:
            pool = catboost.Pool(X, y, cat_features=["few", "many"] if categorical else [])
            counted = {"iterations", "n_estimators", "num_boost_round", "num_trees"} & given_params.keys()
            model = catboost.CatBoost(
                {
                    "loss_function": objective,
                    "thread_count": 1,
                    "verbose": False,
                    "allow_writing_files": False,
                    **({} if counted else {"iterations": ROUNDS}),
                    **given_params,
                }
            )
            return model.fit(pool).predict(pool, prediction_type="RawFormulaVal")


def everything(library, params, task):
    """Every parameter of the catalog as full_params has it, but for those without meaning for the task."""
    catalog = library_catalog(library)
    full = full_params(library, {catalog.rounds_parameter: ROUNDS, **params}, 0)
    return {name: value for name, value in full.items() if task in catalog.parameter(name).tasks}


def values_of(parameter, nullable=True):
    """The values of a parameter that the tests try."""
    offered = [parameter.default, *parameter.choices, *parameter.suggested, *itertools.chain(*parameter.grids.values())]
    values = list({(type(value), value): value for value in offered}.values())
    return values if nullable else [value for value in values if value is not None]


def edges_of(parameter):
    """The values of a parameter that the tests try, and the ends of its range."""
    number = int if parameter.kind is ParameterKind.INT else float
    ends = [
        number(end)
        for end, is_open in ((parameter.low, parameter.low_open), (parameter.high, parameter.high_open))
        if end is not None and not is_open and end < INT32_MAX
    ]
    return [*values_of(parameter), *ends, *EXTREMES.get(parameter.name, [])]


def errors_of(library, task, params):
    return [
        issue
        for issue in check_grid(library, task, [{name: (value,) for name, value in params.items()}])
        if issue.is_error
    ]


def mended(library, task, params):
    """Return ``params`` with what else has to be set for the catalog to allow them, or None."""
    if not errors_of(library, task, params):
        return params
    catalog = library_catalog(library)
    for rule in catalog.rules:
        others = [name for name in rule.reads if name not in params]
        for values in itertools.product(*(values_of(catalog.parameter(name), False) for name in others)):
            attempt = {**params, **dict(zip(others, values, strict=True))}
            if set(rule.reads) & set(params) and not errors_of(library, task, attempt):
                return attempt
    return None


def points_of(library, names):
    """Yield combinations of tried values, what is empty left out."""
    catalog = library_catalog(library)
    for values in itertools.product(*(edges_of(catalog.parameter(name)) for name in names)):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


def filled(library, params):
    return {parameter.name: parameter.default for parameter in library_catalog(library).parameters} | params


def breaches(library, task, params):
    full = filled(library, params)
    return [rule for rule in library_catalog(library).rules if task in rule.tasks and rule.broken(full)]


def some_task(tasks):
    return next(task for task in TaskType if task in tasks)


#: early stopping means something beside a held-out fold only, and has tests of its own
PARAMETERS = [
    pytest.param(library, parameter, id=f"{library}-{parameter.name}")
    for library in Library
    for parameter in library_catalog(library).parameters
    if parameter.name != EARLY_STOPPING
]
ALIASES = [
    pytest.param(library, parameter, alias, id=f"{library}-{alias}")
    for library, parameter in (each.values for each in PARAMETERS)
    for alias in parameter.aliases
    if alias != parameter.native
]
RULES = [
    pytest.param(library, rule, id=f"{library}-{rule.parameter}-{rule.severity}-{number}")
    for library in Library
    for number, rule in enumerate(library_catalog(library).rules)
    if rule.parameter != EARLY_STOPPING
]
EQUIVALENCES = [
    pytest.param(library, each, id=f"{library}-{each.parameter}-{number}")
    for library in Library
    for number, each in enumerate(library_catalog(library).equivalences)
    if each.parameter != EARLY_STOPPING
]


@pytest.mark.parametrize("task", list(TaskType))
@pytest.mark.parametrize("library", list(Library))
def test_the_catalogs_defaults_are_the_librarys_own(library, task):
    assert np.array_equal(train(library, {}, task), train(library, everything(library, {}, task), task))


@pytest.mark.parametrize("params", [{"booster": "gblinear"}, {"booster": "dart", "rate_drop": 0.3}])
def test_the_defaults_are_the_librarys_own_for_every_booster_of_xgboost(params):
    full = everything(Library.XGBOOST, params, TaskType.REGRESSION)
    assert np.array_equal(train(Library.XGBOOST, params), train(Library.XGBOOST, full))


@pytest.mark.parametrize(("library", "parameter"), PARAMETERS)
def test_every_value_that_the_catalog_offers_trains(library, parameter):
    task = some_task(parameter.tasks)
    for value in values_of(parameter, nullable=False):
        if parameter.name == library_catalog(library).rounds_parameter:
            value = min(value, 50)
        params = mended(library, task, {parameter.name: value})
        assert np.isfinite(train(library, params, task)).all(), params


@pytest.mark.parametrize(("library", "parameter"), PARAMETERS)
def test_a_parameter_has_the_name_and_meaning_of_the_scikit_learn_keyword(library, parameter):
    task = some_task(parameter.tasks)
    regression = task is TaskType.REGRESSION
    value = next(value for value in reversed(values_of(parameter, nullable=False)) if value != parameter.default)
    params = mended(library, task, {parameter.name: min(value, 20) if isinstance(value, int) else value})
    X, y = table(task, categorical=False)
    settings = {library_catalog(library).rounds_parameter: ROUNDS, **params}
    match library:
        case Library.XGBOOST:
            estimator = (xgboost.XGBRegressor if regression else xgboost.XGBClassifier)(n_jobs=1, **settings)
        case Library.LIGHTGBM:
            kind = lightgbm.LGBMRegressor if regression else lightgbm.LGBMClassifier
            estimator = kind(n_jobs=1, verbosity=-1, **settings)
        case Library.CATBOOST:
            kind = catboost.CatBoostRegressor if regression else catboost.CatBoostClassifier
            estimator = kind(thread_count=1, verbose=False, allow_writing_files=False, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(X, y)
    if regression:
        theirs = estimator.predict(X)
    elif library is Library.CATBOOST:
        theirs = estimator.predict(X, prediction_type="RawFormulaVal")
    else:
        theirs = estimator.predict_proba(X)[:, 1]
    assert np.array_equal(theirs, train(library, params, task, categorical=False))


@pytest.mark.parametrize(("library", "parameter", "alias"), ALIASES)
def test_the_library_takes_an_alias_for_the_parameter(library, parameter, alias):
    task = some_task(parameter.tasks)
    value = next(value for value in reversed(parameter.suggested) if value != parameter.default)
    params = mended(library, task, {parameter.name: min(value, 20) if isinstance(value, int) else value})
    other = {alias if name == parameter.name else name: value for name, value in params.items()}
    assert np.array_equal(train(library, params, task), train(library, other, task))


@pytest.mark.parametrize(
    "parameter", [pytest.param(each, id=each.name) for each in library_catalog(Library.LIGHTGBM).parameters]
)
def test_every_alias_of_lightgbm_is_known(parameter):
    known = {parameter.name, *parameter.aliases}
    assert known == _ConfigAliases.get(parameter.native or parameter.name) | {parameter.name}


@pytest.mark.parametrize(("library", "rule"), [each for each in RULES if each.values[1].severity is Severity.ERROR])
def test_the_library_refuses_or_ignores_what_the_catalog_forbids(library, rule):
    task = some_task(rule.tasks)
    points = [
        params
        for params in points_of(library, rule.reads)
        if [each for each in breaches(library, task, params) if each.severity is Severity.ERROR] == [rule]
    ]
    assert points
    for params in points[:: math.ceil(len(points) / 6)]:
        try:
            predicted = train(library, params, task)
        except REFUSALS:
            continue
        without = {name: value for name, value in params.items() if name != rule.parameter}
        assert len(np.unique(predicted)) == 1 or np.array_equal(predicted, train(library, without, task)), params


@pytest.mark.parametrize(("library", "rule"), [each for each in RULES if each.values[1].severity is Severity.WARNING])
def test_what_the_catalog_only_warns_of_trains(library, rule):
    task = some_task(rule.tasks)
    points = (mended(library, task, each) for each in points_of(library, rule.reads))
    params = next(each for each in points if each is not None and rule in breaches(library, task, each))
    assert np.isfinite(train(library, params, task)).all()


@pytest.mark.parametrize(("library", "equivalence"), EQUIVALENCES)
def test_what_the_catalog_calls_one_model_is_one(library, equivalence):
    points = []
    for each in points_of(library, [equivalence.parameter, *equivalence.reads]):
        full = filled(library, each)
        if equivalence.canonical(full) != full[equivalence.parameter]:
            points.append(each)
    assert points
    for point, task in zip(points[:: math.ceil(len(points) / 6)], itertools.cycle(TaskType), strict=False):
        params = mended(library, task, {library_catalog(library).seed_parameter: 0, **point})
        if params is not None:
            full = everything(library, params, task)
            assert np.array_equal(train(library, params, task), train(library, full, task)), params


@pytest.mark.parametrize("library", list(Library))
@given(data=st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_combination_trains_as_its_canonical_form_or_is_refused_with_reason(library, data):
    catalog = library_catalog(library)
    task = data.draw(st.sampled_from(list(TaskType)))
    offered = [each for each in catalog.parameters if task in each.tasks and each.name not in catalog.read_off]
    chosen = data.draw(st.lists(st.sampled_from(offered), max_size=6, unique_by=lambda each: each.name))
    params = {each.name: data.draw(st.sampled_from(values_of(each, nullable=False))) for each in chosen}
    params |= {catalog.seed_parameter: 0}
    if not errors_of(library, task, params):
        full = everything(library, params, task)
        assert all(check_value(catalog.parameter(name), value) is None for name, value in full.items())
        assert np.array_equal(train(library, params, task), train(library, full, task))


@pytest.mark.parametrize("library", list(Library))
def test_by_default_trials_that_differ_in_rounds_share_a_fit_where_the_learning_rate_is_set(library):
    full = everything(library, {"learning_rate": 0.1}, TaskType.REGRESSION)
    assert library_catalog(library).rounds_sharing(full) is RoundsSharing.PREFIX
