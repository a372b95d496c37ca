"""The same grid, folds and seeds through Boostgrid and its peers: `python -m benchmarks.grid_search`.

Every contender runs alone, in processes of its own; the first is Boostgrid, embedded, the whole path from launch to
results, and the ratios are to it. Where no fit is shared, that is a worker that has had work before, as on a cluster;
the second is one whose start counts. Peers other than scikit-learn take part where they are installed. A grid of your
own is a JSON file: {"library": "xgboost", "param_grid": {"max_depth": [4, 6]}}, or the param_grid alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.cases import Case, cases
from benchmarks.measure import Cost, measure
from benchmarks.options import WrongOptions, add_options, own_case, prepared
from benchmarks.report import show
from shared.catalog.model import EARLY_STOPPING

#: by peer, the package that it needs
PEERS = {"scikit_learn": "sklearn", "optuna": "optuna", "dask": "distributed", "ray": "ray"}


def run(tool: str, case: Case, folder: Path) -> tuple[Cost, dict[str, list[float]]]:
    """Return what the tool took and the fold scores of each point."""
    source, target = folder / "case.json", folder / f"{tool}.json"
    source.write_text(json.dumps(asdict(case)))
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.contenders", tool, str(source), str(target)]
    peers_env = {**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(folder)}  # their scratch goes with the folder
    cost = measure(command, peers_env if tool in PEERS else None)
    found = json.loads(target.read_text())
    counted = {name: found[name] for name in ("wall_seconds", "cpu_seconds") if found[name] is not None}
    scores = {json.dumps(each["params"], sort_keys=True): each["fold_scores"] for each in found["scores"]}
    return replace(cost, **counted), scores


def compare(case: Case, peers: list[str]) -> list[dict[str, Any]]:
    """Return one row a contender, with the ratios of its cost to Boostgrid's."""
    with tempfile.TemporaryDirectory() as folder:
        first, *others = ["boostgrid_warm", "boostgrid"] if case.warm else ["boostgrid"]
        ours, our_scores = run(first, case, Path(folder))
        rows = [_row(first, case, ours, ours, 0.0, len(our_scores))]
        for other in [*others, *peers]:
            cost, scores = run(other, case, Path(folder))
            assert scores.keys() == our_scores.keys(), "the contenders evaluated different points"
            difference = max(abs(a - b) for key in scores for a, b in zip(scores[key], our_scores[key], strict=True))
            rows.append(_row(other, case, cost, ours, difference, len(scores)))
        return rows


def _row(tool: str, case: Case, cost: Cost, ours: Cost, difference: float, points: int) -> dict[str, Any]:
    return {
        "library": case.library,
        "task": case.task,
        "metric": case.metric,
        "case": case.name,
        "points": points,
        "folds": case.folds,
        "tool": tool,
        "wall_s": round(cost.wall_seconds, 1),
        "cpu_s": round(cost.cpu_seconds, 1),
        "rss_mb": round(cost.peak_rss_mb),
        "pss_mb": round(cost.peak_pss_mb),
        "cpu_ratio": round(cost.cpu_seconds / ours.cpu_seconds, 2),
        "wall_ratio": round(cost.wall_seconds / ours.wall_seconds, 2),
        "rss_ratio": round(cost.peak_rss_mb / ours.peak_rss_mb, 2),
        "largest_difference": difference,
    }


def main() -> None:
    """Parse the command line, run, print a table and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    grids = parser.add_mutually_exclusive_group()
    grids.add_argument("--case", choices=["few", "many", "none"], default="few", help="tree counts of the grid")
    grids.add_argument("--grid", type=Path, help="a grid of your own, a JSON file")
    parser.add_argument("--library", choices=["xgboost", "lightgbm", "catboost"], action="append")
    parser.add_argument("--peer", choices=list(PEERS), action="append", help="default: all that are installed")
    add_options(parser)
    arguments = parser.parse_args()
    installed = [name for name, package in PEERS.items() if find_spec(package)]
    peers = arguments.peer or installed
    if missing := [name for name in peers if name not in installed]:
        parser.error(f"{missing[0]} is not installed here: it needs the package {PEERS[missing[0]]}")
    with tempfile.TemporaryDirectory() as folder:
        try:
            chosen = _cases(arguments, Path(folder))
        except WrongOptions as error:
            parser.error(str(error))
        rows = []
        for case in chosen:
            found = compare(case, peers)
            rows += found
            show(found)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


def _cases(arguments: argparse.Namespace, folder: Path) -> list[Case]:
    libraries = arguments.library or []
    if arguments.grid is None:
        chosen = [case for case in cases(arguments.case) if not libraries or case.library in libraries]
    elif len(libraries) > 1:
        raise WrongOptions("a grid is of one library; give one --library with --grid")
    else:
        chosen = [own_case(arguments.grid, *libraries)]
    chosen = [prepared(case, arguments, folder) for case in chosen]
    if any(EARLY_STOPPING in case.param_grid for case in chosen):
        raise WrongOptions(f"the peers do not know Boostgrid's {EARLY_STOPPING}; remove it from the grid")
    return chosen


if __name__ == "__main__":
    main()
