"""The benchmarks as a user runs them, on grids so small that only their truths can be told, never their speed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.cases import table
from shared.catalog import Library
from shared.testing import make_outcome
from tests.support import ROOT

pytestmark = pytest.mark.slow

#: what tells the processes of a benchmark from others
MARK = "BENCHMARK_OF_TEST"

SMALL: dict[str, dict[str, list[Any]]] = {
    "xgboost": {"n_estimators": [5, 10], "eta": [0.1, 1]},
    "lightgbm": {"n_estimators": [5, 10], "num_leaves": [7]},
    "catboost": {"iterations": [5, 10], "depth": [2], "learning_rate": [0.1]},
}

Rows = list[dict[str, Any]]
Benchmark = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def benchmark(tmp_path: Path) -> Iterator[Benchmark]:
    """Runs a module of benchmarks; afterwards nothing of it may be running, and nothing lie in a temporary folder."""
    scratch, home = tmp_path / "scratch", tmp_path / "home"
    scratch.mkdir()
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment |= {"TMPDIR": str(scratch), "HOME": str(home), MARK: str(tmp_path)}

    def run(module: str, *options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, options)]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False
        )

    yield run
    deadline = time.monotonic() + 10  # joblib's tracker of resources ends a moment after those that it tracks
    while (left := running(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    assert list(scratch.iterdir()) == []
    assert list(home.iterdir()) == []


def running(mark: Path) -> list[str]:
    """Return the command lines of the processes that a benchmark left."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(mark) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.fixture
def rows(benchmark: Benchmark, tmp_path: Path) -> Callable[..., Any]:
    """Runs a benchmark to its end and reads its JSON."""

    def run(module: str, *options: object) -> Any:
        target = tmp_path / "rows.json"
        ended = benchmark(module, *options, "--json", target)
        assert ended.returncode == 0, ended.stderr
        return json.loads(target.read_text())

    return run


