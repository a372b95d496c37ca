"""A sweep: one declared grid with its data set and evaluation protocol, and its execution."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from shared.catalog import Library, Metric, TaskType, metric_info
from shared.catalog.model import ParamValue
from shared.catalog.validation import check_grid, normalise_grid
from shared.errors import FieldError, InvalidSpec


class Record(BaseModel):
    """A frozen, validated domain record; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _SpecLoader(yaml.SafeLoader):
    """Safe YAML that reads 1e-3 as a number, as YAML 1.2 does, and refuses to drop a key that is written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping, or raise YAMLError where it names a key twice."""
        names = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if names.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is written twice", key.start_mark)
        return super().construct_mapping(node, deep)


_SpecLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


class DatasetRef(Record):
    """Which table, which of its columns is predicted, and as what."""

    #: a named set (``california_housing``) or the name given to an upload
    name: str = Field(min_length=1, max_length=200)
    #: SHA-256 of the content; None only before launch, for a named set
    content_hash: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    target: str = Field(min_length=1)
    task: TaskType


class SweepSpec(Record):
    """What a user declares: the grid, the data and the protocol by which each point is scored."""

    name: str = Field(min_length=1, max_length=100)
    library: Library
    dataset: DatasetRef
    #: one grid, or several whose union is searched (scikit-learn's ParameterGrid); canonical names, no duplicates
    param_grid: Annotated[
        tuple[dict[str, tuple[ParamValue, ...]], ...],
        BeforeValidator(lambda grid: (grid,) if isinstance(grid, dict) else grid),
    ]
    #: the first one ranks
    metrics: tuple[Metric, ...] = Field(min_length=1)
    folds: int = Field(default=5, ge=2, le=50)
    #: shuffles the folds and, unless the grid says otherwise, seeds the library
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    trial_timeout_seconds: float | None = Field(default=None, gt=0)
    #: score the ranking metric over the rounds and report the count with the best mean over the folds
    rounds_curve: bool = False
    #: drop a trial after a fold if it is clearly worse than the tenth best
    racing: bool = False

    @field_validator("param_grid", mode="before")
    @classmethod
    def _lists_only(cls, grids: Any) -> Any:
        for grid in grids if isinstance(grids, list | tuple) else [grids]:
            for name, values in grid.items() if isinstance(grid, dict) else ():
                if isinstance(values, str) or not isinstance(values, list | tuple):
                    raise ValueError(f"{name} needs a list of values, such as [{values}]")  # noqa: TRY004 - pydantic's
                odd = [value for value in values if isinstance(value, list | tuple | dict | date)]
                if odd:
                    raise ValueError(f"{name} cannot be {odd[0]!r}; list numbers, texts, true or false")
        return grids

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        if info.context is _STORED:
            return self
        if len(set(self.metrics)) != len(self.metrics):
            raise InvalidSpec([FieldError("metrics", "names a metric twice; list each once")])
        for metric in self.metrics:
            if self.dataset.task not in metric_info(metric).tasks:
                raise InvalidSpec(
                    [FieldError("metrics", f"{metric} does not score {self.dataset.task}; choose another")]
                )
        normalised = normalise_grid(self.library, self.param_grid)
        errors = [issue for issue in check_grid(self.library, self.dataset.task, normalised) if issue.is_error]
        if errors:
            raise InvalidSpec([FieldError(issue.field, issue.message) for issue in errors])
        object.__setattr__(self, "param_grid", normalised)
        return self

    @classmethod
    def parse(cls, raw: Any) -> SweepSpec:
        """Return the spec that ``raw`` (a mapping) declares, or raise InvalidSpec with every field that is wrong."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise InvalidSpec(
                FieldError(".".join(map(str, each["loc"])) or "spec", _sentence(each)) for each in error.errors()
            ) from error

    @classmethod
    def from_yaml(cls, text: str) -> SweepSpec:
        """Return the spec written in ``text``, or raise InvalidSpec."""
        try:
            raw = yaml.load(text, Loader=_SpecLoader)  # noqa: S506 - it is a SafeLoader
        except yaml.YAMLError as error:
            raise InvalidSpec([FieldError("spec", f"is not YAML: {error}")]) from error
        except RecursionError as error:
            raise InvalidSpec([FieldError("spec", "is nested too deeply for a spec")]) from error
        except (ValueError, LookupError, AttributeError) as error:  # PyYAML checks neither dates nor numbers nor tags
            raise InvalidSpec(
                [FieldError("spec", f"has a value that cannot be read ({error}); put it in quotes if it is a text")]
            ) from error
        if not isinstance(raw, dict):
            raise InvalidSpec([FieldError("spec", "must be a mapping with name, library, dataset, param_grid...")])
        return cls.parse(raw)

    def to_yaml(self) -> str:
        """Return the spec as YAML that from_yaml reads back unchanged."""
        raw = self.model_dump(mode="json", exclude_none=False)
        if len(self.param_grid) == 1:
            raw["param_grid"] = raw["param_grid"][0]
        return yaml.safe_dump(raw, sort_keys=False, allow_unicode=True)

    @property
    def ranking_metric(self) -> Metric:
        """The metric that orders the leaderboard."""
        return self.metrics[0]

    @property
    def spec_hash(self) -> str:
        """SHA-256 of the spec's canonical JSON."""
        return content_hash(self.model_dump(mode="json"))

    def with_dataset_hash(self, dataset_hash: str) -> SweepSpec:
        """Return the same spec bound to stored content."""
        dataset = self.dataset.model_copy(update={"content_hash": dataset_hash})
        return self.model_copy(update={"dataset": dataset})


