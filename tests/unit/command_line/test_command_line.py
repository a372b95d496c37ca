"""The command line, on the embedded store and queue in a folder of its own."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import pandas as pd
import pytest
from click.testing import CliRunner

from shared.adapters.backends import open_queue, open_store
from shared.adapters.processes.local_workers import LocalWorkers
from shared.catalog import Library, library_catalog
from shared.command_line import main, watching
from shared.domain import AttemptCause, ErrorCause, SweepSpec, TrialState
from shared.errors import ServiceUnavailable
from shared.operations import cancel, follow
from shared.planning import plan_tasks
from shared.settings import Settings
from shared.testing import InMemoryTaskQueue, make_attempt, make_fold_result, make_outcome

SPEC = """\
name: From a shell
library: xgboost
dataset: {name: diabetes, target: target, task: regression}
param_grid: {learning_rate: [0.1, 0.2, 0.3]}
metrics: [rmse, r2]
folds: 3
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("RABBITMQ_URL", "MONGODB_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOOSTGRID_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.fixture
def store(home):
    store = open_store(Settings())
    yield store
    store.close()


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


def succeed(*arguments, **options):
    result = run(*arguments, **options)
    assert result.exit_code == 0, result.output
    return result


def launch():
    return succeed("launch", "spec.yaml", "--no-follow").stdout.strip()


def finish(store, sweep_id, failed=None, trials=None):
    planned = [trial for task in plan_tasks(store.sweep(sweep_id), 1) for trial in task.trials]
    for number, trial in enumerate(sorted(planned, key=lambda trial: trial.params["learning_rate"])[:trials]):
        params = {**trial.params, "random_state": 0}
        store.record(
            sweep_id, [make_outcome(trial_id=trial.trial_id, params=params, score=number + 1.0, failed=failed)]
        )


def queued(store):
    """Return how many tasks wait in the queues of all sweeps."""
    queue = open_queue(Settings())
    try:
        return queue.status([summary.sweep.address for summary in store.summaries()]).ready
    finally:
        queue.close()


def test_launch_publishes_and_prints_the_id(store):
    result = succeed("launch", "spec.yaml", "--no-follow")
    (summary,) = store.summaries()
    assert result.stdout == f"{summary.sweep.sweep_id}\n"
    assert result.stderr == "XGBoost on diabetes: 3 trials, 9 fits over 3 folds\n"
    assert queued(store) == 3


def test_launch_reads_a_spec_from_standard_input(store):
    succeed("launch", "-", "--no-follow", input=SPEC)
    assert len(store.summaries()) == 1


def test_launch_follows_to_the_end_and_prints_the_winner(store, monkeypatch):
    def finish_meanwhile(sweep_id, *args):
        finish(store, sweep_id)
        return real_follow(sweep_id, *args)

    real_follow = watching.follow
    monkeypatch.setattr(watching, "follow", finish_meanwhile)
    result = succeed("launch", "spec.yaml")
    assert result.stdout.splitlines()[1:] == [
        "Finished: 3 succeeded, 0 failed",
        "Best rmse: 1 ± 0.082",
        "  learning_rate = 0.1",
        "  random_state = 0",
    ]


def test_large_grid_asks_first(store, monkeypatch):
    monkeypatch.setenv("BOOSTGRID_CONFIRM_TRIALS_ABOVE", "2")
    refused = run("launch", "spec.yaml", "--no-follow", input="n\n")
    assert refused.exit_code == 1
    assert "These are more than 2 trials. Launch them?" in refused.stderr
    assert store.summaries() == []
    succeed("launch", "spec.yaml", "--no-follow", input="y\n")
    succeed("launch", "spec.yaml", "--no-follow", "--yes")
    assert len(store.summaries()) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SPEC.replace("diabetes", "boston"), "Error: no stored data set named 'boston'"),
        (SPEC.replace("folds: 3", "folds: 1"), "Error: folds: 1 cannot be used; write a whole number from 2 to 50"),
        (
            SPEC.replace("[0.1, 0.2, 0.3]", "fast"),
            "Error: param_grid.learning_rate: 'fast' is not a number; write one such as",
        ),
        ("name: é", "Error: spec: is not UTF-8 text"),
    ],
)
def test_bad_spec_is_one_sentence(home, text, message):
    (home / "spec.yaml").write_bytes(text.encode("latin-1"))
    result = run("launch", "spec.yaml", "--no-follow")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(message)