@pytest.fixture
def grid_of(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the small grid of a library."""

    def write(library: str) -> Path:
        path = tmp_path / "small.json"
        path.write_text(json.dumps({"library": library, "param_grid": SMALL[library]}))
        return path

    return write


@pytest.mark.parametrize(
    ("library", "task", "metric"),
    [
        ("xgboost", "regression", "rmse"),
        ("lightgbm", "binary", "roc_auc"),
    ],
)
def test_a_grid_scores_the_same_everywhere(rows, grid_of, library, task, metric):
    options = ("--grid", grid_of(library), "--task", task, "--rows", 300, "--folds", 2, "--peer", "scikit_learn")
    ours, peer = rows("grid_search", *options)
    points = prod(map(len, SMALL[library].values()))
    assert [each["tool"] for each in (ours, peer)] == ["boostgrid", "scikit_learn"]
    for each in (ours, peer):
        assert (each["library"], each["task"], each["metric"]) == (library, task, metric)
        assert (each["case"], each["points"], each["folds"]) == ("small", points, 2)
        assert each["largest_difference"] == 0
        assert all(each[name] > 0 for name in ("wall_s", "cpu_s", "rss_mb", "pss_mb", "cpu_ratio", "rss_ratio"))
    assert (ours["cpu_ratio"], ours["wall_ratio"], ours["rss_ratio"]) == (1, 1, 1)


def test_a_table_and_a_grid_of_your_own_are_measured(rows, tmp_path):
    path, grid = tmp_path / "own.parquet", tmp_path / "own.json"
    frame = table(300, seed=1, task="multiclass")
    frame["target"] = frame["target"].map({0: 7, 1: 3, 2: 5})
    frame.to_parquet(path)
    grid.write_text(json.dumps(SMALL["catboost"]))
    options = ("--task", "multiclass", "--table", path, "--grid", grid, "--library", "catboost", "--folds", 2)
    ours, peer = rows("grid_search", *options, "--peer", "scikit_learn")
    for each in (ours, peer):
        assert (each["library"], each["task"], each["metric"]) == ("catboost", "multiclass", "log_loss")
        assert (each["case"], each["points"], each["folds"]) == ("own", 2, 2)
        assert each["largest_difference"] == 0


def test_racing_gives_the_same_scores(rows, grid_of):
    plain, raced = rows("racing", "--grid", grid_of("xgboost"), "--rows", 300, "--folds", 3)
    assert (plain["racing"], raced["racing"]) == (False, True)
    assert (plain["points"], plain["dropped"], plain["fold_evaluations"], plain["fits"]) == (4, 0, 12, 6)
    assert (raced["points"], raced["dropped"]) == (4, 0)  # there is no tenth best to be worse than
    for each in (plain, raced):
        assert each["scores_equal"] is True
        assert each["best_10_agree"] == 4
        assert (each["fold_ratio"], each["fits_ratio"]) == (1, 1)
        assert each["worker_cpu_s"] > 0
        assert each["cpu_ratio"] > 0


def test_folds_that_racing_spares_are_counted():
    from benchmarks.racing import Swept

    shared = [make_outcome(key, params={"learning_rate": 0.1, "n_estimators": key}, fit_shared_by=2) for key in (5, 9)]
    alone = make_outcome("alone", params={"learning_rate": 0.3, "n_estimators": 5})
    other = make_outcome("other", dropped_after=2, params={"learning_rate": 0.1, "max_depth": 1, "n_estimators": 5})
    copy = make_outcome("copy", dropped_after=2, params={"learning_rate": 0.1, "n_estimators": 2}, fit_shared_by=2)
    swept = Swept(Library.XGBOOST, [*shared, alone], [other, copy], 1.0, 1.0)
    assert swept.fold_evaluations == 3 + 3 + 3 + 2 + 2
    assert swept.fits == 3 + 3 + 2  # the shared ones with what is dropped of it, the one alone, the dropped one


@pytest.mark.parametrize(("library", "points"), [("xgboost", 160), ("lightgbm", 160), ("catboost", 200)])
def test_a_large_grid_is_published(rows, library, points):
    (row,) = rows("publish", "--library", library, "--points", 200)
    assert (row["library"], row["points"]) == (library, points)
    assert row["tasks"] > 0
    assert row["points_a_second"] > 0
    assert row["peak_rss_mb"] > 0
    assert row["rss_growth_mb"] >= 0


def test_the_order_of_work_keeps_its_tail_and_tells_of_the_whole_grid_early(rows):
    found = rows("order")
    assert {row["engines"] for row in found} == {2, 4, 8, 16, 32}
    assert all(row["time"] < 1.01 for row in found)
    assert all(row["tail % now"] < row["tail %"] + 2 for row in found)
    assert all(row["means off now"] < row["means off"] for row in found)


def test_a_quick_look_behind_a_large_sweep_and_its_cancelling_are_timed(rows):
    row = rows("large", "--points", 900)
    assert (row["trials"], row["tasks_left"]) == (900, 0)
    assert all(row[name] > 0 for name in row if name.endswith("_result_s"))


def test_overhead_counts_every_trial(rows):
    row = rows("overhead", "--trials", 30, "--workers", 1)
    assert (row["trials"], row["workers"]) == (30, 1)
    assert all(row[name] > 0 for name in ("trials_a_second", "evaluation_ms_a_trial", "peak_rss_mb"))
    assert row["platform_cpu_ms_a_trial"] > 0


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (None, (), "cannot be read: No such file"),
        ("{", (), "is not JSON"),
        ("[1]", (), "must hold an object"),
        ('{"max_depth": [2]}', (), "names no library"),
        ('{"max_depth": [2]}', ("--library", "xgboost", "--library", "lightgbm"), "give one --library"),
        ('{"library": "xgboost", "param_grid": {}}', ("--library", "lightgbm"), "leave one of them out"),
        ('{"library": "xgboost"}', (), "param_grid must be one object of lists"),
        ('{"library": "xgboost", "param_grid": {}, "fold": 3}', (), "fold is neither library nor param_grid"),
        ('{"library": "xgboots", "param_grid": {"max_depth": [2]}}', (), "library: "),
        ('{"library": "xgboost", "param_grid": {"max_depth": {"min": 2, "max": 4}}}', (), "param_grid.max_depth"),
        (
            '{"library": "xgboost", "param_grid": {"num_leaves": [2]}}',
            (),
            "param_grid.num_leaves: is not a parameter of XGBoost",
        ),
        ('{"library": "xgboost", "param_grid": {"early_stopping_rounds": [5]}}', (), "the peers do not know"),
        ('{"library": "xgboost", "param_grid": {"max_depth": [2]}}', ("--folds", "1"), "folds: "),
        ('{"library": "xgboost", "param_grid": {"max_depth": [2]}}', ("--rows", "3"), "use fewer folds or more rows"),
        ('{"library": "xgboost", "param_grid": {"max_depth": [2]}}', ("--json", "no/rows.json"), "no/rows.json is no"),
    ],
)
def test_what_cannot_be_measured_is_said(monkeypatch, capsys, tmp_path, text, options, said):
    from benchmarks import grid_search

    path = tmp_path / "own.json"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr("sys.argv", ["grid_search", "--grid", str(path), *options])
    monkeypatch.setattr(grid_search, "compare", lambda *_: pytest.fail("measured"))
    with pytest.raises(SystemExit) as ended:
        grid_search.main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_table_that_does_not_fit_the_task_is_refused(monkeypatch, capsys, tmp_path):
    from benchmarks import grid_search

    path = tmp_path / "own.parquet"
    table(60).to_parquet(path)
    monkeypatch.setattr("sys.argv", ["grid_search", "--table", str(path), "--task", "binary"])
    with pytest.raises(SystemExit):
        grid_search.main()
    assert "binary needs 2" in capsys.readouterr().err


def test_dask_takes_part_only_with_its_distributed_package(monkeypatch, tmp_path):
    from benchmarks import grid_search

    found = {"sklearn", "dask"}
    monkeypatch.setattr(grid_search, "find_spec", lambda package: package if package in found else None)
    took_part: list[str] = []
    monkeypatch.setattr(grid_search, "compare", lambda case, peers: took_part.extend(peers) or [])
    monkeypatch.setattr(grid_search, "show", lambda rows: None)
    monkeypatch.setattr("sys.argv", ["grid_search", "--library", "xgboost", "--rows", "60"])
    grid_search.main()
    assert took_part == ["scikit_learn"]


def test_what_a_measured_command_leaves_running_is_ended(monkeypatch):
    from benchmarks import measure

    monkeypatch.setattr(measure, "_END_SECONDS", 0.5)
    child = "import subprocess, sys, time; subprocess.Popen(['sleep', '31.4159']); time.sleep(1)"
    measure.measure([sys.executable, "-c", child])
    assert not [each for each in psutil.process_iter(["cmdline"]) if each.info["cmdline"] == ["sleep", "31.4159"]]
