"""What is known of CatBoost: how its parameters bear on each other, what shares a fit and what a fit costs."""

from __future__ import annotations

from shared.catalog.catboost.parameters import BY_NAME, PARAMETERS
from shared.catalog.effects import (
    dead,
    doubtful,
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
    Params,
    ParamValue,
    Rising,
    RoundsSharing,
    Rule,
    TaskType,
)

_REGRESSION, _BINARY, _MULTICLASS = TaskType


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
        lambda params: params["learning_rate"] is None and params[name] is not None,
        "makes CatBoost use a learning rate of 0.03 instead of choosing one; set learning_rate",
    )


_DEAD = (
    dead(BY_NAME["min_data_in_leaf"], "grow_policy is Depthwise or Lossguide", ("grow_policy",), _is_symmetric),
    dead(
        BY_NAME["bagging_temperature"],
        "bootstrap_type=Bayesian",
        ("bootstrap_type",),
        lambda params: params["bootstrap_type"] == "MVS",
    ),
    dead(
        BY_NAME["sampling_frequency"],
        "rows are sampled or langevin adds noise",
        ("bootstrap_type", "langevin", "grow_policy"),
        # by levels, langevin draws its noise for each of them
        lambda params: params["bootstrap_type"] == "No" and not params["langevin"] and not _is_lossguide(params),
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
        rising=Rising("learning_rate"),
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
        rising=Rising("max_leaves"),
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
        params.keys() <= BY_NAME.keys()
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
    parameters=PARAMETERS,
    rules=_RULES,
    equivalences=_EQUIVALENCES,
    rounds_sharing=_rounds_sharing,
    rounds_sharing_reads=("learning_rate", "langevin", "model_shrink_rate"),
    relative_cost=_relative_cost,
    relative_cost_reads=("depth", "grow_policy", "max_leaves", "border_count", "boosting_type"),
)
