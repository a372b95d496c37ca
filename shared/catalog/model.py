"""The kinds of record that the catalog is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: a value of a parameter; bool before int, so that True stays True
ParamValue = bool | int | float | str | None
Params = Mapping[str, ParamValue]


class Library(StrEnum):
    """A gradient-boosting library."""

    XGBOOST = "xgboost"
    LIGHTGBM = "lightgbm"
    CATBOOST = "catboost"


class TaskType(StrEnum):
    """What is predicted."""

    REGRESSION = "regression"
    BINARY = "binary"
    MULTICLASS = "multiclass"


class ParameterKind(StrEnum):
    """The type of a parameter's values."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    CHOICE = "choice"


class Scale(StrEnum):
    """How a parameter's sensible values are spaced; the default axis of its curve."""

    LINEAR = "linear"
    LOG = "log"


class Preset(StrEnum):
    """A ready-made grid."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


ALL_TASKS = frozenset(TaskType)

#: the parameter by which each library stops training early; None is off
EARLY_STOPPING = "early_stopping_rounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One tunable parameter of a library."""

    #: the keyword of the library's scikit-learn estimator
    name: str
    kind: ParameterKind
    #: the library's own default; None where the library decides
    default: ParamValue
    #: what it does, in one line
    help: str
    #: a heading of the form: Boosting, Tree shape, Sampling, Regularisation, Binning, Categories, Other
    group: str
    #: other names that the library accepts
    aliases: tuple[str, ...] = ()
    #: the name in the library's native training API
    native: str = ""
    low: float | None = None
    high: float | None = None
    #: whether the bound itself is illegal
    low_open: bool = False
    high_open: bool = False
    choices: tuple[ParamValue, ...] = ()
    #: choices of older versions of the library -> what to write instead
    moved_choices: Mapping[str, str] = field(default_factory=dict)
    #: whether None (the library decides) is a legal value
    nullable: bool = False
    #: a sensible grid for each preset that includes the parameter
    grids: Mapping[Preset, tuple[ParamValue, ...]] = field(default_factory=dict)
    #: values that the form offers when the parameter is added by hand
    suggested: tuple[ParamValue, ...] = ()
    scale: Scale = Scale.LINEAR
    tasks: frozenset[TaskType] = ALL_TASKS


class Severity(StrEnum):
    """Whether a rule's breach stops the launch."""

    ERROR = "error"
    WARNING = "warning"


def as_number(value: ParamValue) -> float:
    """Return a value that is a number; None counts as 0."""
    return 0 if value is None or isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Rising:
    """A parameter of a rule that, all others being equal, is broken by every value behind the first that breaks it."""

    name: str
    #: what its values are ordered by
    by: Callable[[ParamValue], float] = as_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A combination of parameters that is invalid, wasteful or dead.

    ``broken`` sees a point's full parameters (defaults filled in).
    """

    #: the field at which the form shows the message
    parameter: str
    #: every parameter that ``broken`` reads
    reads: tuple[str, ...]
    #: reads first what settles most, since what it need not read need not be tried
    broken: Callable[[Params], bool]
    message: str
    severity: Severity
    #: the tasks for which it holds
    tasks: frozenset[TaskType] = ALL_TASKS
    #: where numbers bear on each other: spares trying each with each
    rising: Rising | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """Points that are proven to be one model.

    ``canonical`` sees a point's full parameters and returns the one value of ``parameter`` that stands for all
    values that make the same model; where the rule does not apply it returns the value that is there.
    """

    parameter: str
    #: every other parameter that ``canonical`` reads
    reads: tuple[str, ...]
    canonical: Callable[[Params], ParamValue]
    why: str


class RoundsSharing(StrEnum):
    """How trials that differ only in the number of rounds may share one fit."""

    #: every prefix of the larger model is the smaller model, and watching a held-out fold changes no tree
    PREFIX = "prefix"
    #: scores must be taken during training, at each requested count
    DURING_TRAINING = "during_training"
    #: each count needs a fit of its own
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryCatalog:
    """What is known of one library."""

    library: Library
    #: how people write it
    label: str
    #: the distribution on PyPI whose version is part of a trial's id
    distribution: str
    #: the parameter that counts boosting rounds
    rounds_parameter: str
    #: the parameter that seeds the library
    seed_parameter: str
    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...]
    #: applied once each, in this order; applying them again changes nothing
    equivalences: tuple[Equivalence, ...]
    #: from a point's full parameters; everything not known to be safe is NONE
    rounds_sharing: Callable[[Params], RoundsSharing]
    #: every parameter that ``rounds_sharing`` reads
    rounds_sharing_reads: tuple[str, ...] = ()
    #: an estimate of a fit's cost from a point's full parameters, in arbitrary units; orders tasks
    relative_cost: Callable[[Params], float]
    #: every parameter that ``relative_cost`` reads
    relative_cost_reads: tuple[str, ...] = ()

    @property
    def read_off(self) -> frozenset[str]:
        """The parameters in which the trials of a shared fit may differ: they are read off its rounds."""
        return frozenset({self.rounds_parameter, EARLY_STOPPING})

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of that canonical name or alias, if there is one."""
        for each in self.parameters:
            if name == each.name or name in each.aliases:
                return each
        return None
