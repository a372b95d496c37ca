"""A sweep as a user declares it: one grid with its data set and evaluation protocol."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator

from shared.catalog import Library, Metric, TaskType, metric_info
from shared.catalog.model import ParamValue
from shared.catalog.validation import Issue, check_grid, normalise_grid
from shared.domain.record import Record, content_hash
from shared.domain.spec_yaml import SpecLoader
from shared.errors import FieldError, InvalidSpec

#: validates a spec that was launched once: a later catalog may not make it unreadable
STORED = {"stored": True}
#: validates a spec whose grid is normalised and was checked by the form that it comes from
GRID_CHECKED = {"grid_checked": True}


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
        if info.context is STORED:
            return self
        if len(set(self.metrics)) != len(self.metrics):
            raise InvalidSpec([FieldError("metrics", "names a metric twice; list each once")])
        for metric in self.metrics:
            if self.dataset.task not in metric_info(metric).tasks:
                raise InvalidSpec(
                    [FieldError("metrics", f"{metric} does not score {self.dataset.task}; choose another")]
                )
        if info.context is GRID_CHECKED:
            return self
        normalised = normalise_grid(self.library, self.param_grid)
        issues = check_grid(self.library, self.dataset.task, normalised)
        errors = [issue for issue in issues if issue.is_error]
        if errors:
            raise InvalidSpec([FieldError(issue.field, issue.message) for issue in errors])
        if isinstance(info.context, list):
            info.context.extend(issues)
        object.__setattr__(self, "param_grid", normalised)
        return self

    @classmethod
    def parse(cls, raw: Any, warnings: list[Issue] | None = None, *, grid_is_checked: bool = False) -> SweepSpec:
        """Return the spec that ``raw`` (a mapping) declares, or raise InvalidSpec with every field that is wrong.

        What is odd about its grid is added to ``warnings``. A normalised grid that was checked is not checked again.
        """
        try:
            return cls.model_validate(raw, context=GRID_CHECKED if grid_is_checked else warnings)
        except ValidationError as error:
            raise InvalidSpec(
                FieldError(".".join(map(str, each["loc"])) or "spec", _sentence(each)) for each in error.errors()
            ) from error

    @classmethod
    def from_yaml(cls, text: str, warnings: list[Issue] | None = None) -> SweepSpec:
        """Return the spec written in ``text``, or raise InvalidSpec; ``warnings`` as for parse."""
        try:
            raw = yaml.load(text, Loader=SpecLoader)  # noqa: S506 - it is a SafeLoader
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
        return cls.parse(raw, warnings)

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


def _sentence(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return "is missing; add it"
    if error["type"] == "extra_forbidden":
        return "is not a field of a spec; remove it"
    return message
