"""What is known of CatBoost."""

from __future__ import annotations

from shared.catalog.effects import (
    INT32_MAX,
    dead,
    doubtful,
    early_stopping,
    early_stopping_within,
    forbidden,
    full_leaves,
    number,
    resolved,
    tree_cost,
)
from shared.catalog.model import (
    Equivalence,
    Library,
    LibraryCatalog,
    Parameter,
    ParameterKind,
    Params,
    ParamValue,
    Preset,
    RoundsSharing,
    Rule,
    Scale,
    TaskType,
)

_INT, _FLOAT, _BOOL, _CHOICE = ParameterKind
_QUICK, _STANDARD, _THOROUGH = Preset
_REGRESSION, _BINARY, _MULTICLASS = TaskType

# a parameter reads best on a few lines
# fmt: off
_BOOSTING = (
    Parameter(
        name="iterations", aliases=("n_estimators", "num_boost_round", "num_trees"), kind=_INT, default=1000, low=1,
        high=INT32_MAX, scale=Scale.LOG, group="Boosting", suggested=(100, 200, 500, 1000),
        grids={_QUICK: (200, 500), _STANDARD: (200, 500, 1000), _THOROUGH: (200, 500, 1000, 2000)},
        help="Boosting rounds; several counts cost no more than the largest where learning_rate is set.",
    ),
    early_stopping("od_wait"),
    Parameter(
        name="learning_rate", aliases=("eta",), kind=_FLOAT, default=None, nullable=True, low=0, low_open=True,
        scale=Scale.LOG, group="Boosting", suggested=(0.01, 0.03, 0.1, 0.3),
        grids={_QUICK: (0.05, 0.15), _STANDARD: (0.03, 0.1, 0.3), _THOROUGH: (0.03, 0.06, 0.12, 0.25)},
        help="Shrinks each tree's step. Empty: CatBoost chooses by rows and iterations.",
    ),
    Parameter(
        name="boosting_type", kind=_CHOICE, default="Plain", choices=("Plain", "Ordered"), group="Boosting",
        suggested=("Plain", "Ordered"),
        help="Plain: the usual scheme. Ordered: less over-fitting on small tables, about three times slower.",
    ),
    Parameter(
        name="boost_from_average", kind=_BOOL, default=None, nullable=True, group="Boosting",
        suggested=(False, True), tasks=frozenset({_REGRESSION, _BINARY}),
        help="Start from the target's mean rather than 0. Empty: yes for regression, no for classification.",
    ),
    Parameter(
        name="langevin", kind=_BOOL, default=False, group="Boosting", suggested=(False, True),
        help="Add noise to the gradients (stochastic gradient Langevin boosting) to leave local optima.",
    ),
)

_TREE = (
    Parameter(
        name="depth", aliases=("max_depth",), kind=_INT, default=6, low=1, high=16, group="Tree shape",
        suggested=(4, 6, 8, 10), grids={_QUICK: (4, 6, 8), _STANDARD: (4, 6, 8), _THOROUGH: (4, 6, 8)},
        help="Levels of a tree; above 10 the cost doubles with each level.",
    ),
    Parameter(
        name="grow_policy", kind=_CHOICE, default="SymmetricTree", choices=("SymmetricTree", "Depthwise", "Lossguide"),
        group="Tree shape", suggested=("SymmetricTree", "Depthwise", "Lossguide"),
        help="One split a level (fast, smooth), level by level, or the leaf that gains most first.",
    ),
    Parameter(
        name="max_leaves", aliases=("num_leaves",), kind=_INT, default=None, nullable=True, low=1, high=65536,
        scale=Scale.LOG, group="Tree shape", suggested=(15, 31, 63),
        help="grow_policy=Lossguide: most leaves of a tree. Empty: 31.",
    ),
    Parameter(
        name="min_data_in_leaf", aliases=("min_child_samples",), kind=_INT, default=1, low=1, high=INT32_MAX,
        scale=Scale.LOG, group="Tree shape", suggested=(1, 5, 20, 50),
        help="Least rows in a leaf, for grow_policy=Depthwise and Lossguide.",
    ),
    Parameter(
        name="score_function", kind=_CHOICE, default="Cosine", choices=("Cosine", "L2"), group="Tree shape",
        suggested=("Cosine", "L2"), help="How splits are compared.",
    ),
    Parameter(
        name="leaf_estimation_method", kind=_CHOICE, default=None, nullable=True, choices=("Newton", "Gradient"),
        group="Tree shape", suggested=("Newton", "Gradient"),
        help="How leaf values are found. Set learning_rate with it. Empty: by the task.",
    ),
    Parameter(
        name="leaf_estimation_iterations", kind=_INT, default=None, nullable=True, low=1, high=INT32_MAX,
        group="Tree shape", suggested=(1, 5, 10),
        help="Steps towards the best leaf values. Set learning_rate with it. Empty: by the task.",
    ),
)

