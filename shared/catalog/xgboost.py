"""What is known of XGBoost."""

from __future__ import annotations

from shared.catalog.effects import (
    INT32_MAX,
    dead,
    doubtful,
    early_stopping,
    early_stopping_within,
    forbidden,
    full_leaves,
    no_early_stopping,
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

_TREE = (
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
        help="Weight of the second class in sorted order; negatives ÷ positives balances the two.",
    ),
    Parameter(
        name="random_state", native="seed", aliases=("seed",), kind=_INT, default=0, low=0, high=INT32_MAX,
        group="Other", suggested=(0, 1, 2), help="Seed of all sampling; try a few to see how much is luck.",
    ),
)
# fmt: on

_PARAMETERS = _BOOSTING + _TREE + _OTHER
_BY_NAME = {parameter.name: parameter for parameter in _PARAMETERS}
_COLUMN_SAMPLING = ("colsample_bytree", "colsample_bylevel", "colsample_bynode")


def _is_linear(params: Params) -> bool:
    return params["booster"] == "gblinear"


def _is_exact(params: Params) -> bool:
    return params["tree_method"] == "exact" and not _is_linear(params)


def _never_drops(params: Params) -> bool:
    return params["booster"] != "dart" or (params["rate_drop"] == 0 and params["one_drop"] is False)


def _limits_nothing(params: Params) -> bool:
    return number(params, "max_depth") > 0 and number(params, "max_leaves") >= full_leaves(number(params, "max_depth"))


def _samples_nothing(params: Params) -> bool:
    return all(params[name] == 1 for name in ("subsample", *_COLUMN_SAMPLING))


def _canonical_leaves(params: Params) -> ParamValue:
    return 0 if _limits_nothing(params) else params["max_leaves"]


_DEAD = (
    *(dead(parameter, "booster is gbtree or dart", ("booster",), _is_linear) for parameter in _TREE),
    dead(_BY_NAME["num_parallel_tree"], "booster is gbtree or dart", ("booster",), _is_linear),
    *(
        dead(_BY_NAME[name], "tree_method is hist or approx", ("tree_method", "booster"), _is_exact)
        for name in ("max_leaves", "grow_policy", "max_bin")
    ),
    *(
        dead(_BY_NAME[name], "booster=dart", ("booster",), lambda params: params["booster"] != "dart")
        for name in ("rate_drop", "one_drop")
    ),
    *(
        dead(
            _BY_NAME[name],
            "booster=dart with rate_drop above 0 or one_drop",
            ("booster", "rate_drop", "one_drop"),
            _never_drops,
        )
        for name in ("skip_drop", "sample_type", "normalize_type")
    ),
    dead(
        _BY_NAME["random_state"],
        "rows or columns are sampled",
        ("booster", "subsample", *_COLUMN_SAMPLING),
        lambda params: params["booster"] == "gbtree" and _samples_nothing(params),
    ),
)

_RULES = (
    *(rule for rule, _ in _DEAD),
    no_early_stopping("booster", ("dart", "gblinear"), "use gbtree"),
    forbidden(
        "max_depth",
        ("tree_method", "booster"),
        lambda params: _is_exact(params) and params["max_depth"] == 0,
        "cannot be unlimited with tree_method=exact; set it to 1 or more, or use hist",
    ),
    forbidden(
        "colsample_bynode",
        ("tree_method", "booster"),
        lambda params: _is_exact(params) and number(params, "colsample_bynode") < 1,
        "is not supported by tree_method=exact; use hist, or colsample_bylevel",
    ),
    doubtful(
        "max_leaves",
        ("max_depth",),
        _limits_nothing,
        "limits nothing: a tree of max_depth levels has at most 2^max_depth leaves; lower it or raise max_depth",
    ),
    doubtful(
        "grow_policy",
        ("max_leaves", "max_depth", "colsample_bynode"),
        lambda params: (
            params["grow_policy"] == "lossguide"
            and params["colsample_bynode"] == 1
            and (params["max_leaves"] == 0 or _limits_nothing(params))
        ),
        "lossguide grows the same trees as depthwise unless max_leaves limits them; set max_leaves",
    ),
    doubtful(
        "num_parallel_tree",
        ("subsample", *_COLUMN_SAMPLING),
        lambda params: number(params, "num_parallel_tree") > 1 and _samples_nothing(params),
        "grows the same tree several times unless rows or columns are sampled; lower subsample or a colsample",
    ),
    doubtful(
        "rate_drop",
        ("booster", "one_drop"),
        lambda params: params["booster"] == "dart" and _never_drops(params),
        "is 0, so dart drops no tree and is a slower gbtree; raise it",
    ),
)

_EQUIVALENCES = (
    early_stopping_within("n_estimators"),
    resolved(
        "learning_rate",
        ("booster",),
        lambda params: 0.5 if _is_linear(params) else 0.3,
        "an empty learning_rate is 0.3, or 0.5 for gblinear",
    ),
    resolved(
        "reg_lambda",
        ("booster",),
        lambda params: 0.0 if _is_linear(params) else 1.0,
        "an empty reg_lambda is 1, or 0 for gblinear",
    ),
    Equivalence(
        parameter="tree_method",
        reads=("booster",),
        canonical=lambda params: (
            "hist" if params["tree_method"] == "auto" and not _is_linear(params) else params["tree_method"]
        ),
        why="tree_method=auto is hist",
    ),
    *(equivalence for _, equivalence in _DEAD),
    Equivalence(
        parameter="max_leaves",
        reads=("max_depth",),
        canonical=_canonical_leaves,
        why="a tree of max_depth levels has at most 2^max_depth leaves",
    ),
)


def _rounds_sharing(params: Params) -> RoundsSharing:
    if not params.keys() <= _BY_NAME.keys():
        return RoundsSharing.NONE
    match params["booster"]:
        case "gbtree":
            return RoundsSharing.PREFIX
        case "dart" | "gblinear":
            return RoundsSharing.DURING_TRAINING
    return RoundsSharing.NONE


#: how much slower than hist (measured)
_METHOD_COST = {"approx": 2.0, "exact": 10.0}


def _relative_cost(params: Params) -> float:
    rounds = number(params, "n_estimators")
    if _is_linear(params):
        return rounds
    depth, limit = number(params, "max_depth"), number(params, "max_leaves")
    leaves = min(full_leaves(depth or 12), limit or INT32_MAX)
    trees = rounds * number(params, "num_parallel_tree")
    cost = trees * tree_cost(leaves, number(params, "max_bin")) * _METHOD_COST.get(str(params["tree_method"]), 1.0)
    # each round of dart predicts with every tree before it
    return cost * (1 + rounds / 10) if params["booster"] == "dart" else cost


XGBOOST = LibraryCatalog(
    library=Library.XGBOOST,
    label="XGBoost",
    distribution="xgboost-cpu",
    rounds_parameter="n_estimators",
    seed_parameter="random_state",
    parameters=_PARAMETERS,
    rules=_RULES,
    equivalences=_EQUIVALENCES,
    rounds_sharing=_rounds_sharing,
    rounds_sharing_reads=("booster",),
    relative_cost=_relative_cost,
    relative_cost_reads=("booster", "max_depth", "max_leaves", "num_parallel_tree", "max_bin", "tree_method"),
)
