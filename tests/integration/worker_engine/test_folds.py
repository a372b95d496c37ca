"""What an engine keeps of a data set between tasks is made once, and answers no other question."""

from __future__ import annotations

import subprocess
import sys
from time import process_time, thread_time
from types import SimpleNamespace

import numpy as np
import pytest

from shared.catalog import Library, Metric, TaskType, library_catalog
from tests.support.evaluating import evaluated, fold_scores, make_request, numeric_frame
from worker.engine import folds
from worker.engine.binned_cache import BinnedCache
from worker.engine.libraries import open_library
from worker.engine.libraries.base import Problem
from worker.parent.engine_process import environment

pytestmark = pytest.mark.slow

ON_ONE_THREAD = Problem(TaskType.REGRESSION, classes=0, threads=1)


def table(rows=1_000, columns=5, missing=0.0):
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, columns))
    X[random.random(X.shape) < missing] = np.nan
    return SimpleNamespace(X=X, y=random.normal(size=rows), categories={})


@pytest.fixture
def request_of(tmp_path):
    frame = numeric_frame(TaskType.BINARY)[["mean radius", "mean texture", "mean area", "target"]]
    frame["other"] = 1 - frame["target"].to_numpy()[::-1]

    def make(library=Library.XGBOOST, task=TaskType.REGRESSION, points=({},), table=frame, **changes):
        rounds = {library_catalog(library).rounds_parameter: 4}
        points = [rounds | point for point in points]
        # another content comes under another hash, and so in another file
        path = tmp_path / f"{len(table)}.parquet"
        return make_request(path, table, library, task, points, metrics=[Metric.LOG_LOSS], **changes)

    def with_metric(*arguments, **changes):
        request = make(*arguments, **changes)
        metric = Metric.RMSE if request.task is TaskType.REGRESSION else Metric.LOG_LOSS
        return request.model_copy(update={"metrics": (metric,)})

    with_metric.frame = frame
    return with_metric


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 4},
        {"folds": 4},
        {"target": "other"},
        {"task": TaskType.BINARY},
        {"library": Library.LIGHTGBM},
        {"table": "another"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_request_is_answered_the_same_whatever_was_asked_before(request_of, change):
    if "table" in change:
        change = {"table": request_of.frame.head(300)}
    cache = BinnedCache(2**30)
    (before,) = evaluated(request_of(), cache)

    (after,) = evaluated(request_of(**change), cache)

    (alone,) = evaluated(request_of(**change))
    assert fold_scores(after) == fold_scores(alone)
    assert fold_scores(after) != fold_scores(before)


@pytest.mark.parametrize(
    ("library", "same_bins", "other_bins"),
    [
        (Library.XGBOOST, {"max_depth": 3, "learning_rate": 0.2, "subsample": 0.5}, {"max_bin": 32}),
        (Library.XGBOOST, {"max_depth": 3, "subsample": 0.5}, {"tree_method": "exact"}),
        (Library.LIGHTGBM, {"num_leaves": 7, "learning_rate": 0.2, "extra_trees": True}, {"min_child_samples": 5}),
        (Library.LIGHTGBM, {"num_leaves": 7, "reg_alpha": 0.2}, {"max_bin": 32}),
        (Library.CATBOOST, {"depth": 3, "learning_rate": 0.2, "rsm": 0.5}, {"border_count": 32}),
        (Library.CATBOOST, {"depth": 3, "grow_policy": "Lossguide"}, {"feature_border_type": "Median"}),
    ],
    ids=str,
)
def test_rows_are_binned_once_for_each_fold_and_way_of_binning(request_of, monkeypatch, library, same_bins, other_bins):
    adapter, binned = open_library(library), []
    make = adapter.bin
    monkeypatch.setattr(type(adapter), "bin", lambda self, *arguments: binned.append(make(*arguments)) or binned[-1])
    cache, counts = BinnedCache(2**30), []

    for point in ({}, same_bins, other_bins, {}):
        evaluated(request_of(library, points=[point]), cache)
        counts.append(len(binned))

    assert counts == [3, 3, 6, 6]


def test_catboost_trains_on_rows_that_are_quantized_beforehand():
    library = open_library(Library.CATBOOST)
    data = table()
    binned = library.bin(library.features(data), np.arange(len(data.y)), data.y, {}, ON_ONE_THREAD)
    assert binned.data.is_quantized()


@pytest.mark.parametrize("library", Library)
def test_rows_are_binned_on_as_many_threads_as_an_engine_has(library):
    adapter, data = open_library(library), table(rows=150_000, columns=20)
    features, rows = adapter.features(data), np.arange(len(data.y))

    everywhere, here = process_time(), thread_time()
    adapter.bin(features, rows, data.y, {}, ON_ONE_THREAD)
    everywhere, here = process_time() - everywhere, thread_time() - here

    assert everywhere < 1.2 * here + 0.02


@pytest.mark.parametrize("library", Library)
@pytest.mark.parametrize("task", TaskType)
def test_test_rows_that_are_not_kept_score_the_same(tmp_path, monkeypatch, library, task):
    rounds = library_catalog(library).rounds_parameter
    request = make_request(
        tmp_path / "data.parquet",
        numeric_frame(task),
        library,
        task,
        points=[{rounds: 3}, {rounds: 3, "learning_rate": 0.4}],
    )
    kept_cache, small_cache = BinnedCache(2**30), BinnedCache(2**30)
    kept = evaluated(request, kept_cache)
    monkeypatch.setattr(folds, "_SMALL_TABLE", 0)

    made = evaluated(request, small_cache)

    assert list(map(fold_scores, made)) == list(map(fold_scores, kept))
    assert small_cache.size_bytes < kept_cache.size_bytes


#: prints what a table's rows are said to take, and what the process grew by
BINNED = """
import sys
import numpy as np, psutil
from types import SimpleNamespace
from shared.catalog import Library, TaskType
from worker.engine.libraries import open_library
from worker.engine.libraries.base import Problem

library, problem = open_library(Library.XGBOOST), Problem(TaskType.REGRESSION, 0, 1)
random = np.random.default_rng(0)
X, y = random.normal(size=(400_000, 20)), random.normal(size=400_000)
X[random.random(X.shape) < float(sys.argv[1])] = np.nan
features, rows = library.features(SimpleNamespace(X=X, categories={})), np.arange(len(X))
library.bin(features, rows[:100], y[:100], {}, problem)
before = psutil.Process().memory_info().rss
binned = library.bin(features, rows, y, {}, problem)
print(binned.size_bytes, psutil.Process().memory_info().rss - before)
"""


def in_engines_environment(code, *arguments):
    """Return what the code prints in a process such as an engine is."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment(1), capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("missing", [0.0, 0.001, 0.3])
def test_what_xgboost_keeps_is_estimated_with_its_missing_values(missing):
    estimate, growth = map(int, in_engines_environment(BINNED, missing))
    assert estimate == pytest.approx(growth, rel=0.35)


#: leaves a process so little memory that training must fail, and prints what that looks like
EXHAUSTED = """
import resource, sys
import numpy as np, psutil
from types import SimpleNamespace
from shared.catalog import Library, TaskType
from worker.engine.libraries import open_library
from worker.engine.libraries.base import Problem

library, problem = open_library(Library(sys.argv[1])), Problem(TaskType.REGRESSION, 0, 1)
X = np.random.default_rng(0).normal(size=(300_000, 40))
features, rows = library.features(SimpleNamespace(X=X, categories={})), np.arange(len(X))
# enough for a copy of the rows
limit = psutil.Process().memory_info().vms + features.nbytes + 20 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    binned = library.bin(features, rows, X[:, 0], {}, problem)
    library.fit(binned, {}, problem, 1, [1], lambda count, model: None)
except MemoryError as error:
    print(type(error.__cause__).__name__)
"""


@pytest.mark.parametrize("library", [Library.XGBOOST, Library.LIGHTGBM])
def test_a_library_that_runs_out_of_memory_says_so(library):
    (cause,) = in_engines_environment(EXHAUSTED, library)
    assert cause in ("XGBoostError", "LightGBMError")


#: prints what a process keeps of its memory after it binned a table's folds, and what the table takes
KEPT = """
import sys
import numpy as np, pandas as pd, psutil
from pathlib import Path
from shared.catalog import Library, TaskType
from tests.support.evaluating import evaluated, make_request

random = np.random.default_rng(0)
frame = pd.DataFrame(random.normal(size=(60_000, 60))).rename(columns=str).assign(target=random.normal(size=60_000))
small, large = (
    make_request(Path(sys.argv[1]) / str(rows), frame.head(rows), Library.LIGHTGBM, points=[{"n_estimators": 1}])
    for rows in (100, 60_000)
)
evaluated(small)
before = psutil.Process().memory_info().rss
evaluated(large)
print(psutil.Process().memory_info().rss - before, frame.memory_usage().sum())
"""


def test_an_engine_keeps_little_beside_the_table(tmp_path):
    growth, size = map(int, in_engines_environment(KEPT, tmp_path))
    assert growth < 2 * size
