"""What is exported says all that is known, and the exported Python scores what was recorded."""

from __future__ import annotations

import csv
import io
import json
import re
import runpy
from datetime import UTC, datetime
from functools import partial

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from shared import datasets, operations
from shared.catalog import Library, Metric, TaskType, library_catalog
from shared.domain import DatasetInfo, DatasetRef, ErrorCause, RoundsCurve, Sweep
from shared.operations import export
from shared.planning import plan_tasks
from shared.planning.versions import installed_version
from shared.testing import make_outcome, make_spec, make_sweep
from worker.engine.binned_cache import BinnedCache
from worker.engine.cross_validation import evaluate
from worker.protocol import EvaluationRequest


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_best_params_are_what_the_sweep_sets_and_the_seed():
    sweep = make_sweep(spec=make_spec(param_grid=[{"learning_rate": [0.1]}, {"n_estimators": [10]}]))
    outcome = make_outcome(params={"learning_rate": 0.1, "n_estimators": 10, "random_state": 0, "max_depth": 6})
    assert export.best_params(sweep, outcome) == {"learning_rate": 0.1, "n_estimators": 10, "random_state": 0}


def test_the_seed_is_the_sweeps_where_the_library_makes_nothing_of_it():
    outcome = make_outcome(params={"learning_rate": 0.1, "random_state": 0})
    seeded = make_sweep(spec=make_spec(seed=11, param_grid={"learning_rate": [0.1]}))
    assert export.best_params(seeded, outcome)["random_state"] == 11
    varied = make_sweep(spec=make_spec(seed=11, param_grid={"random_state": [0, 1]}))
    assert export.best_params(varied, outcome)["random_state"] == 0


def test_what_the_library_decides_is_left_out():
    outcome = make_outcome(params={"learning_rate": None, "n_estimators": 10})
    assert export.best_params(make_sweep(), outcome) == {"n_estimators": 10}


def test_best_params_as_csv():
    params = {"booster": "dart", "learning_rate": 0.1, "n_estimators": 10, "one_drop": True}
    sweep = make_sweep(spec=make_spec(param_grid={name: [value] for name, value in params.items()}))
    text = export.best_params_csv(sweep, make_outcome(params=params))
    assert text == "booster,learning_rate,n_estimators,one_drop,rounds\ndart,0.1,10,True,10\n"
    assert pd.read_csv(io.StringIO(text)).to_dict("records") == [params | {"rounds": 10}]


def test_best_params_as_json_come_with_their_scores():
    document = json.loads(export.best_params_json(make_sweep(), make_outcome(score=0.5)))
    assert document["params"] == {"learning_rate": 0.1, "n_estimators": 10}
    assert document["scores"]["rmse"] == {"mean_score": 0.5, "std_score": 0.0816, "fold_scores": [0.4, 0.5, 0.6]}
    assert (document["library"], document["library_version"], document["folds"]) == ("xgboost", "3.2.0", 3)
    assert document["dataset"]["name"] == "diabetes"


CURVE = RoundsCurve(rounds=(5, 10), mean_scores=(0.25, 0.5), std_scores=(0.125, 0.1), best_rounds=5)


def test_best_params_come_with_the_rounds_that_the_curve_chooses():
    outcome = make_outcome(params={"learning_rate": 0.1, "n_estimators": 10}, rounds_curve=CURVE)
    text = export.best_params_csv(make_sweep(), outcome)
    assert text == "learning_rate,n_estimators,rounds,best_rounds\n0.1,10,10,5\n"
    document = json.loads(export.best_params_json(make_sweep(), outcome))
    assert (document["best_rounds"], document["rounds"]) == (5, [10, 10, 10])
    assert document["best_rounds_scores"] == {"rmse": {"mean_score": 0.25, "std_score": 0.125}}
    script = export.python_script(make_sweep(), outcome)
    assert "# best_rounds = 5: with n_estimators=5 the mean rmse is 0.25, the best over the rounds.\n" in script


STOPPED = {"early_stopping_rounds": 5, "learning_rate": 0.1, "n_estimators": 500}


def stopped_early(rounds=(12, 30, 17), **changes):
    sweep = make_sweep(spec=make_spec(param_grid={name: [value] for name, value in STOPPED.items()}))
    return sweep, make_outcome(params=STOPPED, rounds=rounds, **changes)