_SAMPLING = (
    Parameter(
        name="bootstrap_type", kind=_CHOICE, default=None, nullable=True,
        choices=("Bayesian", "Bernoulli", "MVS", "No"), group="Sampling", suggested=("Bayesian", "Bernoulli", "MVS"),
        help="How rows are weighted for each tree. Empty: MVS for regression and two classes, Bayesian for more.",
    ),
    Parameter(
        name="subsample", kind=_FLOAT, default=None, nullable=True, low=0, low_open=True, high=1, group="Sampling",
        suggested=(0.5, 0.66, 0.8, 1.0),
        help="Share of the rows for each tree; for MVS and Bernoulli. Empty: by bootstrap_type and rows, mostly 0.8.",
    ),
    Parameter(
        name="bagging_temperature", kind=_FLOAT, default=None, nullable=True, low=0, group="Sampling",
        suggested=(0.0, 0.5, 1.0, 2.0),
        help="bootstrap_type=Bayesian: spread of the row weights; 0 leaves all alike. Empty: 1.",
    ),
    Parameter(
        name="sampling_frequency", kind=_CHOICE, default="PerTree", choices=("PerTree", "PerTreeLevel"),
        group="Sampling", suggested=("PerTree", "PerTreeLevel"), help="Draw rows for each tree, or for each level.",
    ),
    Parameter(
        name="rsm", aliases=("colsample_bylevel",), kind=_FLOAT, default=1.0, low=0, low_open=True, high=1,
        group="Sampling", suggested=(0.5, 0.7, 1.0), help="Share of the columns drawn at each level.",
    ),
    Parameter(
        name="random_strength", kind=_FLOAT, default=1.0, low=0, group="Regularisation",
        suggested=(0.0, 0.5, 1.0, 2.0), grids={_THOROUGH: (0.0, 1.0)},
        help="Noise added to the scores of splits; more over-fits less.",
    ),
    Parameter(
        name="l2_leaf_reg", aliases=("reg_lambda",), kind=_FLOAT, default=None, nullable=True, low=0,
        scale=Scale.LOG, group="Regularisation", suggested=(1.0, 3.0, 10.0),
        grids={_STANDARD: (1.0, 3.0, 10.0), _THOROUGH: (1.0, 3.0, 10.0)},
        help="L2 penalty on leaf values. Set learning_rate with it. Empty: 3.",
    ),
    Parameter(
        name="model_shrink_rate", kind=_FLOAT, default=None, nullable=True, low=0, group="Regularisation",
        suggested=(0.0, 0.01, 0.1),
        help="Shrinks the whole model before each round; each count of iterations is then a fit of its own. Empty: 0.",
    ),
)

