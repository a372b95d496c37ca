"""What can be tuned of LightGBM."""

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
_BINARY = frozenset({TaskType.BINARY})

# a parameter reads best on a few lines
# fmt: off
_BOOSTING = (
    Parameter(
        name="n_estimators", native="num_iterations", kind=_INT, default=100, low=1, high=INT32_MAX,
        aliases=("num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round", "num_rounds",
                 "nrounds", "num_boost_round", "max_iter"),
        scale=Scale.LOG, group="Boosting", suggested=(50, 100, 200, 400, 800),
        grids={_QUICK: (100, 300), _STANDARD: (100, 200, 400), _THOROUGH: (100, 200, 400, 800)},
        help="Boosting rounds; several counts of one model cost no more than the largest.",
    ),
    early_stopping("early_stopping_round", "early_stopping", "n_iter_no_change", native="early_stopping_round"),
    Parameter(
        name="learning_rate", aliases=("eta", "shrinkage_rate"), kind=_FLOAT, default=0.1, low=0, low_open=True,
        scale=Scale.LOG, group="Boosting", suggested=(0.01, 0.03, 0.1, 0.3),
        grids={_QUICK: (0.05, 0.15), _STANDARD: (0.03, 0.1, 0.3), _THOROUGH: (0.02, 0.05, 0.1, 0.2)},
        help="Shrinks each tree's step; halve it and double n_estimators for a smoother fit.",
    ),
    Parameter(
        name="boosting_type", native="boosting", aliases=("boosting", "boost"), kind=_CHOICE, default="gbdt",
        choices=("gbdt", "dart", "rf"), group="Boosting", suggested=("gbdt", "dart"),
        moved_choices={"goss": "LightGBM 4 samples so by data_sample_strategy: [goss], beside boosting_type: [gbdt]"},
        help="gbdt: boosted trees. dart: with dropout, slower. rf: a random forest, which needs bagging.",
    ),
    Parameter(
        name="drop_rate", aliases=("rate_drop",), kind=_FLOAT, default=0.1, low=0, high=1, group="Boosting",
        suggested=(0.05, 0.1, 0.2), help="dart: share of the earlier trees that each round drops.",
    ),
    Parameter(
        name="skip_drop", kind=_FLOAT, default=0.5, low=0, high=1, group="Boosting", suggested=(0.25, 0.5, 0.75),
        help="dart: probability that a round drops nothing.",
    ),
    Parameter(
        name="max_drop", kind=_INT, default=50, low=-1, high=INT32_MAX, group="Boosting", suggested=(10, 50),
        help="dart: most trees dropped in a round; 0 or less sets no limit.",
    ),
)

_TREE = (
    Parameter(
        name="num_leaves", aliases=("num_leaf", "max_leaves", "max_leaf", "max_leaf_nodes"), kind=_INT, default=31,
        low=2, high=131072, scale=Scale.LOG, group="Tree shape", suggested=(7, 15, 31, 63, 127),
        grids={_QUICK: (15, 31, 63), _STANDARD: (15, 31, 63), _THOROUGH: (15, 31, 63, 127)},
        help="Most leaves of a tree, LightGBM's strongest lever on over-fitting.",
    ),
    Parameter(
        name="max_depth", kind=_INT, default=-1, low=-1, high=INT32_MAX, group="Tree shape",
        suggested=(-1, 4, 6, 8, 12), help="Most levels of a tree; -1 sets no limit.",
    ),
    Parameter(
        name="min_child_samples", native="min_data_in_leaf",
        aliases=("min_data_in_leaf", "min_data_per_leaf", "min_data", "min_samples_leaf"), kind=_INT, default=20,
        low=0, high=INT32_MAX, scale=Scale.LOG, group="Tree shape", suggested=(5, 10, 20, 50, 100),
        grids={_STANDARD: (10, 30), _THOROUGH: (10, 40)},
        help="Least rows in a leaf; raise it for noisy data, lower it for small tables.",
    ),
    Parameter(
        name="min_child_weight", native="min_sum_hessian_in_leaf",
        aliases=("min_sum_hessian_in_leaf", "min_sum_hessian_per_leaf", "min_sum_hessian", "min_hessian"),
        kind=_FLOAT, default=0.001, low=0, scale=Scale.LOG, group="Tree shape", suggested=(0.001, 0.1, 1.0, 10.0),
        help="Least hessian in a leaf (rows, for squared error).",
    ),
    Parameter(
        name="extra_trees", aliases=("extra_tree",), kind=_BOOL, default=False, group="Tree shape",
        suggested=(False, True), help="Try one random threshold a column at each split; faster and smoother.",
    ),
    Parameter(
        name="linear_tree", aliases=("linear_trees",), kind=_BOOL, default=False, group="Tree shape",
        suggested=(False, True), help="Fit a linear model in each leaf; for smooth targets, on scaled columns.",
    ),
)

