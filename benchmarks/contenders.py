"""One grid through one tool, in a process of its own: `python -m benchmarks.contenders TOOL CASE.json OUT.json`.

CASE.json holds the case; OUT.json gets the fold scores of every point.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import peers
from benchmarks.cases import Case
from benchmarks.measure import tree_cpu_seconds
from benchmarks.peers import SEED, Scores


@dataclass(frozen=True, slots=True)
class Run:
    """What a contender found, and what it took where only a part of its process counts."""

    scores: Scores
    wall_seconds: float | None = None
    cpu_seconds: float | None = None


def boostgrid(case: Case) -> Scores:
    """The whole path on the embedded stack: store the table, launch, start a worker, work, read the results."""
    from benchmarks.embedded import embedded  # here, so that no peer pays for its imports

    with embedded() as stack:
        return stack.scores(stack.sweep(case, SEED))


def boostgrid_warm(case: Case) -> Run:
    """The same by a worker that has had work before: the grid with other folds. What it took is that of the second."""
    from benchmarks.embedded import embedded

    with embedded() as stack:
        stack.scores(stack.sweep(case, SEED + 1))
        wall, cpu = time.perf_counter(), tree_cpu_seconds()
        scores = stack.scores(stack.sweep(case, SEED))
        return Run(scores, wall_seconds=time.perf_counter() - wall, cpu_seconds=tree_cpu_seconds() - cpu)


CONTENDERS: dict[str, Callable[[Case], Scores | Run]] = {
    each.__name__: each for each in (boostgrid, boostgrid_warm, peers.scikit_learn, peers.optuna, peers.dask, peers.ray)
}

if __name__ == "__main__":
    tool, source, target = sys.argv[1:]
    result = CONTENDERS[tool](Case(**json.loads(Path(source).read_text())))
    Path(target).write_text(json.dumps(asdict(result if isinstance(result, Run) else Run(result))))