@pytest.mark.parametrize(
    "arguments",
    [
        ("launch", "absent.yaml"),
        ("launch", "spec.yaml", "--workers", "-1"),
        ("launch", "spec.yaml", "--no-follow", "--workers", "1"),
        ("launch", "spec.yaml", "--workers", "1", "--no-follow"),
        ("best", "x", "--format", "pickle"),
        ("dance",),
    ],
)
def test_wrong_usage_has_its_own_exit_code(store, arguments):
    assert run(*arguments).exit_code == 2
    assert store.summaries() == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("follow", "nothing"),
        ("best", "nothing"),
        ("export", "nothing"),
        ("cancel", "nothing"),
        ("resume", "nothing"),
        ("retry", "nothing"),
        ("delete", "nothing", "--yes"),
        ("spec", "nothing"),
        ("fetch", "nothing", "-o", "x.parquet"),
    ],
)
def test_unknown_id_is_one_sentence(arguments):
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "nothing" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_wrong_setting_is_named(monkeypatch):
    monkeypatch.setenv("BOOSTGRID_MAX_UPLOAD_MB", "many")
    result = run("list")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: BOOSTGRID_MAX_UPLOAD_MB: ")


def test_service_that_is_down_is_named(monkeypatch):
    def down(settings):
        raise ServiceUnavailable("MongoDB", "connection refused", "Start it.")

    monkeypatch.setattr("shared.command_line.services.open_store", down)
    result = run("list")
    assert (result.exit_code, result.stderr) == (1, "Error: MongoDB does not answer (connection refused). Start it.\n")


def test_follow_without_a_worker_says_how_to_start_one(store, monkeypatch):
    sweep_id = launch()

    def follow_and_finish(sweep_id, store, poll_seconds):
        for summary in follow(sweep_id, store, 0):
            yield summary
            finish(store, sweep_id)

    monkeypatch.setattr(watching, "follow", follow_and_finish)
    result = succeed("follow", sweep_id)
    assert result.stderr.count("No worker is running: start one with `python -m worker`") == 1


def test_a_lost_queue_is_told_by_list_and_by_follow_and_resume_publishes_what_is_missing(store, monkeypatch):
    sweep_id = launch()
    assert "lost" not in succeed("list").stderr
    finish(store, sweep_id, trials=1)
    queue = open_queue(Settings())
    queue.remove(store.sweep(sweep_id).address)
    queue.close()
    assert queued(store) == 0

    listed = succeed("list")
    assert listed.stdout.splitlines()[1].split()[4] == "interrupted"
    assert f"{sweep_id}: The broker has lost its queue, so 2 trials wait nowhere" in listed.stderr

    with monkeypatch.context() as patched:
        patched.setattr(watching, "follow", lambda *_: iter(store.summaries([sweep_id])))
        said = run("follow", sweep_id).stderr
    assert said.count("The broker has lost its queue") == 1
    assert f"`python -m shared resume {sweep_id}`" in said

    succeed("resume", sweep_id, "--no-follow")
    assert queued(store) > 0
    assert "lost" not in succeed("list").stderr


def test_list_does_without_a_queue_that_is_away_and_says_so(store, monkeypatch):
    sweep_id = launch()

    def down(settings):
        raise ServiceUnavailable("RabbitMQ", "connection refused", "Start it.")

    monkeypatch.setattr("shared.command_line.services.open_queue", down)
    listed = succeed("list")
    assert sweep_id in listed.stdout
    assert "still queued is not known: RabbitMQ does not answer (connection refused). Start it." in listed.stderr


