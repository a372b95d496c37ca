"""From a form to a spec, or to what is wrong with each field."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dashboard.sentences import sentence
from dashboard.sweep_form.table_facts import TableFacts
from dashboard.sweep_form.values import FormValues, Grid
from shared import planning
from shared.catalog import ParamValue, TaskType, library_catalog, metric_info, metrics_for
from shared.catalog.model import ParameterKind
from shared.catalog.validation import check_grid, normalise_grid
from shared.domain import DatasetRef, SweepSpec
from shared.errors import InvalidSpec
from shared.grid_expression import GridExpressionError, parse, repeated, told_once
from shared.planning import GridSize
from shared.planning.same_model import merging_reasons
from shared.planning.table_rules import positive_class_of, table_issues
from shared.wording import agreeing, counted, unseen_sign

#: the most points that the form sizes and launches; beyond, a grid is a mistake of typing
MAX_POINTS = 5_000_000


@dataclass(frozen=True, slots=True)
class FormCheck:
    """What follows from a form."""

    #: None while there are errors
    spec: SweepSpec | None
    #: field -> what is wrong there; ``param_grid.<parameter>``, and ``param_grid.<n>.<parameter>`` for further grid n
    errors: dict[str, list[str]]
    warnings: dict[str, list[str]]
    #: None while a parameter's field cannot be read
    size: GridSize | None
    #: whether there is too much to compare, while typing, to say how many points are the same model
    size_is_upper_bound: bool
    #: why points are the same model as another, where some are
    same_model: tuple[str, ...]
    #: the values of each field that can be read
    values: dict[str, tuple[ParamValue, ...]]


def check(form: FormValues, table: TableFacts | None = None) -> FormCheck:
    """Return the spec that the form declares, or what is wrong with each field; never raises.

    What follows from the very table is said where that is given.
    """
    return _Checking(form, table).result()


def name_problem(name: str) -> str | None:
    """Return what is wrong with a sweep's name; None of a good one."""
    name = name.strip()
    if not name:
        return "Give the sweep a name."
    if len(name) > 100:
        return f"The name has {len(name)} characters; 100 is the most."
    if unseen := unseen_sign(name):
        # pasted, as a rule: where nothing is seen there is nothing to delete
        return f"The name has {unseen}; type it anew."
    return None


def size_sentence(checked: FormCheck, folds: int) -> str:
    """Return the grid's size in words, with what is saved."""
    size = checked.size
    if size is None:
        return "The size shows once the grid has no errors."
    bound = "At most " if checked.size_is_upper_bound else ""
    plain = size.trials * folds
    sentence = f"{bound}{counted(size.trials, 'trial')} × {folds} folds = {counted(plain, 'fit')}"
    if size.fits < plain:
        sentence += f", done in {size.fits:,}: trials that differ only in the number of trees share theirs"
    if size.points > size.trials:
        same = size.points - size.trials
        sentence += f". {same:,} of {size.points:,} points {agreeing(same, 'is', 'are')} the same model as another"
        sentence += _reasons(checked.same_model)
    return sentence + "."


def _reasons(whys: tuple[str, ...]) -> str:
    """Return the first reason in words, and how many more there are."""
    if not whys:
        return ""
    more = f" (and {counted(len(whys) - 1, 'more reason')})" if len(whys) > 1 else ""
    return f": {whys[0]}{more}"


