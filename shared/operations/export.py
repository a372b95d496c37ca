"""What leaves Boostgrid: trials as CSV, the best parameters as CSV, JSON and Python. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

from shared.catalog import Library, Metric, ParamValue, TaskType, library_catalog, metric_info
from shared.catalog.model import EARLY_STOPPING
from shared.datasets import NAMED_DATASETS
from shared.domain import DatasetInfo, DatasetRef, Sweep, SweepSpec, TrialOutcome, TrialState
from shared.planning.winning import point_of
from shared.wording import counted

#: how the two sets of parameters of a trial that stops early are called
SEARCHED, FOR_ALL_ROWS = "searched", "for a fit on all rows"


def has_categories(dataset: DatasetRef, stored: Iterable[DatasetInfo]) -> bool:
    """Whether the sweep's table, which is among the stored ones, has category columns beside the target."""
    return any(
        kind == "category"
        for info in stored
        if info.content_hash == dataset.content_hash
        for name, kind in info.columns.items()
        if name != dataset.target
    )


def best_params(sweep: Sweep, outcome: TrialOutcome) -> dict[str, ParamValue]:
    """Return what makes the trial's model: every parameter that the sweep sets, as the grid writes it, and the seed.

    They are keywords of the library's scikit-learn estimator; None, by which the library decides, is left out.
    """
    seed = library_catalog(sweep.spec.library).seed_parameter
    names = {name for grid in sweep.spec.param_grid for name in grid}
    # where nothing is random the outcome may be that of another seed, which would only puzzle
    params = point_of(sweep, outcome)
    if seed not in names and seed in outcome.params:
        params[seed] = sweep.spec.seed
    return {name: params[name] for name in sorted(names | {seed}) if params.get(name) is not None}


def stops_early(outcome: TrialOutcome) -> bool:
    """Whether the folds chose the trial's number of trees, so that a fit on all rows needs other parameters."""
    return outcome.params.get(EARLY_STOPPING) is not None


def all_rows_params(sweep: Sweep, outcome: TrialOutcome) -> dict[str, ParamValue]:
    """Return the parameters for a fit on all rows: where no fold is held out, nothing can stop training early.

    The number of trees is then the median of what the folds kept. Of a trial that does not stop early they are those
    of best_params.
    """
    params = best_params(sweep, outcome)
    if not stops_early(outcome):
        return params
    params.pop(EARLY_STOPPING, None)
    if outcome.rounds:
        params[library_catalog(sweep.spec.library).rounds_parameter] = int(median(outcome.rounds) + 0.5)
    return dict(sorted(params.items()))


def rounds_text(outcome: TrialOutcome) -> str:
    """Return the boosting rounds of each fold's model, or the one number that all have."""
    return " ".join(map(str, outcome.rounds if len(set(outcome.rounds)) > 1 else outcome.rounds[:1]))


def best_params_csv(sweep: Sweep, outcome: TrialOutcome) -> str:
    """Return the trial's parameters as CSV: one row, a column for each parameter.

    Then come ``rounds``, those of each fold's model, and ``best_rounds``, the number of trees that its curve over the
    rounds chooses, where it has one. Of a trial that stops early a second row has the parameters for a fit on all
    rows, and a last column ``set`` says which is which.
    """
    import pandas as pd

    params = best_params(sweep, outcome)
    beside: dict[str, object] = {"rounds": rounds_text(outcome)}
    if outcome.rounds_curve is not None:
        beside["best_rounds"] = outcome.rounds_curve.best_rounds
    if not stops_early(outcome):
        rows: list[dict[str, object]] = [{**params, **beside}]
    else:
        names = sorted({*params, *(final := all_rows_params(sweep, outcome))})
        rows = [
            {**{name: each.get(name) for name in names}, **beside, "set": label}
            for each, label in ((params, SEARCHED), (final, FOR_ALL_ROWS))
        ]
    return pd.DataFrame(rows, dtype=object).to_csv(index=False)