def test_follow_counts_folds_until_their_trials_end(store, home, monkeypatch):
    sweep_id = launch()
    sweep = store.sweep(sweep_id)
    trial_id = next(trial.trial_id for task in plan_tasks(sweep, 1) for trial in task.trials)
    store.record_folds([make_fold_result(trial_id=trial_id, fold=1)])
    words = []

    @contextmanager
    def shown(total, what):
        yield lambda done, word: words.append(word)

    def follow_and_finish(sweep_id, store, poll_seconds):
        for summary in follow(sweep_id, store, 0):
            yield summary
            finish(store, sweep_id)

    monkeypatch.setattr(watching, "progress_bar", shown)
    monkeypatch.setattr(watching, "follow", follow_and_finish)
    watching.watch(sweep_id, store, home, 0, 25)
    assert words[0] == f"1 of {sweep.size * sweep.spec.folds} folds"
    assert "folds" not in words[-1]


def test_ctrl_c_keeps_the_sweep_and_says_so(store, monkeypatch):
    sweep_id = launch()

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(watching, "follow", interrupted)
    result = run("follow", sweep_id)
    assert result.exit_code == 130
    assert f"`python -m shared follow {sweep_id}` shows it again" in result.stderr
    assert not store.sweep(sweep_id).cancelled


def test_cancelled_sweep_ends_the_following_with_an_error(store):
    sweep_id = launch()
    finish(store, sweep_id, trials=1)
    cancel(sweep_id, store, InMemoryTaskQueue())
    result = run("follow", sweep_id)
    assert result.exit_code == 1
    assert "Cancelled: 1 succeeded, 0 failed" in result.stdout
    assert result.stderr.endswith("Error: The sweep was cancelled.\n")


def test_sweep_whose_trials_all_failed_says_why(store):
    sweep_id = launch()
    finish(store, sweep_id, failed=ErrorCause.EVALUATION)
    result = run("follow", sweep_id)
    assert result.exit_code == 1
    assert "Every trial failed, the first with ValueError: it went wrong" in result.stderr


@pytest.mark.slow
def test_workers_that_keep_ending_are_given_up(store, home, monkeypatch):
    sweep_id = launch()
    broken = partial(LocalWorkers, command=(sys.executable, "-c", "print('oh no'); raise SystemExit(3)"))
    monkeypatch.setattr(watching, "LocalWorkers", broken)
    result = run("follow", sweep_id, "--workers", "1")
    log = home / "home" / "logs" / "worker-1.log"
    assert result.exit_code == 1
    assert result.stderr == f"Error: local worker 1 does not answer (it keeps ending, now with 3). See {log}\n"
    assert log.read_text() == "oh no\n" * 4


@pytest.mark.slow
def test_workers_that_cannot_be_started_are_given_up(store, home, monkeypatch):
    sweep_id = launch()
    monkeypatch.setattr(watching, "LocalWorkers", partial(LocalWorkers, command=("/nowhere/python",)))
    result = run("follow", sweep_id, "--workers", "1")
    assert result.exit_code == 1
    assert "local worker 1 does not answer (cannot be started: " in result.stderr


def test_attempts_tell_how_each_ended_and_of_one_trial_what_its_log_said(store):
    sweep_id = launch()
    assert "No attempt ended without a result" in succeed("attempts", sweep_id).stderr
    finish(store, sweep_id, failed=ErrorCause.ENGINE_DIED, trials=1)
    (outcome,) = store.ranked(sweep_id, TrialState.FAILED, 9)
    for number in range(3):
        attempt = make_attempt(
            number, AttemptCause.OUT_OF_MEMORY, sweep_id=sweep_id, pod=f"pod-{number}", log="last words"
        )
        store.append_attempts([attempt.model_copy(update={"trial_ids": (outcome.trial_id,)})])
    header, *rows = succeed("attempts", sweep_id).stdout.splitlines()
    assert header.split() == ["TRIAL", "FOLD", "ENDED", "CAUSE", "WHERE", "WHY"]
    assert [row.split()[0] for row in rows] == [outcome.trial_id[:12]] * 3
    assert all("out of memory" in row for row in rows)
    for name in (outcome.trial_id, outcome.trial_id[:8]):
        assert "last words" in succeed("attempts", sweep_id, name).stdout
    result = run("attempts", sweep_id, "xyz")
    assert result.exit_code == 1
    assert "no trial with an outcome of" in result.stderr


