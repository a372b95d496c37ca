"""The same grid with and without racing, on the embedded stack: `python -m benchmarks.racing`.

The first row is the grid without; the ratios are to it: 0.6 of its fits are 40 % saved. ``best_10_agree`` counts how
many of its ten best are among the ten best, and ``scores_equal`` says whether all scores that racing gives are those
that it gives, those of the folds of dropped trials too. CPU is that of the worker and its engines, from their start.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cases import Case, race
from benchmarks.embedded import embedded
from benchmarks.options import WrongOptions, add_options, own_case, prepared
from benchmarks.peers import SEED
from benchmarks.report import show
from shared.catalog import Library, library_catalog
from shared.domain import TrialOutcome, TrialState

#: racing is to keep so many
BEST = 10


@dataclass(frozen=True, slots=True)
class Swept:
    """How a sweep ended, and what it took."""

    library: Library
    #: best first
    succeeded: list[TrialOutcome]
    dropped: list[TrialOutcome]
    wall_seconds: float
    worker_cpu_seconds: float

    @property
    def fold_evaluations(self) -> int:
        """How many folds of trials were scored."""
        return sum(len(each.rounds) for each in (*self.succeeded, *self.dropped))

    @property
    def fits(self) -> int:
        """How many models were trained: trials that share a fit need as many folds as the one that has the most."""
        read_off = library_catalog(self.library).read_off
        folds: dict[str, int] = {}
        for each in (*self.succeeded, *self.dropped):
            same = sorted((name, value) for name, value in each.params.items() if name not in read_off)
            fit = each.trial_id if each.fit_shared_by == 1 else json.dumps(same)
            folds[fit] = max(folds.get(fit, 0), len(each.rounds))
        return sum(folds.values())

    def scores(self) -> dict[str, tuple[float, ...]]:
        """Return by trial the scores of the folds that it had."""
        given = {each.trial_id: score.fold_scores for each in self.succeeded for score in each.scores.values()}
        return given | {each.trial_id: part for each in self.dropped for part in each.partial_scores.values()}


def sweep(case: Case, racing: bool) -> Swept:
    """Work the grid off by a worker of its own, and return how that ended."""
    with embedded() as stack:
        started = time.perf_counter()
        swept = stack.sweep(case, SEED, racing)
        succeeded = stack.store.ranked(swept.sweep_id, TrialState.SUCCEEDED, swept.size)
        dropped = stack.store.ranked(swept.sweep_id, TrialState.DROPPED, swept.size)
        seconds = time.perf_counter() - started
        return Swept(swept.spec.library, succeeded, dropped, seconds, stack.worker_cpu_seconds())


def compare(case: Case) -> list[dict[str, Any]]:
    """Return one row without racing and one with, with the ratios of the second to the first."""
    plain = sweep(case, racing=False)
    return [_row(case, False, plain, plain), _row(case, True, sweep(case, racing=True), plain)]


def _row(case: Case, racing: bool, swept: Swept, plain: Swept) -> dict[str, Any]:
    best, found = ({each.trial_id for each in one.succeeded[:BEST]} for one in (plain, swept))
    without = plain.scores()
    return {
        "library": case.library,
        "task": case.task,
        "metric": case.metric,
        "case": case.name,
        "points": len(swept.succeeded) + len(swept.dropped),
        "folds": case.folds,
        "racing": racing,
        "dropped": len(swept.dropped),
        "fold_evaluations": swept.fold_evaluations,
        "fits": swept.fits,
        "wall_s": round(swept.wall_seconds, 1),
        "worker_cpu_s": round(swept.worker_cpu_seconds, 1),
        "fold_ratio": round(swept.fold_evaluations / plain.fold_evaluations, 2),
        "fits_ratio": round(swept.fits / plain.fits, 2),
        "cpu_ratio": round(swept.worker_cpu_seconds / plain.worker_cpu_seconds, 2),
        "wall_ratio": round(swept.wall_seconds / plain.wall_seconds, 2),
        "best_10_agree": len(best & found),
        "scores_equal": all(without[trial_id][: len(part)] == part for trial_id, part in swept.scores().items()),
    }


def main() -> None:
    """Parse the command line, measure, print a table and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grid", type=Path, help="a grid of your own, a JSON file as benchmarks.grid_search reads it")
    parser.add_argument("--library", choices=["xgboost", "lightgbm", "catboost"], help="of a --grid that names none")
    add_options(parser)
    arguments = parser.parse_args()
    if arguments.library and not arguments.grid:
        parser.error("--library names the library of a --grid; the built-in grid is of XGBoost")
    with tempfile.TemporaryDirectory() as folder:
        try:
            case = own_case(arguments.grid, arguments.library) if arguments.grid else race()
            case = prepared(case, arguments, Path(folder))
        except WrongOptions as error:
            parser.error(str(error))
        rows = compare(case)
    show(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
