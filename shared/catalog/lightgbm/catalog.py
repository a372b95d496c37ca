"""What is known of LightGBM: how its parameters bear on each other, what shares a fit and what a fit costs."""

from __future__ import annotations

from shared.catalog.effects import (
    dead,
    doubtful,
    early_stopping_within,
    falling,
    forbidden,
    full_leaves,
    no_early_stopping,
    number,
    tree_cost,
)
from shared.catalog.lightgbm.parameters import BY_NAME, PARAMETERS
from shared.catalog.model import (
    Equivalence,
    Library,
    LibraryCatalog,
    Params,
    ParamValue,
    Rising,
    RoundsSharing,
    TaskType,
)

_BINARY = frozenset({TaskType.BINARY})


def _is_goss(params: Params) -> bool:
    return params["data_sample_strategy"] == "goss"


def _depth_limits_leaves(params: Params) -> bool:
    depth = number(params, "max_depth")
    return depth > 0 and number(params, "num_leaves") > full_leaves(depth)


def _canonical_leaves(params: Params) -> ParamValue:
    return full_leaves(number(params, "max_depth")) if _depth_limits_leaves(params) else params["num_leaves"]


def _forest_without_sampling(params: Params) -> bool:
    return (
        params["boosting_type"] == "rf"
        and not _is_goss(params)
        and params["colsample_bytree"] == 1
        and (params["subsample"] == 1 or params["subsample_freq"] == 0)
    )


def _goss_never_starts(params: Params) -> bool:
    return _is_goss(params) and int(1 / number(params, "learning_rate")) >= number(params, "n_estimators")


_DEAD = (
    *(
        dead(BY_NAME[name], "boosting_type=dart", ("boosting_type",), lambda params: params["boosting_type"] != "dart")
        for name in ("drop_rate", "skip_drop", "max_drop")
    ),
    *(
        dead(
            BY_NAME[name],
            "data_sample_strategy=goss",
            ("data_sample_strategy",),
            lambda params: not _is_goss(params),
        )
        for name in ("top_rate", "other_rate")
    ),
    dead(
        BY_NAME["subsample"],
        "subsample_freq is 1 or more",
        ("subsample_freq",),
        lambda params: params["subsample_freq"] == 0,
        advice="set it to 1",
    ),
    dead(BY_NAME["subsample_freq"], "subsample is below 1", ("subsample",), lambda params: params["subsample"] == 1),
    dead(
        BY_NAME["learning_rate"],
        "boosting_type is gbdt or dart, or rows are sampled by goss",
        ("boosting_type", "data_sample_strategy"),
        lambda params: params["boosting_type"] == "rf" and not _is_goss(params),
    ),
    dead(BY_NAME["linear_lambda"], "linear_tree=True", ("linear_tree",), lambda params: not params["linear_tree"]),
    dead(
        BY_NAME["num_grad_quant_bins"],
        "use_quantized_grad=True",
        ("use_quantized_grad",),
        lambda params: not params["use_quantized_grad"],
    ),
)

_RULES = (
    *(rule for rule, _ in _DEAD),
    no_early_stopping("boosting_type", ("dart", "rf"), "use gbdt"),
    forbidden(
        "boosting_type",
        ("data_sample_strategy", "colsample_bytree", "subsample", "subsample_freq"),
        _forest_without_sampling,
        "'rf' needs sampling; set subsample below 1 and subsample_freq to 1, or colsample_bytree below 1",
        rising=Rising("subsample_freq", falling),
    ),
    forbidden(
        "data_sample_strategy",
        ("subsample", "subsample_freq"),
        lambda params: _is_goss(params) and number(params, "subsample") < 1 and number(params, "subsample_freq") > 0,
        "goss cannot be combined with bagging; set subsample to 1 or subsample_freq to 0",
        rising=Rising("subsample_freq"),
    ),
    forbidden(
        "top_rate",
        ("other_rate", "data_sample_strategy"),
        lambda params: _is_goss(params) and number(params, "top_rate") + number(params, "other_rate") > 1,
        "and other_rate add up to more than 1; lower one of them",
        rising=Rising("other_rate"),
    ),
    forbidden(
        "linear_tree",
        ("use_quantized_grad",),
        lambda params: params["linear_tree"] is True and params["use_quantized_grad"] is True,
        "with use_quantized_grad predicts one constant for every row; use one of the two",
    ),
    forbidden(
        "is_unbalance",
        ("scale_pos_weight",),
        lambda params: params["is_unbalance"] is True and params["scale_pos_weight"] != 1,
        "cannot be combined with scale_pos_weight; keep one of them",
        _BINARY,
    ),
    doubtful(
        "num_leaves",
        ("max_depth",),
        _depth_limits_leaves,
        "is more than a tree of max_depth levels can have (2^max_depth); lower it or raise max_depth",
        rising=Rising("num_leaves"),
    ),
    doubtful(
        "data_sample_strategy",
        ("n_estimators", "learning_rate"),
        _goss_never_starts,
        "goss uses every row in the first 1 / learning_rate rounds and so never starts; raise n_estimators",
        rising=Rising("n_estimators", falling),
    ),
    doubtful(
        "min_child_samples",
        ("path_smooth",),
        lambda params: number(params, "path_smooth") > 0 and number(params, "min_child_samples") < 2,
        "is raised to 2 where path_smooth is above 0",
        rising=Rising("min_child_samples", falling),
    ),
)

_EQUIVALENCES = (
    early_stopping_within("n_estimators"),
    *(equivalence for _, equivalence in _DEAD),
    Equivalence(
        parameter="max_depth",
        reads=(),
        canonical=lambda params: params["max_depth"] if number(params, "max_depth") > 0 else -1,
        why="a max_depth of 0 or less sets no limit",
    ),
    Equivalence(
        parameter="num_leaves",
        reads=("max_depth",),
        canonical=_canonical_leaves,
        why="a tree of max_depth levels has at most 2^max_depth leaves",
    ),
)


def _rounds_sharing(params: Params) -> RoundsSharing:
    if not params.keys() <= BY_NAME.keys():
        return RoundsSharing.NONE
    match params["boosting_type"]:
        case "gbdt" | "rf":
            return RoundsSharing.PREFIX
        case "dart":
            return RoundsSharing.DURING_TRAINING
    return RoundsSharing.NONE


def _relative_cost(params: Params) -> float:
    rounds = number(params, "n_estimators")
    depth = number(params, "max_depth")
    leaves = min(number(params, "num_leaves"), full_leaves(depth if depth > 0 else 31))
    cost = rounds * tree_cost(leaves, number(params, "max_bin"))
    # each round of dart predicts with the trees that it drops
    return cost * (1 + rounds / 40) if params["boosting_type"] == "dart" else cost


LIGHTGBM = LibraryCatalog(
    library=Library.LIGHTGBM,
    label="LightGBM",
    distribution="lightgbm",
    rounds_parameter="n_estimators",
    seed_parameter="random_state",
    parameters=PARAMETERS,
    rules=_RULES,
    equivalences=_EQUIVALENCES,
    rounds_sharing=_rounds_sharing,
    rounds_sharing_reads=("boosting_type",),
    relative_cost=_relative_cost,
    relative_cost_reads=("boosting_type", "num_leaves", "max_depth", "max_bin"),
)