def test_of_a_trial_that_stops_early_the_parameters_for_a_fit_on_all_rows_stand_beside():
    sweep, outcome = stopped_early()
    document = json.loads(export.best_params_json(sweep, outcome))
    assert document["params"] == STOPPED
    assert document["params_for_all_rows"] == {"learning_rate": 0.1, "n_estimators": 17}
    assert export.best_params_csv(sweep, outcome) == (
        "early_stopping_rounds,learning_rate,n_estimators,rounds,set\n"
        "5,0.1,500,12 30 17,searched\n"
        ",0.1,17,12 30 17,for a fit on all rows\n"
    )
    script = export.python_script(sweep, outcome)
    assert (
        "# Early stopping kept 12, 30, 17 rounds in the folds.\n"
        "# Parameters for a fit on all rows (the median of these rounds): learning_rate=0.1, n_estimators=17\n"
    ) in script


@pytest.mark.parametrize(("rounds", "trees"), [((12, 13), 13), ((7,), 7), ((), 500)])
def test_the_trees_of_a_fit_on_all_rows_are_the_median_of_the_folds(rounds, trees):
    assert export.all_rows_params(*stopped_early(rounds))["n_estimators"] == trees


def test_a_trial_that_does_not_stop_early_is_fitted_on_all_rows_as_it_was_searched():
    document = json.loads(export.best_params_json(make_sweep(), make_outcome()))
    assert document["params_for_all_rows"] == document["params"]


def test_trials_have_the_rounds_of_their_folds():
    sweep, outcome = stopped_early()
    rows = rows_of(export.trials_csv(sweep, [outcome, make_outcome(2), make_outcome(3, failed=ErrorCause.TIMEOUT)]))
    assert [row["rounds"] for row in rows] == ["12 30 17", "10", ""]


@pytest.mark.slow
@pytest.mark.parametrize("library", Library)
def test_the_parameters_for_all_rows_fit_an_estimator(tmp_path, library):
    known = datasets.NAMED_DATASETS["diabetes"]
    frame, dataset = datasets.load_named("diabetes"), DatasetRef(name="diabetes", target=known.target, task=known.task)
    rounds = library_catalog(library).rounds_parameter
    grid = {rounds: [300], "learning_rate": [0.3], "early_stopping_rounds": [5]}
    sweep, outcome = evaluated(tmp_path, frame, dataset, library, grid=grid)
    params = json.loads(export.best_params_json(sweep, outcome))["params_for_all_rows"]
    assert min(outcome.rounds) <= params[rounds] <= max(outcome.rounds) < 300
    estimator = {
        Library.XGBOOST: xgboost.XGBRegressor,
        Library.LIGHTGBM: lightgbm.LGBMRegressor,
        Library.CATBOOST: partial(catboost.CatBoostRegressor, allow_writing_files=False, verbose=False),
    }[library]
    fitted = estimator(**params).fit(frame.drop(columns="target"), frame["target"])
    trees = {
        Library.XGBOOST: lambda: fitted.get_booster().num_boosted_rounds(),
        Library.LIGHTGBM: lambda: fitted.booster_.num_trees(),
        Library.CATBOOST: lambda: fitted.tree_count_,
    }[library]
    assert trees() == params[rounds]


def test_without_a_curve_no_rounds_are_chosen():
    assert "best_rounds" not in export.best_params_json(make_sweep(), make_outcome())
    assert "best_rounds" not in export.python_script(make_sweep(), make_outcome())


def test_trials_csv_has_a_row_for_each_outcome_with_its_folds():
    good = make_outcome("good", score=0.1)
    bad = make_outcome("bad", failed=ErrorCause.TIMEOUT)
    first, second = rows_of(export.trials_csv(make_sweep(), [good, bad]))
    assert (first["trial_id"], first["state"], first["learning_rate"]) == (good.trial_id, "succeeded", "0.1")
    assert (first["n_estimators"], float(first["fold3_rmse"])) == ("10", good.scores[Metric.RMSE].fold_scores[2])
    assert (first["mean_r2"], first["fit_cpu_seconds"], first["error"]) == ("0.1", "1.0", "")
    assert (second["state"], second["mean_rmse"], second["fold1_rmse"]) == ("failed", "", "")
    assert (second["error_cause"], second["error"]) == ("timeout", "ValueError: it went wrong")


def test_a_dropped_trial_is_exported_with_its_folds_and_no_mean():
    good, dropped = make_outcome("good"), make_outcome("slow", 0.75, dropped_after=2)
    first, second = rows_of(export.trials_csv(make_sweep(), [good, dropped]))
    assert (first["state"], first["folds"]) == ("succeeded", "3")
    assert (second["state"], second["folds"]) == ("dropped", "2")
    assert [second[f"fold{fold}_rmse"] for fold in (1, 2, 3)] == ["0.75", "0.75", ""]
    assert (second["mean_rmse"], second["std_rmse"], second["fit_cpu_seconds"]) == ("", "", "1.0")


