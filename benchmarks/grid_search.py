"""The same grid, folds and seeds through Boostgrid and its peers: `python -m benchmarks.grid_search`.

Every contender runs alone, in processes of its own; the first is Boostgrid, embedded, the whole path from launch to
results, and the ratios are to it. Where no fit is shared, that is a worker that has had work before, as on a cluster;
the second is one whose start counts. Peers other than scikit-learn take part where they are installed.
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

from benchmarks.cases import Case, cases, table
from benchmarks.measure import Cost, measure

PEERS = {"scikit_learn": "sklearn", "optuna": "optuna", "dask": "dask.distributed", "ray": "ray"}


def run(tool: str, case: Case, table_path: Path, folder: Path) -> tuple[Cost, dict[str, list[float]]]:
    """Return what the tool took and the fold scores of each point."""
    source, target = folder / "case.json", folder / f"{tool}.json"
    source.write_text(json.dumps({**asdict(case), "table": str(table_path)}))
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.contenders", tool, str(source), str(target)]
    cost = measure(command, {**os.environ, "OMP_NUM_THREADS": "1"} if tool in PEERS else None)
    found = json.loads(target.read_text())
    counted = {name: found[name] for name in ("wall_seconds", "cpu_seconds") if found[name] is not None}
    scores = {json.dumps(each["params"], sort_keys=True): each["fold_scores"] for each in found["scores"]}
    return replace(cost, **counted), scores


def compare(case: Case, table_path: Path, peers: list[str]) -> list[dict[str, Any]]:
    """Return one row a contender, with the ratios of its cost to Boostgrid's."""
    with tempfile.TemporaryDirectory() as folder:
        first, *others = ["boostgrid_warm", "boostgrid"] if case.warm else ["boostgrid"]
        ours, our_scores = run(first, case, table_path, Path(folder))
        rows = [_row(first, case, ours, ours, 0.0, len(our_scores))]
        for other in [*others, *peers]:
            cost, scores = run(other, case, table_path, Path(folder))
            assert scores.keys() == our_scores.keys(), "the contenders evaluated different points"
            difference = max(abs(a - b) for key in scores for a, b in zip(scores[key], our_scores[key], strict=True))
            rows.append(_row(other, case, cost, ours, difference, len(scores)))
        return rows


def _row(tool: str, case: Case, cost: Cost, ours: Cost, difference: float, points: int) -> dict[str, Any]:
    return {
        "library": case.library,
        "case": case.name,
        "points": points,
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=["few", "many", "none"], default="few", help="tree counts of the grid")
    parser.add_argument("--library", choices=["xgboost", "lightgbm", "catboost"], action="append")
    parser.add_argument("--peer", choices=list(PEERS), action="append", help="default: all that are installed")
    parser.add_argument("--rows", type=int, default=None, help="rows of the made table; default: as California housing")
    parser.add_argument("--table", type=Path, help="a Parquet file with numbers and a column `target` instead")
    parser.add_argument("--json", type=Path, help="write the rows there too")
    arguments = parser.parse_args()
    peers = arguments.peer or [name for name, module in PEERS.items() if _installed(module)]
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.table or Path(folder) / "table.parquet"
        if not arguments.table:
            (table(arguments.rows) if arguments.rows else table()).to_parquet(path)
        rows = []
        for case in cases(arguments.case):
            if not arguments.library or case.library in arguments.library:
                found = compare(case, path, peers)
                rows += found
                _print(found)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _print(rows: list[dict[str, Any]]) -> None:
    import pandas as pd

    print(pd.DataFrame(rows).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
