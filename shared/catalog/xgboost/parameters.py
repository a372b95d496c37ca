"""What can be tuned of XGBoost."""

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

# a parameter reads best on a few lines
# fmt: off
_BOOSTING = (
    Parameter(
        name="n_estimators", native="num_boost_round", aliases=("num_boost_round",), kind=_INT, default=100,
        low=1, high=INT32_MAX, scale=Scale.LOG, group="Boosting", suggested=(50, 100, 200, 400, 800),
        grids={_QUICK: (100, 300), _STANDARD: (100, 200, 400), _THOROUGH: (100, 200, 400, 800)},
        help="Boosting rounds; several counts of one model cost no more than the largest.",
    ),
    early_stopping(),
    Parameter(
        name="learning_rate", aliases=("eta",), kind=_FLOAT, default=None, nullable=True, low=0, low_open=True,
        scale=Scale.LOG, group="Boosting", suggested=(0.01, 0.03, 0.1, 0.3),
        grids={_QUICK: (0.05, 0.15), _STANDARD: (0.03, 0.1, 0.3), _THOROUGH: (0.02, 0.05, 0.1, 0.2)},
        help="Shrinks each tree's step; halve it and double n_estimators for a smoother fit. "
        "Empty: 0.3, or 0.5 for gblinear.",
    ),
    Parameter(
        name="booster", kind=_CHOICE, default="gbtree", choices=("gbtree", "dart", "gblinear"),
        group="Boosting", suggested=("gbtree", "dart"),
        help="gbtree: trees. dart: trees with dropout, much slower. gblinear: a linear model, numeric columns only, "
        "reproducible on one thread only.",
    ),
    Parameter(
        name="num_parallel_tree", kind=_INT, default=1, low=1, high=INT32_MAX, group="Boosting",
        suggested=(1, 2, 4),
        help="Trees grown in each round, a boosted random forest; needs row or column sampling to make them differ.",
    ),
    Parameter(
        name="rate_drop", kind=_FLOAT, default=0.0, low=0, high=1, group="Boosting", suggested=(0.05, 0.1, 0.2),
        help="dart: share of the earlier trees that each round drops.",
    ),
    Parameter(
        name="skip_drop", kind=_FLOAT, default=0.0, low=0, high=1, group="Boosting", suggested=(0.0, 0.25, 0.5),
        help="dart: probability that a round drops nothing.",
    ),
    Parameter(
        name="one_drop", kind=_BOOL, default=False, group="Boosting", suggested=(False, True),
        help="dart: drop at least one tree in every round that drops.",
    ),
    Parameter(
        name="sample_type", kind=_CHOICE, default="uniform", choices=("uniform", "weighted"), group="Boosting",
        suggested=("uniform", "weighted"), help="dart: drop trees evenly, or the heavier ones more often.",
    ),
    Parameter(
        name="normalize_type", kind=_CHOICE, default="tree", choices=("tree", "forest"), group="Boosting",
        suggested=("tree", "forest"), help="dart: weigh a new tree as one dropped tree, or as all of them.",
    ),
)