def best_params_json(sweep: Sweep, outcome: TrialOutcome, evaluated: int | None = None) -> str:
    """Return the trial's parameters as JSON, with its scores, its rounds and what they were measured on.

    ``evaluated`` is how many trials of the sweep have an outcome, where that is known: the best of fewer than all may
    not stay it.
    """
    spec = sweep.spec
    scores = {
        metric: {
            "mean_score": outcome.scores[metric].mean_score,
            "std_score": outcome.scores[metric].std_score,
            "fold_scores": outcome.scores[metric].fold_scores,
        }
        for metric in spec.metrics
        if metric in outcome.scores
    }
    document = {
        "params": best_params(sweep, outcome),
        "params_for_all_rows": all_rows_params(sweep, outcome),
        "scores": scores,
        "rounds": outcome.rounds,
        **_chosen_rounds(spec, outcome),
        "library": spec.library,
        "library_version": sweep.library_version,
        **({"positive_class": sweep.positive_class} if sweep.positive_class else {}),
        "dataset": spec.dataset.model_dump(mode="json"),
        "folds": spec.folds,
        "seed": spec.seed,
        "sweep": {"sweep_id": sweep.sweep_id, "name": spec.name, **_evaluated(sweep, evaluated)},
        "trial_id": outcome.trial_id,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def best_of(sweep: Sweep, evaluated: int) -> str | None:
    """Return of how many trials the best is the best, where the sweep has more; None of a complete one."""
    if evaluated >= sweep.size:
        return None
    return (
        f"best of {evaluated:,} of {counted(sweep.size, 'trial')}: the sweep is not complete, and another may be better"
    )


def _evaluated(sweep: Sweep, evaluated: int | None) -> dict[str, object]:
    if evaluated is None:
        return {}
    return {"trials": sweep.size, "evaluated": evaluated, "is_complete": evaluated >= sweep.size}


def _chosen_rounds(spec: SweepSpec, outcome: TrialOutcome) -> dict[str, object]:
    curve = outcome.rounds_curve
    if curve is None:
        return {}
    score = {"mean_score": curve.best_mean_score, "std_score": curve.best_std_score}
    return {"best_rounds": curve.best_rounds, "best_rounds_scores": {spec.ranking_metric: score}}


def trials_csv(sweep: Sweep, outcomes: Iterable[TrialOutcome], header: bool = True) -> str:
    """Return a row for each outcome as CSV, fold by fold.

    The columns follow from the sweep alone, so that pages without a header can be appended to a first one with it.
    """
    import pandas as pd

    params = sorted({name for grid in sweep.spec.param_grid for name in grid})
    rows = [_row(sweep, outcome) for outcome in outcomes]
    return pd.DataFrame(rows, columns=_columns(sweep, params), dtype=object).to_csv(index=False, header=header)


_COSTS = ("fit_wall_seconds", "fit_cpu_seconds", "score_wall_seconds", "score_cpu_seconds")
_CIRCUMSTANCES = ("fit_shared_by", "threads", "attempts", "worker", "pod", "started_at", "finished_at")


def _columns(sweep: Sweep, params: list[str]) -> list[str]:
    spec = sweep.spec
    # the class that f1 and weights speak of
    columns = ["trial_id", "state", "folds", *(["positive_class"] if sweep.positive_class else []), *params]
    for metric in spec.metrics:
        columns += [f"mean_{metric}", f"std_{metric}"]
        columns += [f"fold{fold}_{metric}" for fold in range(1, spec.folds + 1)]
    return [*columns, "rounds", *_COSTS, *_CIRCUMSTANCES, "error_cause", "error"]


def _row(sweep: Sweep, outcome: TrialOutcome) -> dict[str, object]:
    """Return the cells that the outcome has."""
    row: dict[str, object] = {"trial_id": outcome.trial_id, "state": outcome.state}
    row["rounds"] = rounds_text(outcome)
    row["positive_class"] = sweep.positive_class  # passed over where there is none
    row |= point_of(sweep, outcome)
    row |= outcome.model_dump(mode="json", include=set(_CIRCUMSTANCES))
    for metric, score in outcome.scores.items():
        row |= {f"mean_{metric}": score.mean_score, f"std_{metric}": score.std_score}
    fold_scores: dict[Metric, tuple[float | None, ...]] = {
        **{metric: score.fold_scores for metric, score in outcome.scores.items()},
        **outcome.partial_scores,
        **outcome.incomplete_scores,
    }
    for metric, scores in fold_scores.items():
        row |= {f"fold{fold}_{metric}": value for fold, value in enumerate(scores, start=1)}
        row["folds"] = len(scores)
    for what, seconds in (("fit", outcome.fit_seconds), ("score", outcome.score_seconds)):
        if seconds is not None:
            row |= {f"{what}_wall_seconds": seconds.wall, f"{what}_cpu_seconds": seconds.cpu}
    if outcome.error is not None:
        row |= {"error_cause": outcome.error.cause, "error": f"{outcome.error.type}: {outcome.error.message}"}
    return row


def python_script(
    sweep: Sweep,
    outcome: TrialOutcome,
    categorical: bool = False,
    by_hash: bool = False,
    table: str | None = None,
    evaluated: int | None = None,
) -> str:
    """Return Python that computes the trial's scores again, with scikit-learn and the library alone.

    ``categorical`` says whether the table has category columns beside the target (has_categories tells).
    The table is loaded by scikit-learn where that has it, unless ``by_hash``; else it is read from a Parquet file,
    which the script says how to get, or made by ``table``, code that reads the uploaded file anew (rebuilding tells).
    Of a sweep of which not all trials are ``evaluated`` a comment says so.
    """
    if outcome.state is not TrialState.SUCCEEDED:
        raise ValueError("only a trial that succeeded has scores to compute again")
    spec = sweep.spec
    task = spec.dataset.task
    estimator, fixed = _estimator(spec.library, task, outcome.threads or 1, categorical)
    splitter = "KFold" if task is TaskType.REGRESSION else "StratifiedKFold"
    params = {name: repr(value) for name, value in best_params(sweep, outcome).items()}
    arguments = "".join(f"    {name}={code},\n" for name, code in (params | fixed).items())
    scored = [metric for metric in spec.metrics if metric in outcome.scores]  # the others are undefined in some fold
    scorers = {str(metric): metric_info(metric).scorers[task] for metric in scored}
    recorded = {str(metric): outcome.scores[metric].mean_score for metric in scored}
    partial = best_of(sweep, evaluated) if evaluated is not None else None
    incomplete = f"# {partial[0].upper()}{partial[1:]}.\n" if partial else ""
    versions = ", ".join(f"{name} {version}" for name, version in sorted(outcome.versions.items()))
    table = table or _table_code(spec, by_hash)
    features = _features_code(sweep, categorical)
    scoring = _scoring_code(spec.library, categorical, EARLY_STOPPING in params)
    needed = {
        *(["import pandas as pd"] if "pd." in features else []),
        f"from {spec.library} import {estimator}",
        *(line.format(splitter=splitter) for line in scoring.imports),
        *(line for line in table.splitlines() if line.startswith(("import ", "from "))),
    }
    body = "\n".join(line for line in table.splitlines() if not line.startswith(("import ", "from "))).strip()
    return f"""\
# Sweep {sweep.sweep_id}: {" ".join(spec.name.split())}
# Trial {outcome.trial_id}
{incomplete}# Evaluated with {versions}; other versions may score a little differently.
{_rounds_comment(sweep, outcome)}{chr(10).join(sorted(needed))}

{body}
{features}
model = {estimator}(
{arguments})
folds = {splitter}(n_splits={spec.folds}, shuffle=True, random_state={spec.seed})
scorers = {scorers!r}
recorded = {recorded!r}
{scoring.body}
for metric, scorer in scorers.items():
    fold_scores = scores["test_" + metric] * (-1 if scorer.startswith("neg_") else 1)
    print(f"{{metric}}: {{fold_scores.mean():.10g}} ± {{fold_scores.std():.3g}}, recorded {{recorded[metric]:.10g}}")
"""


class _Scoring(NamedTuple):
    """Code that makes ``scores``: test_<metric> -> the scorer's value of each fold."""

    imports: tuple[str, ...]
    body: str


def _scoring_code(library: Library, categorical: bool, stops_early: bool) -> _Scoring:
    # arguments of fit, because scikit-learn cannot clone a CatBoost estimator that has them
    categories = categorical and library is Library.CATBOOST
    if not stops_early:
        fit = ', params={"cat_features": categories}' if categories else ""
        return _Scoring(
            ("from sklearn.model_selection import {splitter}, cross_validate",),
            f"scores = cross_validate(model, X, y, cv=folds, scoring=scorers{fit})",
        )
    watched = "eval_X=held_out[0], eval_y=held_out[1]" if library is Library.LIGHTGBM else "eval_set=[held_out]"
    fit = ", cat_features=categories" if categories else ", verbose=False" if library is Library.XGBOOST else ""
    rows = ".iloc" if categorical else ""
    return _Scoring(
        (
            "import numpy as np",
            "from sklearn.base import clone",
            "from sklearn.metrics import get_scorer",
            "from sklearn.model_selection import {splitter}",
        ),
        f"""\
# training stops by the held-out fold, which cross_validate cannot hand over
scores = {{"test_" + metric: np.zeros(folds.n_splits) for metric in scorers}}
for fold, (train, test) in enumerate(folds.split(X, y)):
    held_out = X{rows}[test], y{rows}[test]
    fitted = clone(model).fit(X{rows}[train], y{rows}[train], {watched}{fit})
    for metric, scorer in scorers.items():
        scores["test_" + metric][fold] = get_scorer(scorer)(fitted, *held_out)""",
    )


def _rounds_comment(sweep: Sweep, outcome: TrialOutcome) -> str:
    spec = sweep.spec
    comment = ""
    if stops_early(outcome):
        comment += f"# Early stopping kept {', '.join(map(str, outcome.rounds))} rounds in the folds.\n"
        arguments = ", ".join(f"{name}={value!r}" for name, value in all_rows_params(sweep, outcome).items())
        comment += f"# Parameters for a fit on all rows (the median of these rounds): {arguments}\n"
    if outcome.rounds_curve is not None:
        curve, name = outcome.rounds_curve, library_catalog(spec.library).rounds_parameter
        comment += (
            f"# best_rounds = {curve.best_rounds}: with {name}={curve.best_rounds} the mean {spec.ranking_metric} is "
            f"{curve.best_mean_score:.10g}, the best over the rounds.\n"
        )
    return comment


def _table_code(spec: SweepSpec, by_hash: bool) -> str:
    named = None if by_hash else NAMED_DATASETS.get(spec.dataset.name)
    if named is not None:
        return named.code
    content_hash = spec.dataset.content_hash or ""
    file = f"{content_hash[:12]}.parquet"
    return (
        "import pandas as pd\n"
        f"# data set {' '.join(spec.dataset.name.split())}; get the file with:\n"
        f"#   python -m shared fetch {content_hash} -o {file}\n"
        f"frame = pd.read_parquet({file!r})"
    )


_LABELS = """\
labels = {column}.astype(str)
numbers = pd.to_numeric(labels, errors="coerce")
labels = numbers if numbers.notna().all() else labels
"""


def _features_code(sweep: Sweep, categorical: bool) -> str:
    spec, target = sweep.spec, sweep.spec.dataset.target
    y, code = f"frame[{target!r}]", ""
    if spec.dataset.task is not TaskType.REGRESSION:
        positive = f", the positive class {sweep.positive_class!r} as 1" if sweep.positive_class else ""
        y = f"pd.Series(pd.factorize(labels, sort=True)[0])  # classes as 0, 1, 2... in sorted order{positive}"
        if spec.positive_class is not None:  # of two classes the one that sorts first
            y = f"pd.Series(1 - pd.factorize(labels, sort=True)[0])  # the positive class {spec.positive_class!r} as 1"
        code += _LABELS.format(column=f"frame[{target!r}]")
    code += f"X = frame.drop(columns=[{target!r}])\ny = {y}\n"
    if not categorical:
        return code + "X, y = X.to_numpy(dtype=float), y.to_numpy()\n"
    code += 'X.columns = [f"x{number}" for number in range(X.shape[1])]\n'
    if spec.library is Library.CATBOOST:
        code += (
            'categories = list(X.select_dtypes("category"))\n'
            'X[categories] = X[categories].astype(object).where(X[categories].notna(), "nan")\n'
        )
    return code


def _estimator(library: Library, task: TaskType, threads: int, categorical: bool) -> tuple[str, dict[str, str]]:
    """Return the estimator's class, and the code of each argument beside the parameters."""
    suffix = "Regressor" if task is TaskType.REGRESSION else "Classifier"
    match library:
        case Library.XGBOOST:
            name, arguments = "XGB", {"n_jobs": f"{threads}"}
            if categorical:
                arguments["enable_categorical"] = "True"
        case Library.LIGHTGBM:
            name, arguments = "LGBM", {"n_jobs": f"{threads}", "verbosity": "-1"}
            if threads > 1:
                arguments |= {"deterministic": "True", "force_col_wise": "True"}
        case Library.CATBOOST:
            name, arguments = "CatBoost", {"thread_count": f"{threads}", "verbose": "False"}
            arguments["allow_writing_files"] = "False"
    return name + suffix, arguments