def test_list_shows_every_sweep(store):
    assert "There is no sweep yet" in succeed("list").stderr
    first, second = launch(), launch()
    finish(store, first)
    header, newest, oldest = succeed("list").stdout.splitlines()
    assert header.split() == ["SWEEP", "NAME", "STATUS", "DONE", "FAILED", "DROPPED", "BEST", "CREATED"]
    assert newest.replace("From a shell", "NAME").split()[:5] == [second, "NAME", "running", "0/3", "0"]
    assert oldest.replace("From a shell", "NAME").split()[:8] == [
        first,
        "NAME",
        "finished",
        "3/3",
        "0",
        "0",
        "rmse",
        "1",
    ]
    assert oldest.endswith(f" {datetime.now().astimezone():%Z}")


@pytest.mark.parametrize("library", Library)
def test_parameters_of_a_library_are_listed(library):
    lines = succeed("parameters", library.value).stdout.splitlines()
    assert lines[0].split()[:3] == ["PARAMETER", "DEFAULT", "TAKES"]
    assert [line.split()[0] for line in lines[1:]] == [each.name for each in library_catalog(library).parameters]
    (rate,) = (line for line in lines if line.startswith("learning_rate "))
    assert "number" in rate
    assert "eta" in rate
    assert run("parameters", "sklearn").exit_code == 2


def test_what_racing_dropped_is_counted_by_itself(store, home):
    (home / "spec.yaml").write_text(SPEC + "racing: true\n")
    sweep_id = launch()
    finish(store, sweep_id, trials=2)
    last = max(
        (trial for task in plan_tasks(store.sweep(sweep_id), 1) for trial in task.trials),
        key=lambda trial: trial.params["learning_rate"],
    )
    store.record(sweep_id, [make_outcome(trial_id=last.trial_id, params=last.params, dropped_after=2)])
    assert succeed("list").stdout.splitlines()[1].replace("From a shell", "").split()[1:5] == [
        "finished",
        "3/3",
        "0",
        "1",
    ]
    assert "Finished: 2 succeeded, 0 failed, 1 dropped" in succeed("follow", sweep_id).stdout


def test_check_tells_size_and_warnings_and_launches_nothing(store, home):
    text = SPEC.replace("[0.1, 0.2, 0.3]", "[0.1, 0.2], n_estimators: [10, 20], rate_drop: [0.5]")
    (home / "spec.yaml").write_text(text)
    size, warning = succeed("check", "spec.yaml").stdout.splitlines()
    assert size == "XGBoost on diabetes: 4 trials, 6 fits over 3 folds"
    assert warning.startswith("Warning: param_grid.rate_drop: ")
    assert store.summaries() == []


@pytest.mark.parametrize(
    ("name", "target", "message"),
    [("diabtes", "target", "no stored data set named 'diabtes'"), ("diabetes", "targt", "has no column 'targt'")],
)
def test_check_refuses_what_cannot_be_launched(home, name, target, message):
    (home / "spec.yaml").write_text(SPEC.replace("diabetes", name).replace("target: target", f"target: {target}"))
    result = run("check", "spec.yaml")
    assert result.exit_code == 1
    assert message in result.stderr


def test_points_that_are_one_model_are_told(store, home):
    (home / "spec.yaml").write_text(SPEC.replace("[0.1, 0.2, 0.3]", "[0.1], rate_drop: [0.1, 0.5]"))
    size, why, *_ = succeed("check", "spec.yaml").stdout.splitlines()
    assert size.endswith("1 trial (2 points, 1 of which is the same model as another), 3 fits over 3 folds")
    assert why == "Same model: rate_drop has no effect unless booster=dart"


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


def test_cancel_resume_and_delete(store):
    sweep_id = launch()
    finish(store, sweep_id, trials=1)
    assert f"`python -m shared resume {sweep_id}` goes on" in succeed("cancel", sweep_id).stderr
    assert store.sweep(sweep_id).cancelled
    succeed("resume", sweep_id, "--no-follow")
    assert not store.sweep(sweep_id).cancelled
    assert queued(store) == 2  # those of before it was cancelled went with their queue
    assert run("delete", sweep_id, input="n\n").exit_code == 1
    assert len(store.summaries()) == 1
    succeed("delete", sweep_id, "--yes")
    assert store.summaries() == []