TREE = (
    Parameter(
        name="max_depth", kind=_INT, default=6, low=0, high=INT32_MAX, group="Tree shape",
        suggested=(3, 4, 6, 8, 10), grids={_QUICK: (4, 6, 8), _STANDARD: (4, 6, 8), _THOROUGH: (4, 6, 8, 10)},
        help="Levels of a tree, the strongest lever on over-fitting; 0 sets no limit.",
    ),
    Parameter(
        name="max_leaves", kind=_INT, default=0, low=0, high=INT32_MAX, scale=Scale.LOG, group="Tree shape",
        suggested=(0, 15, 31, 63),
        help="Most leaves of a tree; 0 sets no limit. With grow_policy=lossguide the best leaves are grown first.",
    ),
    Parameter(
        name="min_child_weight", kind=_FLOAT, default=1.0, low=0, scale=Scale.LOG, group="Tree shape",
        suggested=(0.5, 1.0, 2.0, 5.0, 10.0), grids={_STANDARD: (1.0, 5.0), _THOROUGH: (1.0, 5.0)},
        help="Least hessian in a leaf (rows, for squared error); larger is smoother.",
    ),
    Parameter(
        name="grow_policy", kind=_CHOICE, default="depthwise", choices=("depthwise", "lossguide"),
        group="Tree shape", suggested=("depthwise", "lossguide"),
        help="Grow level by level, or the leaf that gains most first.",
    ),
    Parameter(
        name="tree_method", kind=_CHOICE, default="auto", choices=("auto", "hist", "approx", "exact"),
        moved_choices={"gpu_hist": "XGBoost 2 calls it hist; workers train on CPUs"},
        group="Tree shape", suggested=("hist", "approx", "exact"),
        help="How splits are found: hist is the fast default, approx rebins each round, exact tries every value and "
        "takes numeric columns only.",
    ),
    Parameter(
        name="subsample", kind=_FLOAT, default=1.0, low=0, low_open=True, high=1, group="Sampling",
        suggested=(0.5, 0.7, 0.8, 1.0), grids={_STANDARD: (0.7, 1.0), _THOROUGH: (0.7, 1.0)},
        help="Share of the rows that each tree is grown on.",
    ),
    Parameter(
        name="colsample_bytree", kind=_FLOAT, default=1.0, low=0, low_open=True, high=1, group="Sampling",
        suggested=(0.5, 0.7, 0.8, 1.0), grids={_THOROUGH: (0.7, 1.0)},
        help="Share of the columns drawn for each tree.",
    ),
    Parameter(
        name="colsample_bylevel", kind=_FLOAT, default=1.0, low=0, low_open=True, high=1, group="Sampling",
        suggested=(0.5, 0.7, 1.0), help="Share of the tree's columns drawn anew at each level.",
    ),
    Parameter(
        name="colsample_bynode", kind=_FLOAT, default=1.0, low=0, low_open=True, high=1, group="Sampling",
        suggested=(0.5, 0.7, 1.0), help="Share of the level's columns drawn anew at each split.",
    ),
    Parameter(
        name="gamma", aliases=("min_split_loss",), kind=_FLOAT, default=0.0, low=0, group="Regularisation",
        suggested=(0.0, 0.1, 1.0, 5.0),
        help="Least gain for a split, in units of the loss; prunes weak branches.",
    ),
    Parameter(
        name="max_delta_step", kind=_FLOAT, default=0.0, low=0, group="Regularisation",
        suggested=(0.0, 1.0, 5.0),
        help="Largest value of a leaf; 0 sets none. 1 to 10 steadies very unbalanced classes.",
    ),
    Parameter(
        name="max_bin", kind=_INT, default=256, low=2, high=INT32_MAX, scale=Scale.LOG, group="Binning",
        suggested=(64, 128, 256, 512),
        help="Histogram bins of a numeric column; fewer are faster and smoother.",
    ),
    Parameter(
        name="max_cat_to_onehot", kind=_INT, default=4, low=1, high=INT32_MAX, group="Categories",
        suggested=(1, 4, 16), help="Categories below which a column is split one against the rest.",
    ),
    Parameter(
        name="max_cat_threshold", kind=_INT, default=64, low=1, high=INT32_MAX, group="Categories",
        suggested=(16, 64, 256),
        help="Most categories considered for one side of a split; smaller over-fits less.",
    ),
)

_OTHER = (
    Parameter(
        name="reg_alpha", aliases=("alpha",), kind=_FLOAT, default=0.0, low=0, group="Regularisation",
        suggested=(0.0, 0.1, 1.0, 10.0), help="L1 penalty on leaf values; pulls small ones to 0.",
    ),
    Parameter(
        name="reg_lambda", aliases=("lambda",), kind=_FLOAT, default=None, nullable=True, low=0,
        group="Regularisation", suggested=(0.0, 1.0, 5.0, 10.0),
        help="L2 penalty on leaf values. Empty: 1, or 0 for gblinear.",
    ),
    Parameter(
        name="scale_pos_weight", kind=_FLOAT, default=1.0, low=0, low_open=True, scale=Scale.LOG, group="Other",
        suggested=(1.0, 2.0, 5.0, 10.0), tasks=frozenset({TaskType.BINARY}),
        help="Weight of the positive class; negatives ÷ positives balances the two.",
    ),
    Parameter(
        name="random_state", native="seed", aliases=("seed",), kind=_INT, default=0, low=0, high=INT32_MAX,
        group="Other", suggested=(0, 1, 2), help="Seed of all sampling; try a few to see how much is luck.",
    ),
)
# fmt: on

PARAMETERS = _BOOSTING + TREE + _OTHER
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