_COLUMNS = (
    Parameter(
        name="border_count", aliases=("max_bin",), kind=_INT, default=254, low=1, high=65535, scale=Scale.LOG,
        group="Binning", suggested=(32, 64, 128, 254),
        help="Splits considered of a numeric column; fewer are faster and smoother.",
    ),
    Parameter(
        name="feature_border_type", kind=_CHOICE, default="GreedyLogSum",
        choices=("GreedyLogSum", "GreedyMinEntropy", "MaxLogSum", "MinEntropy", "Median", "Uniform",
                 "UniformAndQuantiles"),
        group="Binning", suggested=("GreedyLogSum", "Median", "UniformAndQuantiles"),
        help="Where a numeric column is cut into bins.",
    ),
    Parameter(
        name="nan_mode", kind=_CHOICE, default="Min", choices=("Min", "Max"), group="Binning",
        suggested=("Min", "Max"), help="Missing numbers count as smaller, or larger, than all others.",
    ),
    Parameter(
        name="one_hot_max_size", kind=_INT, default=2, low=1, high=INT32_MAX, group="Categories",
        suggested=(2, 10, 50), help="Categories up to which a column is split one against the rest.",
    ),
    Parameter(
        name="max_ctr_complexity", kind=_INT, default=None, nullable=True, low=0, high=15, group="Categories",
        suggested=(1, 2, 4), help="Most categorical columns combined into one feature. Empty: CatBoost chooses.",
    ),
    Parameter(
        name="model_size_reg", kind=_FLOAT, default=0.5, low=0, group="Categories", suggested=(0.0, 0.5, 2.0),
        help="Penalty on combinations of categories that make the model large.",
    ),
    Parameter(
        name="scale_pos_weight", kind=_FLOAT, default=None, nullable=True, low=0, low_open=True, scale=Scale.LOG,
        group="Other", suggested=(1.0, 2.0, 5.0, 10.0), tasks=frozenset({_BINARY}),
        help="Weight of the second class in sorted order; negatives ÷ positives balances the two. Empty: 1.",
    ),
    Parameter(
        name="auto_class_weights", kind=_CHOICE, default=None, nullable=True, choices=("Balanced", "SqrtBalanced"),
        group="Other", suggested=("Balanced", "SqrtBalanced"), tasks=frozenset({_BINARY, _MULTICLASS}),
        help="Weigh rare classes up, fully or by the square root. Empty: all rows weigh the same.",
    ),
    Parameter(
        name="random_seed", aliases=("random_state",), kind=_INT, default=0, low=0, high=INT32_MAX, group="Other",
        suggested=(0, 1, 2), help="Seed of all that is random; try a few to see how much is luck.",
    ),
)
# fmt: on

_PARAMETERS = _BOOSTING + _TREE + _SAMPLING + _COLUMNS
_BY_NAME = {parameter.name: parameter for parameter in _PARAMETERS}


def _is_lossguide(params: Params) -> bool:
    return params["grow_policy"] == "Lossguide"


def _is_symmetric(params: Params) -> bool:
    return params["grow_policy"] == "SymmetricTree"


def _limits_nothing(params: Params) -> bool:
    return _is_lossguide(params) and number(params, "max_leaves") > full_leaves(number(params, "depth"))


def _canonical_leaves(params: Params) -> ParamValue:
    return full_leaves(number(params, "depth")) if _limits_nothing(params) else params["max_leaves"]


def _shrinks_too_much(params: Params) -> bool:
    return number(params, "model_shrink_rate") * number(params, "learning_rate") >= 1


def _fixes_learning_rate(name: str) -> Rule:
    return doubtful(
        name,
        ("learning_rate",),
        lambda params: params[name] is not None and params["learning_rate"] is None,
        "makes CatBoost use a learning rate of 0.03 instead of choosing one; set learning_rate",
    )


_DEAD = (
    dead(_BY_NAME["min_data_in_leaf"], "grow_policy is Depthwise or Lossguide", ("grow_policy",), _is_symmetric),
    dead(
        _BY_NAME["bagging_temperature"],
        "bootstrap_type=Bayesian",
        ("bootstrap_type",),
        lambda params: params["bootstrap_type"] == "MVS",
    ),
    dead(
        _BY_NAME["sampling_frequency"],
        "rows are sampled",
        ("bootstrap_type", "grow_policy"),
        lambda params: params["bootstrap_type"] == "No" and not _is_lossguide(params),
        advice="choose another bootstrap_type than No",
    ),
)

