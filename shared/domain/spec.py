"""A sweep as a user declares it: one grid with its data set and evaluation protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, model_validator

from shared.catalog import Library, Metric, TaskType, metric_info, metrics_for
from shared.catalog.model import ParamValue
from shared.catalog.validation import Issue, check_grid, normalise_grid
from shared.domain.record import STORED, Record, content_hash
from shared.domain.spec_fields import explain as explain_fields
from shared.domain.spec_fields import explain_number
from shared.domain.spec_grid import GridReading
from shared.domain.spec_yaml import PlainNumber, SpecLoader
from shared.domain.spec_yaml import explain as explain_yaml
from shared.errors import FieldError, InvalidSpec
from shared.wording import unseen_sign

#: the largest text that is read: a list has 10,000 values, and a person waits while PyYAML reads
MOST_SPEC_BYTES = 500_000

#: validates a spec whose grid is normalised and was checked by the form that it comes from
GRID_CHECKED = {"grid_checked": True}


def _stripped(value: Any, info: ValidationInfo) -> Any:
    """Return a name without the blanks around it, as the form has it; one that is stored stays as it is."""
    return value.strip() if isinstance(value, str) and info.context is not STORED else value


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true and false are not 1 and 0 here")  # noqa: TRY004 - pydantic's
    return value


def _class_name(value: Any, info: ValidationInfo) -> Any:
    """Return a class as the table writes it: YAML reads 0 as a number and true as a truth value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value)) if isinstance(value, int) or value.is_integer() else str(value)
    return _stripped(value, info)


_Name = Annotated[str, BeforeValidator(_stripped)]
_Whole = Annotated[int, BeforeValidator(_no_truth_value)]


class DatasetRef(Record):
    """Which table, which of its columns is predicted, and as what."""

    #: a named set (``california_housing``) or the name given to an upload
    name: _Name = Field(min_length=1, max_length=200)
    #: SHA-256 of the content; None only before launch, for a named set
    content_hash: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    target: str = Field(min_length=1)
    task: TaskType


class SweepSpec(Record):
    """What a user declares: the grid, the data and the protocol by which each point is scored."""

    name: _Name = Field(min_length=1, max_length=100)
    library: Library
    dataset: DatasetRef
    #: one grid, or several whose union is searched (scikit-learn's ParameterGrid); canonical names, no duplicates
    param_grid: Annotated[
        tuple[dict[str, tuple[ParamValue, ...]], ...],
        BeforeValidator(lambda grid: (grid,) if isinstance(grid, dict) else grid),
    ]
    #: the first one ranks
    metrics: tuple[Metric, ...] = Field(min_length=1)
    folds: _Whole = Field(default=5, ge=2, le=50)
    #: shuffles the folds and, unless the grid says otherwise, seeds the library
    seed: _Whole = Field(default=0, ge=0, le=2**31 - 1)
    trial_timeout_seconds: Annotated[float | None, BeforeValidator(_no_truth_value)] = Field(
        default=None, gt=0, allow_inf_nan=False
    )
    #: score the ranking metric over the rounds and report the count with the best mean over the folds
    rounds_curve: bool = False
    #: drop a trial after a fold if it is clearly worse than the tenth best
    racing: bool = False
    #: of two classes the one that F1 and class weights speak of; None: the one that sorts second. Of a launched spec it
    #: is None wherever it would be that one
    positive_class: Annotated[str | None, BeforeValidator(_class_name)] = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        if len(set(self.metrics)) != len(self.metrics):
            raise InvalidSpec([FieldError("metrics", "names a metric twice; list each once")])
        unseen = unseen_sign(self.name)
        if unseen:
            raise InvalidSpec([FieldError("name", f"{self.name[:40]!a} has {unseen}; remove it")])
        for metric in self.metrics:
            if self.dataset.task not in metric_info(metric).tasks:
                raise InvalidSpec(
                    [
                        FieldError(
                            "metrics",
                            f"{metric} does not score {self.dataset.task}; write one or more of "
                            f"{', '.join(metrics_for(self.dataset.task))}",
                        )
                    ]
                )
        if self.positive_class is not None and self.dataset.task is not TaskType.BINARY:
            raise InvalidSpec([FieldError("positive_class", f"has no meaning for {self.dataset.task}; remove it")])
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

        A parameter's values are a list, or a text in the grammar of the form's fields. What is odd about the grid is
        added to ``warnings``. A normalised grid that was checked is not checked again.
        """
        if not isinstance(raw, Mapping):
            raise InvalidSpec([FieldError("spec", "must be a mapping with name, library, dataset, param_grid...")])
        odd: list[Issue] = []
        errors: list[FieldError] = []
        if not grid_is_checked:
            errors += _ambiguous({name: value for name, value in raw.items() if name != "param_grid"})
            raw, grid_errors = _with_grid(raw, odd)
            errors += grid_errors
        try:
            spec = cls.model_validate(raw, context=GRID_CHECKED if grid_is_checked else odd)
        except ValidationError as error:
            raise InvalidSpec(
                [*errors, *explain_fields(error.errors(), {each.field for each in errors}, _task(raw))]
            ) from error
        except InvalidSpec as error:
            raise InvalidSpec([*errors, *_with_warnings(error.errors, odd)]) from error
        if errors:
            raise InvalidSpec(errors)
        if warnings is not None:
            warnings.extend(odd)
        return spec

    @classmethod
    def from_bytes(cls, content: bytes, warnings: list[Issue] | None = None) -> SweepSpec:
        """Return the spec of a file, or raise InvalidSpec; ``warnings`` as for parse."""
        _check_size(len(content))
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise InvalidSpec([FieldError("spec", "is not UTF-8 text; save it as UTF-8")]) from error
        return cls.from_yaml(text, warnings)

    @classmethod
    def from_yaml(cls, text: str, warnings: list[Issue] | None = None) -> SweepSpec:
        """Return the spec written in ``text``, or raise InvalidSpec; ``warnings`` as for parse."""
        _check_size(len(text))
        try:
            raw = yaml.load(text, Loader=SpecLoader)  # noqa: S506 - it is a SafeLoader
        except yaml.YAMLError as error:
            raise InvalidSpec([FieldError("spec", f"is not YAML: {explain_yaml(error)}")]) from error
        except RecursionError as error:
            raise InvalidSpec([FieldError("spec", "is nested too deeply for a spec")]) from error
        except (ValueError, LookupError, AttributeError, TypeError) as error:  # PyYAML checks neither numbers nor tags
            raise InvalidSpec(
                [FieldError("spec", "has a value that cannot be read; write numbers, texts, lists and mappings only")]
            ) from error
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
        """SHA-256 of the spec's canonical JSON; without a field that came later, where it says nothing."""
        raw = self.model_dump(mode="json")
        if self.positive_class is None:
            del raw["positive_class"]
        return content_hash(raw)

    def with_dataset_hash(self, dataset_hash: str) -> SweepSpec:
        """Return the same spec bound to stored content."""
        dataset = self.dataset.model_copy(update={"content_hash": dataset_hash})
        return self.model_copy(update={"dataset": dataset})


