"""The whole way from a shell: launch with a local worker, take the best parameters, and compute the score again."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.slow

SPEC = """\
name: From a shell
library: lightgbm
dataset: {name: diabetes, target: target, task: regression}
param_grid: {learning_rate: [0.1, 0.3], n_estimators: [5, 10]}
metrics: [rmse]
folds: 3
"""


def test_best_of_a_sweep_scores_the_same_elsewhere(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in ("RABBITMQ_URL", "MONGODB_URL")}
    environment |= {"BOOSTGRID_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    (tmp_path / "spec.yaml").write_text(SPEC)
    lines = run("-m", "shared", "launch", "spec.yaml", "--workers", "1").splitlines()
    sweep_id = lines[0]
    assert lines[1] == "Finished: 4 succeeded, 0 failed"
    run("-m", "shared", "best", sweep_id, "--format", "python", "-o", "best.py")
    again, recorded = re.fullmatch(r"rmse: (\S+) ± \S+, recorded (\S+)\n", run("-W", "ignore", "best.py")).groups()
    assert float(again) == pytest.approx(float(recorded), rel=1e-9)
    assert len(run("-m", "shared", "export", sweep_id).splitlines()) == 1 + 4
