"""What the three libraries have in common: dead parameters, the leaves of a tree and what they cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable

from shared.catalog.model import (
    ALL_TASKS,
    EARLY_STOPPING,
    Equivalence,
    Parameter,
    ParameterKind,
    Params,
    ParamValue,
    Rising,
    Rule,
    Scale,
    Severity,
    TaskType,
    as_number,
)

#: the libraries' largest whole number
INT32_MAX = 2**31 - 1

#: leaves × bins that cost as much as one pass over the rows of a table of California housing's size (measured)
_BINS_PER_PASS = 6000


def dead(
    parameter: Parameter, unless: str, reads: tuple[str, ...], when: Callable[[Params], bool], advice: str = ""
) -> tuple[Rule, Equivalence]:
    """Return the warning and the equivalence of a parameter that has no effect ``when`` other parameters say so."""
    name, default = parameter.name, parameter.default
    rule = Rule(
        parameter=name,
        reads=(name, *reads),
        broken=lambda params: when(params) and params[name] != default,
        message="; ".join(filter(None, (f"has no effect unless {unless}", advice))),
        severity=Severity.WARNING,
    )
    equivalence = Equivalence(
        parameter=name,
        reads=reads,
        canonical=lambda params: default if when(params) else params[name],
        why=f"{name} has no effect unless {unless}",
    )
    return rule, equivalence


def resolved(parameter: str, reads: tuple[str, ...], value: Callable[[Params], ParamValue], why: str) -> Equivalence:
    """Return the equivalence of an empty parameter with the ``value`` that the library is known to give it.

    ``value`` may return None where the library's choice depends on more than the parameters.
    """
    return Equivalence(
        parameter=parameter,
        reads=reads,
        canonical=lambda params: value(params) if params[parameter] is None else params[parameter],
        why=why,
    )


def forbidden(
    parameter: str,
    reads: tuple[str, ...],
    broken: Callable[[Params], bool],
    message: str,
    tasks: Iterable[TaskType] = ALL_TASKS,
    rising: Rising | None = None,
) -> Rule:
    """Return the rule of a combination that the library refuses, or quietly trains as something else."""
    return _rule(Severity.ERROR, parameter, reads, broken, message, tasks, rising)


def doubtful(
    parameter: str,
    reads: tuple[str, ...],
    broken: Callable[[Params], bool],
    message: str,
    tasks: Iterable[TaskType] = ALL_TASKS,
    rising: Rising | None = None,
) -> Rule:
    """Return the rule of a combination that trains, but wastes time or means less than it says."""
    return _rule(Severity.WARNING, parameter, reads, broken, message, tasks, rising)


def _rule(
    severity: Severity,
    parameter: str,
    reads: tuple[str, ...],
    broken: Callable[[Params], bool],
    message: str,
    tasks: Iterable[TaskType],
    rising: Rising | None,
) -> Rule:
    return Rule(
        parameter=parameter,
        reads=(parameter, *reads),
        broken=broken,
        message=message,
        severity=severity,
        tasks=frozenset(tasks),
        rising=rising,
    )


def early_stopping(*aliases: str, native: str = "") -> Parameter:
    """Return the parameter that stops training when the held-out fold gains no more."""
    return Parameter(
        name=EARLY_STOPPING,
        aliases=aliases,
        native=native,
        kind=ParameterKind.INT,
        default=None,
        nullable=True,
        low=1,
        high=INT32_MAX,
        scale=Scale.LOG,
        group="Boosting",
        suggested=(10, 50),
        help="Stop once so many rounds bring no gain on the held-out fold, which so chooses the number of trees: "
        "the score is optimistic. Empty: off.",
    )


def early_stopping_within(rounds: str) -> Equivalence:
    """Return the equivalence of patience that lasts until ``rounds`` end the training, even if the first is best."""

    def canonical(params: Params) -> ParamValue:
        if params[EARLY_STOPPING] is None:
            return None
        return min(number(params, EARLY_STOPPING), max(1, number(params, rounds) - 1))

    return Equivalence(
        parameter=EARLY_STOPPING,
        reads=(rounds,),
        canonical=canonical,
        why=f"training ends with {rounds} before it could stop early",
    )


def no_early_stopping(parameter: str, values: Collection[ParamValue], instead: str) -> Rule:
    """Return the rule that models whose rounds are no model of their own, or independent, cannot stop early."""
    return forbidden(
        EARLY_STOPPING,
        (parameter,),
        lambda params: params[EARLY_STOPPING] is not None and params[parameter] in values,
        f"has no place with {parameter} {' or '.join(map(str, values))}; {instead}, or leave it empty there",
    )


def number(params: Params, name: str) -> float:
    """Return the value of a parameter that is a number; None counts as 0."""
    value = params[name]  # as as_number has it: planning asks a million times
    return 0 if value is None or isinstance(value, str) else value


def falling(value: ParamValue) -> float:
    """Order the values of a parameter from the largest down."""
    return -as_number(value)


def full_leaves(depth: float) -> int:
    """Return the leaves of a full binary tree, up to the largest whole number that a library takes."""
    return 1 << int(min(depth, 31))


def tree_cost(leaves: float, bins: float) -> float:
    """Return the cost of growing one tree: a pass over the rows a level, and a scan of every leaf's histograms."""
    return math.log2(leaves + 1) + leaves * bins / _BINS_PER_PASS
