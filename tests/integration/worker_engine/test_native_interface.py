"""A process that trains imports a library's native interface alone, and scores just the same."""

import json
import subprocess
import sys

import pytest

from shared.catalog import Library, TaskType
from tests.support import ROOT
from tests.support.evaluating import evaluated, fold_scores, make_request, mixed_frame

pytestmark = pytest.mark.slow

#: prints what a fresh process finds, and what it had to import for it
EVALUATE = """
import json, sys
from worker.engine.binned_cache import BinnedCache
from worker.engine.cross_validation import evaluate
from worker.protocol import EvaluationRequest

request = EvaluationRequest.model_validate_json(sys.stdin.read())
[outcome] = evaluate(request, 1, lambda progress: None, BinnedCache(2**30))
scores = {metric: score.fold_scores for metric, score in outcome.scores.items()}
print(json.dumps([scores, sorted({"sklearn", "pandas"} & sys.modules.keys())]))
"""


@pytest.mark.parametrize(
    ("library", "imported"), [(Library.XGBOOST, []), (Library.LIGHTGBM, []), (Library.CATBOOST, ["pandas"])]
)
@pytest.mark.parametrize("task", list(TaskType))
def test_a_fresh_process_scores_the_same_without_scikit_learn(tmp_path, library, imported, task):
    request = make_request(tmp_path / "table.parquet", mixed_frame(task), library, task)
    done = subprocess.run(
        [sys.executable, "-c", EVALUATE],
        input=request.model_dump_json(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    scores, found = json.loads(done.stdout)
    [outcome] = evaluated(request)
    assert {metric: tuple(values) for metric, values in scores.items()} == fold_scores(outcome)
    assert found == imported


def test_what_a_library_did_without_can_be_imported_afterwards():
    code = (
        "import sys; from shared.catalog import Library; from worker.engine.libraries import open_library\n"
        "for library in Library: open_library(library)\n"
        "import sklearn.metrics, pandas"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