def test_a_finished_sweep_has_nothing_to_cancel(store):
    sweep_id = launch()
    finish(store, sweep_id)
    assert succeed("cancel", sweep_id).stderr == "It is finished: there is nothing to cancel.\n"


def test_retry_publishes_what_failed(store):
    sweep_id = launch()
    finish(store, sweep_id, failed=ErrorCause.TIMEOUT, trials=1)
    succeed("retry", sweep_id, "--no-follow")
    assert store.summaries()[0].failed == 0
    assert store.sweep(sweep_id).epoch == 2


def test_table_of_ones_own_is_stored_listed_launched_and_fetched(store, home):
    frame = pd.DataFrame({"x": range(20), "y": [number * 1.5 for number in range(20)]})
    frame.to_csv(home / "mine.csv", index=False)
    content_hash = succeed("store", "mine.csv").stdout.strip()
    name, rows, columns, size, unit, *stored, sweeps, listed_hash = succeed("datasets").stdout.splitlines()[-1].split()
    assert (name, rows, columns, size, unit, sweeps) == ("mine.csv", "20", "2", "0.0", "MB", "0")
    assert listed_hash == content_hash
    assert " ".join(stored) == f"{store.datasets()[0].stored_at.astimezone():%Y-%m-%d %H:%M %Z}"
    again = succeed("store", "mine.csv", "--name", "again")
    assert again.stdout.strip() == content_hash
    assert again.stderr.splitlines() == [
        "COLUMN  TYPE    MISSING  DISTINCT  READ AS  WHY",
        "x       number  0        20        number",
        "y       number  0        20        number",
        "Note: column 'x' counts the rows from 0 on; leave it out if it is a number of theirs",
        "This table is stored as mine.csv too; each name finds it.",
    ]
    assert [line.split()[0] for line in succeed("datasets").stdout.splitlines()[-2:]] == ["again", "mine.csv"]
    spec = SPEC.replace("name: diabetes, target: target", "name: mine.csv, target: y")
    succeed("launch", "-", "--no-follow", input=spec)
    assert store.summaries()[0].sweep.spec.dataset.content_hash == content_hash
    succeed("fetch", content_hash, "-o", "back.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet("back.parquet"), frame)


def test_file_that_cannot_be_used_is_refused(home):
    (home / "mine.csv").write_text("a\n1\n")
    result = run("store", "mine.csv")
    assert (result.exit_code, "one column only" in result.stderr) == (1, True)


FRAUD = """\
name: Fraud
library: xgboost
dataset: {name: fraud.csv, target: y, task: binary}
param_grid: {scale_pos_weight: [1, 17.5]}
metrics: [f1]
folds: 2
"""


def test_the_positive_class_is_named_before_and_after_the_launch(home, store):
    pd.DataFrame({"x": range(12), "y": ["fraud"] * 4 + ["legit"] * 8}).to_csv("fraud.csv", index=False)
    succeed("store", "fraud.csv")
    (home / "spec.yaml").write_text(FRAUD, encoding="utf-8")
    checked = succeed("check", "spec.yaml").output
    assert "Warning: param_grid.scale_pos_weight: 17.5 weighs up the positive class 'legit'" in checked
    assert checked.endswith("The positive class is 'legit', the other 'fraud'; ranked by f1 of 'legit'\n")

    (home / "spec.yaml").write_text(FRAUD + "positive_class: fraud\n", encoding="utf-8")
    launched = succeed("launch", "spec.yaml", "--no-follow")
    assert "Warning" not in launched.stderr
    assert "The positive class is 'fraud', the other 'legit'; ranked by f1 of 'fraud'" in launched.stderr
    sweep_id = launched.stdout.strip()
    assert SweepSpec.from_yaml(succeed("spec", sweep_id).stdout).positive_class == "fraud"
    (summary,) = store.summaries()
    assert summary.sweep.classes == ("fraud", "legit")

    (home / "spec.yaml").write_text(FRAUD + "positive_class: Fraud\n", encoding="utf-8")
    refused = run("check", "spec.yaml")
    assert refused.exit_code == 1
    assert "its classes are 'fraud' and 'legit'" in refused.output


def test_a_data_set_is_renamed_and_deleted_unless_a_sweep_uses_it(home, store):
    pd.DataFrame({"x": range(20), "y": [number * 1.5 for number in range(20)]}).to_csv("mine.csv", index=False)
    content_hash = succeed("store", "mine.csv").stdout.strip()
    renamed = succeed("rename-dataset", content_hash[:8], "yours.csv")
    assert renamed.stderr == f"{content_hash[:12]}... is now called yours.csv.\n"
    (home / "spec.yaml").write_text(SPEC.replace("diabetes, target: target", "yours.csv, target: y"), encoding="utf-8")
    sweep_id = launch()
    assert [line.split()[-2] for line in succeed("datasets").stdout.splitlines() if "yours.csv" in line] == ["1"]

    refused = run("delete-dataset", "yours.csv", "--yes")
    assert refused.exit_code == 1
    assert f"Error: 'yours.csv' is used by 1 sweep: {sweep_id}; delete it first" in refused.output
    succeed("delete", sweep_id, "--yes")
    assert run("delete-dataset", "yours.csv", input="n\n").exit_code == 1
    asked = succeed("delete-dataset", "yours.csv", input="y\n")
    assert f"Delete yours.csv (20 rows, {content_hash[:12]}...)?" in asked.stderr
    assert content_hash not in succeed("datasets").stdout


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


def test_ids_and_hashes_may_be_shortened_where_that_is_unique(home, store):
    sweep_id = launch()
    info = store.datasets()[0]
    assert succeed("spec", sweep_id[:-2]).stdout == succeed("spec", sweep_id).stdout
    succeed("fetch", info.content_hash[:8], "-o", "by_hash")
    succeed("fetch", "diabetes", "-o", "by_name")
    assert (
        (home / "by_hash").read_bytes() == (home / "by_name").read_bytes() == store.load_dataset(info.content_hash)[1]
    )
    other = launch()
    refused = run("cancel", sweep_id[:5])
    assert refused.exit_code == 1
    assert "begins the ids of 2 sweeps" in refused.output
    succeed("cancel", other[:-1])
    succeed("resume", other[:-1], "--no-follow")
    succeed("delete", other[:-1], "--yes")
    assert [summary.sweep.sweep_id for summary in store.summaries()] == [sweep_id]


DATES = "when,q,y\n" + "".join(
    f"2024-01-{number + 1:02d},{'?' if number == 3 else number % 5},{number * number % 7}.5\n" for number in range(20)
)


def test_a_file_with_dates_is_stored_once_it_is_said_how_to_read_them(store, tmp_path):
    (tmp_path / "dates.csv").write_text(DATES)
    refused = run("store", "dates.csv", "--target", "y")
    assert refused.exit_code == 1
    assert "when        date    0        20        choose" in refused.stderr
    assert "choose how to read them: 'when' as ordinal or parts or category or leave-out" in refused.stderr
    assert store.datasets() == []

    stored = succeed("store", "dates.csv", "--target", "y", "--read", "when=ordinal")
    assert "text because of '?' in 1 row; '?' in 1 row becomes missing" in stored.stderr
    (info,) = store.datasets()
    assert (info.content_hash, info.target, info.columns["q"]) == (stored.stdout.strip(), "y", "number")

    again = succeed("read-again", "dates.csv", "--read", "when=parts", "--read", "q=category", "--name", "parts")
    newest = store.datasets()[0]
    assert newest.content_hash == again.stdout.strip() != info.content_hash
    assert list(newest.columns) == ["when_year", "when_month", "when_day", "when_weekday", "q", "y"]
    assert newest.columns["q"] == "category"
    succeed("fetch", "parts", "--raw", "-o", "raw.csv")
    assert (tmp_path / "raw.csv").read_text() == DATES


@pytest.mark.parametrize("options", [("--target", "nope"), ("--target", "q", "--read", "q=leave-out")])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_target_that_is_not_in_the_table_is_refused_before_anything_is_stored(store, tmp_path, options, dry):
    (tmp_path / "dates.csv").write_text(DATES)
    result = run("store", str(tmp_path / "dates.csv"), "--read", "when=ordinal", *options, *dry)
    assert result.exit_code == 1
    assert f"there is no target column '{options[1]}' in what is stored; the columns are" in result.stderr
    assert store.datasets() == []


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("q", "target 'q' has 1 row without a value; remove these rows or fill them in"),
        ("when", "class '2024-01-20' of target 'when' has 1 row, fewer than the 2 folds"),
        ("same", "target 'same' has one value only (1), so there is nothing to predict"),
    ],
)
def test_a_target_that_cannot_be_predicted_is_refused_before_anything_is_stored(store, tmp_path, target, message, dry):
    header, *rows = DATES.splitlines()
    (tmp_path / "dates.csv").write_text("\n".join([header + ",same", *(row + ",1" for row in rows)]))
    reading = "category" if target == "when" else "leave-out"
    result = run("store", str(tmp_path / "dates.csv"), "--read", f"when={reading}", "--target", target, *dry)
    assert result.exit_code == 1
    assert message in result.stderr
    assert store.datasets() == []


