"""What a command writes, and the file that it is written to."""

from __future__ import annotations

import csv
import json

import pytest

from shared.domain import ErrorCause, SweepSpec
from shared.errors import ServiceUnavailable
from shared.planning import plan_tasks
from shared.testing import make_outcome
from tests.support.shell import finish, launch, run, succeed

pytestmark = pytest.mark.usefixtures("home")


def test_spec_comes_back_as_it_was_launched(store):
    sweep_id = launch()
    assert SweepSpec.from_yaml(succeed("spec", sweep_id).stdout) == store.sweep(sweep_id).spec


def test_best_params_in_each_format(store, home):
    sweep_id = launch()
    assert "No trial of" in run("best", sweep_id).stderr
    finish(store, sweep_id)
    assert succeed("best", sweep_id).stdout == "learning_rate,random_state,rounds\n0.1,0,10\n"
    assert json.loads(succeed("best", sweep_id, "--format", "json").stdout)["params"]["learning_rate"] == 0.1
    succeed("best", sweep_id, "--format", "python", "-o", "best.py")
    assert "XGBRegressor(\n    learning_rate=0.1,\n" in (home / "best.py").read_text()


def test_export_writes_all_trials_page_by_page(store, home, monkeypatch):
    sweep_id = launch()
    finish(store, sweep_id)
    real_outcomes = type(store).outcomes
    monkeypatch.setattr(
        type(store), "outcomes", lambda self, sweep_id, after=None: real_outcomes(self, sweep_id, after, limit=2)
    )
    succeed("export", sweep_id, "-o", "trials.csv")
    with (home / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["learning_rate"] for row in rows] == ["0.1", "0.2", "0.3"]


@pytest.mark.parametrize("command", [["export"], ["spec"], ["best"], ["fetch"]])
def test_a_command_that_fails_leaves_the_file_as_it_was(home, command):
    (home / "out").write_text("precious", encoding="utf-8")
    for which in ("nothing", "f" * 64):
        assert run(*command, which, "-o", "out").exit_code == 1
    assert (home / "out").read_text(encoding="utf-8") == "precious"
    assert sorted(path.name for path in home.iterdir() if "out" in path.name) == ["out"]


def test_an_export_that_is_cut_short_leaves_the_file_as_it_was(home, store, monkeypatch):
    sweep_id = launch()
    finish(store, sweep_id)
    (home / "out").write_text("precious", encoding="utf-8")
    pages = iter([store.outcomes(sweep_id)])

    def outcomes(self, sweep_id, after=None, limit=10_000):
        try:
            return next(pages)
        except StopIteration:
            raise ServiceUnavailable("The embedded store", "disk I/O error", "Check the disk.") from None

    with monkeypatch.context() as failing:
        failing.setattr(type(store), "outcomes", outcomes)
        assert run("export", sweep_id, "-o", "out").exit_code == 1
    assert (home / "out").read_text(encoding="utf-8") == "precious"
    (home / "out").chmod(0o640)
    succeed("export", sweep_id[:-3], "-o", "out")
    assert len((home / "out").read_text(encoding="utf-8").splitlines()) == 4
    assert (home / "out").stat().st_mode & 0o777 == 0o640


def test_an_output_goes_where_a_link_points_and_to_what_is_no_file(home):
    sweep_id = launch()
    (home / "folder").mkdir()
    (home / "link").symlink_to(home / "folder" / "spec.yaml")
    succeed("spec", sweep_id, "-o", "link")
    assert (home / "link").is_symlink()
    assert "From a shell" in (home / "folder" / "spec.yaml").read_text(encoding="utf-8")
    succeed("spec", sweep_id, "-o", "/dev/null")


@pytest.mark.parametrize(
    ("path", "message"),
    [("folder", "is a folder; name a file in it"), ("nowhere/spec.yaml", "cannot be written: No such")],
)
def test_an_output_that_cannot_be_written_is_told(home, path, message):
    sweep_id = launch()
    (home / "folder").mkdir()
    refused = run("spec", sweep_id, "-o", path)
    assert refused.exit_code != 0
    assert message in refused.output


@pytest.mark.parametrize("form", ["csv", "json", "python"])
def test_the_best_of_a_part_of_the_grid_is_named_so(store, form):
    sweep_id = launch()
    finish(store, sweep_id, trials=2)
    result = succeed("best", sweep_id, "--format", form)
    assert "Note: this is the best of 2 of 3 trials: the sweep is not complete" in result.stderr
    if form == "json":
        told = json.loads(result.stdout)["sweep"]
        assert (told["evaluated"], told["trials"], told["is_complete"]) == (2, 3, False)
    if form == "python":
        assert "\n# Best of 2 of 3 trials: the sweep is not complete, and another may be better.\n" in result.stdout


def test_of_a_complete_sweep_nothing_is_noted(store):
    sweep_id = launch()
    finish(store, sweep_id)
    result = succeed("best", sweep_id, "--format", "json")
    assert result.stderr == ""
    assert json.loads(result.stdout)["sweep"]["is_complete"] is True
    assert "Best of" not in succeed("best", sweep_id, "--format", "python").stdout


def test_without_a_best_trial_it_is_said_why(store):
    sweep_id = launch()
    assert f"has been evaluated yet; `python -m shared follow {sweep_id}` shows" in run("best", sweep_id).stderr
    finish(store, sweep_id, failed=ErrorCause.EVALUATION, trials=2)
    said = run("best", sweep_id).stderr
    assert "has succeeded yet: each of the 2 evaluated of 3 failed, the first with ValueError: it went wrong." in said
    finish(store, sweep_id, failed=ErrorCause.EVALUATION)
    said = run("best", sweep_id).stderr
    assert "Every trial failed, the first with ValueError: it went wrong. `python -m shared attempts" in said
    assert "follow" not in said


def test_a_cancelled_sweep_without_a_result_is_no_follow_matter(store):
    sweep_id = launch()
    succeed("cancel", sweep_id)
    assert f"it was cancelled, and `python -m shared resume {sweep_id}` goes on" in run("best", sweep_id).stderr


def test_a_sweep_whose_trials_all_score_the_same_says_so(store):
    sweep_id = launch()
    for task in plan_tasks(store.sweep(sweep_id), 1):
        for trial in task.trials:
            store.record(sweep_id, [make_outcome(trial_id=trial.trial_id, params=dict(trial.params), score=1.0)])
    for command in ("best", "follow"):
        assert "Note: All 3 trials scored the same on every fold" in succeed(command, sweep_id).stderr