class _Checking:
    """One check of one form."""

    def __init__(self, form: FormValues, table: TableFacts | None) -> None:
        self._form, self._table = form, table
        self._catalog = library_catalog(form.library)
        self._errors: dict[str, list[str]] = {}
        self._warnings: dict[str, list[str]] = {}
        self._values: dict[str, tuple[ParamValue, ...]] = {}
        self._size: GridSize | None = None
        self._size_is_upper_bound = False
        self._same_model: tuple[str, ...] = ()

    def result(self) -> FormCheck:
        self._check_protocol()
        self._check_data()
        if self._read_grid() and self._fits_in():
            self._check_rules()
            self._check_table()
            self._measure()
        spec = None if self._errors else self._spec()
        return FormCheck(
            spec,
            self._errors,
            self._warnings,
            self._size,
            self._size_is_upper_bound,
            self._same_model,
            self._values,
        )

    def _error(self, name: str, message: str) -> None:
        self._errors.setdefault(name, []).append(message)

    def _warn(self, name: str, message: str) -> None:
        self._warnings.setdefault(name, []).append(message)

    def _check_protocol(self) -> None:
        form = self._form
        if problem := name_problem(form.name):
            self._error("name", problem)
        if not 2 <= form.folds <= 50:
            self._error("folds", f"{form.folds} folds are not possible; choose 2 to 50.")
        if not 0 <= form.seed <= 2**31 - 1:
            self._error("seed", "The seed must be a whole number from 0 to 2147483647.")
        if form.trial_timeout_seconds is not None and form.trial_timeout_seconds <= 0:
            self._error("trial_timeout_seconds", "The limit must be above 0 seconds; leave it empty for none.")

    def _check_data(self) -> None:
        form = self._form
        if not form.dataset_name:
            self._error("dataset", "Choose a data set.")
        elif not form.target:
            self._error("target", "Choose the column to predict.")
        elif form.task is None:
            self._error("task", "Choose what is predicted: a number, or one of several classes.")
        if not form.metrics:
            self._error("metrics", "Choose at least one metric; the first one ranks.")
        elif form.task is not None:
            usable = metrics_for(form.task)
            labels = ", ".join(metric_info(metric).label for metric in usable)
            for metric in form.metrics:
                if metric not in usable:
                    label = metric_info(metric).label
                    self._error("metrics", f"{label} does not score {form.task}; choose among {labels}.")
            if len(set(form.metrics)) < len(form.metrics):
                self._error("metrics", "A metric is listed twice; list each once.")

    def _read_grid(self) -> bool:
        """Parse every field; whether all of them, and the further grids, can be read."""
        readable = True
        for name, text in self._form.expressions.items():
            parameter = self._catalog.parameter(name)
            if parameter is None:
                self._error(f"param_grid.{name}", f"{self._catalog.label} has no such parameter; remove it.")
            elif parameter.name in self._values:
                self._error(f"param_grid.{name}", f"This is another name of {parameter.name}; keep one of them.")
            else:
                try:
                    self._values[parameter.name] = parse(text, parameter)
                    again = repeated(text, parameter)
                    if again:
                        whole = parameter.kind is ParameterKind.FLOAT and not re.search(r"[.eE(]", text)
                        self._warn(f"param_grid.{parameter.name}", sentence(told_once(again, whole)))
                    continue
                except GridExpressionError as error:
                    place = f" (at character {error.position + 1})" if error.position else ""
                    self._error(f"param_grid.{name}", sentence(error.message + place))
            readable = False
        return readable

    @property
    def _grids(self) -> tuple[Grid, ...]:
        return (self._values, *self._form.extra_grids)

    @property
    def _points(self) -> int:
        return planning.count_points(self._grids)

    def _fits_in(self) -> bool:
        """Whether the grid is small enough to be checked while typing."""
        if self._points > MAX_POINTS:
            self._error(
                "param_grid",
                f"{self._points:,} points are too many; {MAX_POINTS:,} is the most. List fewer values.",
            )
            return False
        return True

    def _check_rules(self) -> None:
        form = self._form
        if not self._values and not form.extra_grids:
            self._warn("param_grid", "The grid is empty: one trial, with the library's defaults.")
        for issue in check_grid(form.library, form.task or TaskType.REGRESSION, self._grids):
            if form.task is None and not issue.is_error:
                continue
            name = issue.field.replace("param_grid.0.", "param_grid.", 1) if form.extra_grids else issue.field
            (self._error if issue.is_error else self._warn)(name, sentence(issue.message))

    def _check_table(self) -> None:
        """Say what of the grid this table does not allow, or turns into another thing than it says."""
        table, spec = self._table, self._sizing_spec()
        if table is None or self._form.task is None or any(name.startswith("param_grid") for name in self._errors):
            return
        classes = list(table.classes)
        if spec.positive_class is not None and classes:
            try:
                spec = spec.model_copy(update={"positive_class": positive_class_of(spec, classes)})
            except InvalidSpec as unknown:
                for error in unknown.errors:
                    self._error(error.field, sentence(error.message))
                return
        kinds = dict.fromkeys(table.categories, "category")
        for issue in table_issues(spec, kinds, table.classes, table.rows, table.zeros):
            name = issue.field.replace("param_grid.0.", "param_grid.", 1)
            (self._error if issue.is_error else self._warn)(name, sentence(issue.message))

    def _measure(self) -> None:
        if any(name.startswith("param_grid") or name == "folds" for name in self._errors):
            return
        if planning.combinations_to_compare(self._form.library, self._grids) > planning.MOST_COMPARED:
            points = self._points
            self._size = GridSize(points=points, trials=points, fits=points * self._form.folds)
            self._size_is_upper_bound = True
        else:
            self._size = planning.grid_size(self._sizing_spec())
            if self._size.points > self._size.trials:
                self._same_model = merging_reasons(self._form.library, self._grids, self._form.seed)

    def _sizing_spec(self) -> SweepSpec:
        """A spec of this grid whatever the other fields hold: they do not bear on its size."""
        form = self._form
        return SweepSpec.model_construct(
            name=form.name,
            library=form.library,
            dataset=DatasetRef.model_construct(
                name="", content_hash=None, target=form.target, task=form.task or TaskType.REGRESSION
            ),
            param_grid=tuple(dict(sorted(grid.items())) for grid in self._grids),
            metrics=form.metrics,
            folds=form.folds,
            seed=form.seed,
            trial_timeout_seconds=None,
            positive_class=form.positive_class,
        )

    def _spec(self) -> SweepSpec | None:
        form = self._form
        raw = {
            "name": form.name.strip(),
            "library": form.library,
            "dataset": {
                "name": form.dataset_name,
                "content_hash": form.dataset_hash,
                "target": form.target,
                "task": form.task,
            },
            "param_grid": normalise_grid(form.library, self._grids),
            "metrics": form.metrics,
            "folds": form.folds,
            "seed": form.seed,
            "trial_timeout_seconds": form.trial_timeout_seconds,
            "rounds_curve": form.rounds_curve,
            "racing": form.racing,
            "positive_class": form.positive_class,
        }
        try:
            return SweepSpec.parse(raw, grid_is_checked=True)
        except InvalidSpec as invalid:
            for error in invalid.errors:
                name = "dataset" if error.field.startswith("dataset.") else error.field
                self._error(name, sentence(error.message))
            return None