def test_pages_of_trials_can_be_appended():
    sweep, outcomes = make_sweep(), [make_outcome(number) for number in range(3)]
    pages = export.trials_csv(sweep, outcomes[:1]) + export.trials_csv(sweep, outcomes[1:], header=False)
    assert pages == export.trials_csv(sweep, outcomes)


def test_trials_csv_without_outcomes_has_its_header():
    (header,) = export.trials_csv(make_sweep(), []).splitlines()
    assert header.startswith("trial_id,state,folds,learning_rate,n_estimators,mean_rmse,std_rmse,fold1_rmse,fold2_rmse")


def test_failed_trial_has_no_script():
    with pytest.raises(ValueError, match="only a trial that succeeded"):
        export.python_script(make_sweep(), make_outcome(failed=ErrorCause.EVALUATION))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"x": "number", "kind": "category", "target": "number"}, True),
        ({"x": "number", "target": "category"}, False),
        ({"x": "number", "target": "number"}, False),
    ],
)
def test_categories_count_beside_the_target_and_in_the_sweeps_own_table_only(columns, expected):
    def stored(content_hash, columns):
        return DatasetInfo(
            content_hash=content_hash, name="t", rows=9, columns=columns, size_bytes=9, stored_at=datetime.now(UTC)
        )

    dataset = make_spec().dataset
    another = stored("a" * 64, {"kind": "category"})
    assert export.has_categories(dataset, [another, stored(dataset.content_hash, columns)]) is expected


def test_script_cannot_be_changed_by_a_name():
    name = "x\nimport os\r# 'quoted'"
    dataset = DatasetRef(name=name, content_hash="a" * 64, target="it's\n", task=TaskType.REGRESSION)
    spec = make_spec().model_copy(update={"name": name, "dataset": dataset})  # as one was stored before it was refused
    script = export.python_script(make_sweep().model_copy(update={"spec": spec}), make_outcome())
    compile(script, "script", "exec")
    assert not re.search("^import os", script, re.MULTILINE)


GRIDS = {
    Library.XGBOOST: {"learning_rate": [0.3], "n_estimators": [5]},
    Library.LIGHTGBM: {"learning_rate": [0.3], "n_estimators": [5]},
    Library.CATBOOST: {"learning_rate": [0.3], "iterations": [5]},
}
METRICS = {
    TaskType.REGRESSION: (Metric.RMSE, Metric.R2),
    TaskType.BINARY: (Metric.LOG_LOSS, Metric.ACCURACY, Metric.F1),
    TaskType.MULTICLASS: (Metric.ROC_AUC, Metric.F1),
}


def evaluated(tmp_path, frame, dataset, library, threads=1, grid=None, **changes):
    """Return a sweep of one trial, and what the worker makes of it."""
    info, parquet = datasets.describe(frame, dataset.name)
    path = tmp_path / f"{info.content_hash[:12]}.parquet"
    path.write_bytes(parquet)
    spec = make_spec(
        library=library,
        dataset=dataset.model_copy(update={"content_hash": info.content_hash}),
        param_grid=grid or GRIDS[library],
        metrics=METRICS[dataset.task],
        seed=7,
        **changes,
    )
    sweep = Sweep.new(spec, installed_version(library), size=1)
    (task,) = plan_tasks(sweep, 1)
    request = EvaluationRequest(
        library=library,
        library_version=sweep.library_version,
        dataset_path=path,
        dataset_hash=info.content_hash,
        target=dataset.target,
        task=dataset.task,
        folds=spec.folds,
        seed=spec.seed,
        metrics=spec.metrics,
        rounds_curve=spec.rounds_curve,
        positive_class=spec.positive_class,
        trials=task.trials,
    )
    (outcome,) = evaluate(request, threads, lambda progress: None, BinnedCache(limit_bytes=0))
    assert outcome.error is None, outcome.error
    return sweep, outcome


@pytest.fixture
def run_script(tmp_path, monkeypatch, capsys):
    """Runs a script beside the stored table and returns what it prints."""

    def run(code):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "best.py").write_text(code, encoding="utf-8")
        runpy.run_path("best.py", run_name="__main__")
        return capsys.readouterr().out

    return run