class SweepStatus(StrEnum):
    """How far a sweep has come."""

    #: its tasks are still being published
    LAUNCHING = "launching"
    #: trials are pending or running
    RUNNING = "running"
    #: every trial has an outcome
    FINISHED = "finished"
    #: stopped by a person; what had an outcome keeps it
    CANCELLED = "cancelled"

    @property
    def goes_on(self) -> bool:
        """Whether more outcomes are to come by themselves."""
        return self in (SweepStatus.LAUNCHING, SweepStatus.RUNNING)


#: validates a sweep that was launched once: a later catalog may not make it unreadable
_STORED = {"stored": True}


class Sweep(Record):
    """A launched spec. Its trial ids are a pure function of ``spec`` and ``library_version``."""

    sweep_id: str
    spec: SweepSpec
    #: the version of the library that planned, and must evaluate, every trial
    library_version: str
    created_at: datetime
    #: distinct trials
    size: int = Field(ge=1)
    #: how often it was published; tasks of an earlier epoch are stale and dropped by workers
    epoch: int = Field(default=1, ge=1)
    #: whether the last epoch was published to its end
    published: bool = False
    cancelled: bool = False

    @classmethod
    def new(cls, spec: SweepSpec, library_version: str, size: int) -> Sweep:
        """Return a sweep with a fresh readable id."""
        slug = re.sub(r"[^a-z0-9]+", "-", spec.name.lower()).strip("-")[:40].strip("-") or "sweep"
        return cls(
            sweep_id=f"{slug}-{secrets.token_hex(3)}",
            spec=spec,
            library_version=library_version,
            created_at=datetime.now(UTC),
            size=size,
        )

    @classmethod
    def from_stored(cls, body: str | dict[str, Any]) -> Sweep:
        """Return the sweep of a store's JSON or mapping, without judging its grid again by today's catalog."""
        if isinstance(body, str):
            return cls.model_validate_json(body, context=_STORED)
        return cls.model_validate(body, context=_STORED)


def content_hash(value: Any) -> str:
    """Return the SHA-256 of ``value``'s canonical JSON (keys sorted, no white space)."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _sentence(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return "is missing; add it"
    if error["type"] == "extra_forbidden":
        return "is not a field of a spec; remove it"
    return message