_RULES = (
    *(rule for rule, _ in _DEAD),
    forbidden(
        "max_leaves",
        ("grow_policy",),
        lambda params: params["max_leaves"] is not None and not _is_lossguide(params),
        "needs grow_policy=Lossguide; set it, or use depth",
    ),
    forbidden(
        "boosting_type",
        ("grow_policy",),
        lambda params: params["boosting_type"] == "Ordered" and not _is_symmetric(params),
        "Ordered needs grow_policy=SymmetricTree; set it, or use Plain",
    ),
    forbidden(
        "sampling_frequency",
        ("grow_policy",),
        lambda params: params["sampling_frequency"] == "PerTreeLevel" and _is_lossguide(params),
        "PerTreeLevel is not supported by grow_policy=Lossguide; use PerTree",
    ),
    forbidden(
        "bagging_temperature",
        ("bootstrap_type",),
        lambda params: params["bagging_temperature"] is not None and params["bootstrap_type"] in ("Bernoulli", "No"),
        "needs bootstrap_type=Bayesian; set it, or use subsample",
    ),
    forbidden(
        "subsample",
        ("bootstrap_type",),
        lambda params: params["subsample"] is not None and params["bootstrap_type"] in ("Bayesian", "No"),
        "needs bootstrap_type MVS or Bernoulli; set it, or remove subsample",
    ),
    forbidden(
        "subsample",
        ("bootstrap_type",),
        lambda params: params["subsample"] is not None and params["bootstrap_type"] is None,
        "needs bootstrap_type MVS or Bernoulli, since several classes default to Bayesian; set it",
        {_MULTICLASS},
    ),
    forbidden(
        "auto_class_weights",
        ("scale_pos_weight",),
        lambda params: params["auto_class_weights"] is not None and params["scale_pos_weight"] is not None,
        "cannot be combined with scale_pos_weight; keep one of them",
        {_BINARY},
    ),
    forbidden(
        "model_shrink_rate",
        ("learning_rate",),
        _shrinks_too_much,
        "times learning_rate must be below 1; lower one of them",
    ),
    doubtful(
        "bagging_temperature",
        ("bootstrap_type",),
        lambda params: params["bagging_temperature"] is not None and params["bootstrap_type"] is None,
        "has no effect unless bootstrap_type=Bayesian; set it",
        {_REGRESSION, _BINARY},
    ),
    doubtful(
        "max_leaves",
        ("depth", "grow_policy"),
        _limits_nothing,
        "is more than a tree of that depth can have (2^depth); lower it or raise depth",
    ),
    *map(_fixes_learning_rate, ("l2_leaf_reg", "leaf_estimation_method", "leaf_estimation_iterations")),
)

_EQUIVALENCES = (
    early_stopping_within("iterations"),
    resolved(
        "l2_leaf_reg",
        ("learning_rate",),
        lambda params: None if params["learning_rate"] is None else 3.0,
        "an empty l2_leaf_reg is 3 where learning_rate is set",
    ),
    resolved(
        "model_shrink_rate",
        ("langevin",),
        lambda params: None if params["langevin"] else 0.0,
        "an empty model_shrink_rate is 0 without langevin",
    ),
    resolved(
        "max_leaves",
        ("grow_policy",),
        lambda params: 31 if _is_lossguide(params) else None,
        "an empty max_leaves is 31",
    ),
    resolved(
        "bagging_temperature",
        ("bootstrap_type",),
        lambda params: 1.0 if params["bootstrap_type"] == "Bayesian" else None,
        "an empty bagging_temperature is 1",
    ),
    *(equivalence for _, equivalence in _DEAD),
    Equivalence(
        parameter="max_leaves",
        reads=("depth", "grow_policy"),
        canonical=_canonical_leaves,
        why="a tree has at most 2^depth leaves",
    ),
)


def _rounds_sharing(params: Params) -> RoundsSharing:
    if (
        params.keys() <= _BY_NAME.keys()
        and params["learning_rate"] is not None
        and params["langevin"] is False
        and params["model_shrink_rate"] in (None, 0)
    ):
        return RoundsSharing.PREFIX
    return RoundsSharing.NONE


def _relative_cost(params: Params) -> float:
    leaves = full_leaves(number(params, "depth"))
    if _is_lossguide(params):
        leaves = min(leaves, int(number(params, "max_leaves")) or 31)
    cost = number(params, "iterations") * tree_cost(leaves, number(params, "border_count"))
    if not _is_symmetric(params):
        cost *= 2.5
    return cost * 3 if params["boosting_type"] == "Ordered" else cost


CATBOOST = LibraryCatalog(
    library=Library.CATBOOST,
    label="CatBoost",
    distribution="catboost",
    rounds_parameter="iterations",
    seed_parameter="random_seed",
    parameters=_PARAMETERS,
    rules=_RULES,
    equivalences=_EQUIVALENCES,
    rounds_sharing=_rounds_sharing,
    rounds_sharing_reads=("learning_rate", "langevin", "model_shrink_rate"),
    relative_cost=_relative_cost,
    relative_cost_reads=("depth", "grow_policy", "max_leaves", "border_count", "boosting_type"),
)
