"""What can be tuned of CatBoost."""

from __future__ import annotations

from shared.catalog.effects import (
    INT32_MAX,
    early_stopping,
)
from shared.catalog.model import (
    Parameter,
    ParameterKind,
    Preset,
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
        help="Weight of the positive class; negatives ÷ positives balances the two. Empty: 1.",
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

PARAMETERS = _BOOSTING + _TREE + _SAMPLING + _COLUMNS
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