_SAMPLING = (
    Parameter(
        name="subsample", native="bagging_fraction", aliases=("bagging_fraction", "sub_row", "bagging"), kind=_FLOAT,
        default=1.0, low=0, low_open=True, high=1, group="Sampling", suggested=(0.5, 0.7, 0.8, 1.0),
        help="Share of the rows drawn anew every subsample_freq rounds.",
    ),
    Parameter(
        name="subsample_freq", native="bagging_freq", aliases=("bagging_freq",), kind=_INT, default=0, low=0,
        high=INT32_MAX, group="Sampling", suggested=(1, 5),
        help="Rounds between draws of rows; 0, the default, switches subsample off.",
    ),
    Parameter(
        name="colsample_bytree", native="feature_fraction", aliases=("feature_fraction", "sub_feature"), kind=_FLOAT,
        default=1.0, low=0, low_open=True, high=1, group="Sampling", suggested=(0.5, 0.7, 0.8, 1.0),
        grids={_STANDARD: (0.7, 1.0), _THOROUGH: (0.7, 1.0)}, help="Share of the columns drawn for each tree.",
    ),
    Parameter(
        name="colsample_bynode", native="feature_fraction_bynode",
        aliases=("feature_fraction_bynode", "sub_feature_bynode"), kind=_FLOAT, default=1.0, low=0, low_open=True,
        high=1, group="Sampling", suggested=(0.5, 0.7, 1.0),
        help="Share of the tree's columns drawn anew at each split.",
    ),
    Parameter(
        name="data_sample_strategy", kind=_CHOICE, default="bagging", choices=("bagging", "goss"), group="Sampling",
        suggested=("bagging", "goss"), help="bagging: see subsample. goss: rows with large gradients, few others.",
    ),
    Parameter(
        name="top_rate", kind=_FLOAT, default=0.2, low=0, low_open=True, high=1, group="Sampling",
        suggested=(0.1, 0.2, 0.4), help="goss: share of the rows kept for their large gradients.",
    ),
    Parameter(
        name="other_rate", kind=_FLOAT, default=0.1, low=0, low_open=True, high=1, group="Sampling",
        suggested=(0.05, 0.1, 0.2), help="goss: share of the rows drawn from the rest.",
    ),
)

_REGULARISATION = (
    Parameter(
        name="reg_alpha", native="lambda_l1", aliases=("lambda_l1", "l1_regularization"), kind=_FLOAT, default=0.0,
        low=0, group="Regularisation", suggested=(0.0, 0.1, 1.0, 10.0),
        help="L1 penalty on leaf values; pulls small ones to 0.",
    ),
    Parameter(
        name="reg_lambda", native="lambda_l2", aliases=("lambda_l2", "lambda", "l2_regularization"), kind=_FLOAT,
        default=0.0, low=0, group="Regularisation", suggested=(0.0, 1.0, 5.0, 10.0),
        grids={_THOROUGH: (0.0, 5.0)}, help="L2 penalty on leaf values.",
    ),
    Parameter(
        name="min_split_gain", native="min_gain_to_split", aliases=("min_gain_to_split",), kind=_FLOAT, default=0.0,
        low=0, group="Regularisation", suggested=(0.0, 0.1, 1.0),
        help="Least gain for a split, in units of the loss; prunes weak branches.",
    ),
    Parameter(
        name="path_smooth", kind=_FLOAT, default=0.0, low=0, group="Regularisation", suggested=(0.0, 1.0, 10.0),
        help="Pulls the values of small leaves to their parents'; above 0 a leaf has at least 2 rows.",
    ),
    Parameter(
        name="linear_lambda", kind=_FLOAT, default=0.0, low=0, group="Regularisation", suggested=(0.0, 0.1, 1.0),
        help="linear_tree: L2 penalty on the coefficients in the leaves.",
    ),
    Parameter(
        name="max_delta_step", aliases=("max_tree_output", "max_leaf_output"), kind=_FLOAT, default=0.0, low=0,
        group="Regularisation", suggested=(0.0, 1.0, 5.0),
        help="Largest value of a leaf; 0 sets none. 1 to 10 steadies very unbalanced classes.",
    ),
)

