"""What is known of XGBoost: how its parameters bear on each other, what shares a fit and what a fit costs."""

from __future__ import annotations

import math

from shared.catalog.effects import (
    INT32_MAX,
    dead,
    doubtful,
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
    Params,
    ParamValue,
    Rising,
    RoundsSharing,
    as_number,
)
from shared.catalog.xgboost.parameters import BY_NAME, PARAMETERS, TREE

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
    *(dead(parameter, "booster is gbtree or dart", ("booster",), _is_linear) for parameter in TREE),
    dead(BY_NAME["num_parallel_tree"], "booster is gbtree or dart", ("booster",), _is_linear),
    *(
        dead(BY_NAME[name], "tree_method is hist or approx", ("tree_method", "booster"), _is_exact)
        for name in ("max_leaves", "grow_policy", "max_bin")
    ),
    *(
        dead(BY_NAME[name], "booster=dart", ("booster",), lambda params: params["booster"] != "dart")
        for name in ("rate_drop", "one_drop")
    ),
    *(
        dead(
            BY_NAME[name],
            "booster=dart with rate_drop above 0 or one_drop",
            ("booster", "rate_drop", "one_drop"),
            _never_drops,
        )
        for name in ("sample_type", "normalize_type")
    ),
    dead(
        BY_NAME["skip_drop"],
        "booster=dart with rate_drop above 0, one_drop, or rows or columns sampled",
        ("booster", "rate_drop", "one_drop", "subsample", *_COLUMN_SAMPLING),
        # a round that is skipped draws no numbers for its trees, so that those of sampling are others
        lambda params: _never_drops(params) and (params["booster"] != "dart" or _samples_nothing(params)),
    ),
    dead(
        BY_NAME["random_state"],
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
        rising=Rising("max_leaves"),
    ),
    doubtful(
        "grow_policy",
        ("max_leaves", "max_depth", "colsample_bynode"),
        lambda params: (
            params["grow_policy"] == "lossguide"
            and params["colsample_bynode"] == 1
            and (_limits_nothing(params) or params["max_leaves"] == 0)
        ),
        "lossguide grows the same trees as depthwise unless max_leaves limits them; set max_leaves",
        rising=Rising("max_leaves", lambda value: as_number(value) or math.inf),
    ),
    doubtful(
        "num_parallel_tree",
        ("subsample", *_COLUMN_SAMPLING),
        lambda params: _samples_nothing(params) and number(params, "num_parallel_tree") > 1,
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
    if not params.keys() <= BY_NAME.keys():
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
    parameters=PARAMETERS,
    rules=_RULES,
    equivalences=_EQUIVALENCES,
    rounds_sharing=_rounds_sharing,
    rounds_sharing_reads=("booster",),
    relative_cost=_relative_cost,
    relative_cost_reads=("booster", "max_depth", "max_leaves", "num_parallel_tree", "max_bin", "tree_method"),
)