def check_scores(printed_text, sweep, outcome):
    printed = re.findall(r"^(\w+): (\S+) ± \S+, recorded (\S+)$", printed_text, re.MULTILINE)
    assert [name for name, _, _ in printed] == list(sweep.spec.metrics)
    for name, again, recorded in printed:
        assert float(recorded) == pytest.approx(outcome.scores[Metric(name)].mean_score, rel=1e-9)
        assert float(again) == pytest.approx(float(recorded), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("library", Library)
@pytest.mark.parametrize("name", ["diabetes", "breast_cancer", "wine"])
def test_script_reproduces_the_scores_on_a_named_set(tmp_path, run_script, library, name):
    known = datasets.NAMED_DATASETS[name]
    dataset = DatasetRef(name=name, target=known.target, task=known.task)
    sweep, outcome = evaluated(tmp_path, datasets.load_named(name), dataset, library)
    check_scores(run_script(export.python_script(sweep, outcome)), sweep, outcome)


@pytest.mark.slow
@pytest.mark.parametrize("positive_class", [None, "no"])
@pytest.mark.parametrize("library", Library)
def test_script_reproduces_the_scores_on_an_upload_with_categories_and_text_classes(
    tmp_path, run_script, library, positive_class
):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "colour [RGB]": random.choice(["red", "green", "blue", None], 300),
            "size": random.normal(size=300),
            "answer": "no",
        }
    )
    frame.loc[::17, "size"] = np.nan
    frame.loc[(frame["colour [RGB]"] == "red") ^ (frame["size"] > 0.5), "answer"] = "yes"
    dataset = DatasetRef(name="mine", target="answer", task=TaskType.BINARY)
    grid = GRIDS[library] | {"scale_pos_weight": [3.0]}
    sweep, outcome = evaluated(tmp_path, frame, dataset, library, grid=grid, positive_class=positive_class)
    check_scores(run_script(export.python_script(sweep, outcome, categorical=True)), sweep, outcome)


def test_exports_name_the_positive_class():
    dataset = DatasetRef(name="mine", content_hash="a" * 64, target="y", task=TaskType.BINARY)
    spec = make_spec(dataset=dataset, metrics=(Metric.F1,))
    sweep = make_sweep(spec=spec, classes=("fraud", "legit"))
    assert json.loads(export.best_params_json(sweep, make_outcome(scores={})))["positive_class"] == "legit"
    assert rows_of(export.trials_csv(sweep, [make_outcome(scores={})]))[0]["positive_class"] == "legit"
    assert "# classes as 0, 1, 2... in sorted order, the positive class 'legit' as 1" in export.python_script(
        sweep, make_outcome(scores={})
    )
    before = make_sweep(spec=spec)  # launched when classes were not kept
    assert "positive_class" not in json.loads(export.best_params_json(before, make_outcome(scores={})))
    assert "positive_class" not in export.trials_csv(before, [])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["diabetes", "breast_cancer"])
@pytest.mark.parametrize("library", Library)
def test_script_reproduces_the_scores_of_a_trial_that_stopped_early(tmp_path, run_script, library, name):
    known = datasets.NAMED_DATASETS[name]
    dataset = DatasetRef(name=name, target=known.target, task=known.task)
    grid = {"learning_rate": [0.3], library_catalog(library).rounds_parameter: [60], "early_stopping_rounds": [3]}
    sweep, outcome = evaluated(tmp_path, datasets.load_named(name), dataset, library, grid=grid, rounds_curve=True)
    assert min(outcome.rounds) < 60

    script = export.python_script(sweep, outcome)

    assert f"# Early stopping kept {', '.join(map(str, outcome.rounds))} rounds in the folds.\n" in script
    check_scores(run_script(script), sweep, outcome)


@pytest.mark.slow
@pytest.mark.parametrize("library", Library)
def test_script_of_a_trial_that_stopped_early_takes_categories(tmp_path, run_script, library):
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"colour": random.choice(["red", "green", None], 200), "size": random.normal(size=200)})
    frame["answer"] = np.where((frame["colour"] == "red") ^ (frame["size"] > random.normal(size=200)), "yes", "no")
    dataset = DatasetRef(name="mine", target="answer", task=TaskType.BINARY)
    grid = {library_catalog(library).rounds_parameter: [40], "early_stopping_rounds": [4]}
    sweep, outcome = evaluated(tmp_path, frame, dataset, library, grid=grid)
    check_scores(run_script(export.python_script(sweep, outcome, categorical=True)), sweep, outcome)


def test_a_table_that_only_has_a_built_in_name_is_loaded_by_its_hash():
    sweep = make_sweep()
    info, _ = datasets.describe(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), "mine.csv")
    other = info.model_copy(update={"content_hash": sweep.spec.dataset.content_hash})
    assert operations.is_another(sweep.spec.dataset, [info, other])
    assert not operations.is_another(sweep.spec.dataset, [other.model_copy(update={"name": "diabetes"})])
    script = export.python_script(sweep, make_outcome(), by_hash=True)
    assert f"python -m shared fetch {sweep.spec.dataset.content_hash}" in script
    assert "load_diabetes" not in script