def _check_size(size: int) -> None:
    if size > MOST_SPEC_BYTES:
        raise InvalidSpec(
            [
                FieldError(
                    "spec",
                    f"has more than {MOST_SPEC_BYTES / 1e6:g} MB, the most of a spec; write ranges such as "
                    "linspace(0.01, 0.3, 100) instead of long lists",
                )
            ]
        )


def _task(raw: Mapping[Any, Any]) -> TaskType | None:
    """Return the task, where it is one."""
    dataset = raw.get("dataset")
    task = dataset.get("task") if isinstance(dataset, Mapping) else None
    return TaskType(task) if isinstance(task, str) and task in set(TaskType) else None


def _with_grid(raw: Mapping[Any, Any], odd: list[Issue]) -> tuple[dict[Any, Any], list[FieldError]]:
    """Return the spec with its grid as lists of values, or without one where that cannot be read."""
    if raw.get("param_grid") is None:
        return dict(raw), []
    try:
        library = Library(str(raw.get("library")))
    except ValueError:  # that is told, and without it nothing is known of parameters
        return {**raw, "param_grid": {}}, []
    reading = GridReading(library, raw["param_grid"])
    odd.extend(reading.warnings)
    return {**raw, "param_grid": {} if reading.errors else tuple(reading.grids)}, reading.errors


def _with_warnings(errors: Iterable[FieldError], odd: Iterable[Issue]) -> Iterator[FieldError]:
    """Yield the errors with what is odd about the same field: a decimal comma makes a 0 of 0,5, which is too small."""
    warnings = {issue.field: issue.message for issue in odd}
    for error in errors:
        more = warnings.pop(error.field, None)
        yield FieldError(error.field, f"{error.message}; {more}") if more else error


def _ambiguous(value: Any, place: str = "") -> Iterator[FieldError]:
    """Yield where a text without quotes is a number to some YAML readers."""
    if isinstance(value, PlainNumber):
        yield FieldError(place, explain_number(value))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _ambiguous(each, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _ambiguous(each, f"{place}.{number}")