_BINNING_AND_OTHER = (
    Parameter(
        name="max_bin", aliases=("max_bins",), kind=_INT, default=255, low=2, high=INT32_MAX, scale=Scale.LOG,
        group="Binning", suggested=(63, 127, 255, 511),
        help="Histogram bins of a numeric column; fewer are faster and smoother.",
    ),
    Parameter(
        name="min_data_in_bin", kind=_INT, default=3, low=1, high=INT32_MAX, group="Binning", suggested=(3, 10, 30),
        help="Least rows in a bin; larger merges rare values.",
    ),
    Parameter(
        name="use_quantized_grad", kind=_BOOL, default=False, group="Binning", suggested=(False, True),
        help="Grow trees on gradients rounded to a few levels; faster on large tables, slightly less exact.",
    ),
    Parameter(
        name="num_grad_quant_bins", kind=_INT, default=4, low=2, high=INT32_MAX, group="Binning",
        suggested=(4, 8, 16), help="use_quantized_grad: levels of a gradient.",
    ),
    Parameter(
        name="max_cat_to_onehot", kind=_INT, default=4, low=1, high=INT32_MAX, group="Categories",
        suggested=(2, 4, 16), help="Categories up to which a column is split one against the rest.",
    ),
    Parameter(
        name="max_cat_threshold", kind=_INT, default=32, low=1, high=INT32_MAX, group="Categories",
        suggested=(8, 32, 128), help="Most categories on the smaller side of a split; smaller over-fits less.",
    ),
    Parameter(
        name="min_data_per_group", kind=_INT, default=100, low=1, high=INT32_MAX, group="Categories",
        suggested=(10, 50, 100), help="Least rows of a category that takes part in a split.",
    ),
    Parameter(
        name="cat_smooth", kind=_FLOAT, default=10.0, low=0, group="Categories", suggested=(1.0, 10.0, 50.0),
        help="Steadies the statistics of rare categories.",
    ),
    Parameter(
        name="cat_l2", kind=_FLOAT, default=10.0, low=0, group="Categories", suggested=(1.0, 10.0, 50.0),
        help="L2 penalty in splits on categories.",
    ),
    Parameter(
        name="scale_pos_weight", kind=_FLOAT, default=1.0, low=0, low_open=True, scale=Scale.LOG, group="Other",
        suggested=(1.0, 2.0, 5.0, 10.0), tasks=_BINARY,
        help="Weight of the positive class; negatives ÷ positives balances the two.",
    ),
    Parameter(
        name="is_unbalance", aliases=("unbalance", "unbalanced_sets"), kind=_BOOL, default=False, group="Other",
        suggested=(False, True), tasks=_BINARY, help="Weigh the rarer class up so that both weigh the same.",
    ),
    Parameter(
        name="random_state", native="seed", aliases=("seed", "random_seed"), kind=_INT, default=0, low=0,
        high=INT32_MAX, group="Other", suggested=(0, 1, 2),
        help="Seed of all sampling; try a few to see how much is luck.",
    ),
)
# fmt: on

PARAMETERS = _BOOSTING + _TREE + _SAMPLING + _REGULARISATION + _BINNING_AND_OTHER
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