def test_a_dry_run_shows_the_columns_and_stores_nothing(store, tmp_path):
    (tmp_path / "dates.csv").write_text(DATES)
    shown = succeed("store", str(tmp_path / "dates.csv"), "--read", "when=leave-out", "--dry-run")
    assert "when    date    0        20        leave-out" in shown.stderr
    assert store.datasets() == []


def test_what_is_odd_is_said_where_a_choice_is_needed_first(store, tmp_path):
    rows = [f"2024-01-{n % 28 + 1:02d},{-999 if n % 9 == 0 else n},{n % 7}.5" for n in range(40)]
    (tmp_path / "odd.csv").write_text("\n".join(["when,mark,y", ",,EUR", *rows]) + "\n")
    refused = run("store", str(tmp_path / "odd.csv"), "--dry-run")
    assert refused.exit_code == 1
    assert "Note: the row below the column names has units and no numbers ('EUR' of 'y')" in refused.stderr
    assert "Note: column 'mark': -999 in 5 rows is far from all its other numbers" in refused.stderr
    shown = succeed("store", str(tmp_path / "odd.csv"), "--read", "when=ordinal", "--read", "mark=marks-missing")
    assert "-999 in 5 rows becomes missing" in shown.stderr
    assert "is far from" not in shown.stderr
    assert store.datasets()[0].source.readings["mark"] == "marks-missing"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("when", "'when' is not COLUMN=number|category|ordinal|parts|marks-missing|leave-out"),
        ("when=date", "'when=date' is not COLUMN="),
        ("wen=parts", "there is no column 'wen' to read; did you mean 'when'?"),
        ("y=parts", "column 'y' holds number values and cannot be read as parts; choose number or category"),
    ],
)
def test_a_reading_that_cannot_be_names_the_fix(store, tmp_path, option, message):
    (tmp_path / "dates.csv").write_text(DATES)
    refused = run("store", str(tmp_path / "dates.csv"), "--read", option)
    assert refused.exit_code != 0
    assert message in refused.stderr
    assert store.datasets() == []


def test_the_end_of_a_sweep_that_stops_early_has_the_parameters_for_a_fit_on_all_rows(home, store):
    grid = "{learning_rate: [0.1], early_stopping_rounds: [5], n_estimators: [500]}"
    (home / "spec.yaml").write_text(SPEC.replace("{learning_rate: [0.1, 0.2, 0.3]}", grid), encoding="utf-8")
    sweep_id = launch()
    (task,) = plan_tasks(store.sweep(sweep_id), 1)
    (trial,) = task.trials
    outcome = make_outcome(trial_id=trial.trial_id, params={**trial.params, "random_state": 0}, rounds=(12, 30, 17))
    store.record(sweep_id, [outcome])
    said = succeed("follow", sweep_id).stdout
    assert (
        "  early_stopping_rounds = 5\n  learning_rate = 0.1\n  n_estimators = 500\n  random_state = 0\n"
        "The same for a fit on all rows, which nothing can stop early (the folds kept 12, 30, 17 rounds):\n"
        "  learning_rate = 0.1\n  n_estimators = 17\n  random_state = 0\n"
    ) in said
