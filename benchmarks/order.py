"""What the order of work costs and gives: `python -m benchmarks.order`. Nothing is trained; costs are the catalog's.

For each number of engines: how long the sweep takes, and how long its last engine works alone or with few, in the order
of work (a tenth spread over the grid, then the costliest first) for each unit of the costliest first alone; and how far
the mean score at each value would be off after a tenth of the sweep in either order, for scores that are all separate
effects and one interaction.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.options import json_file
from shared.domain import SweepSpec
from shared.planning.grid_plan import Group, all_groups, groups_to_do

GRIDS: dict[str, dict[str, Any]] = {
    "xgboost, 81": {
        "library": "xgboost",
        "param_grid": {
            "max_depth": [3, 6, 9],
            "learning_rate": [0.05, 0.1, 0.2],
            "subsample": [0.6, 0.8, 1.0],
            "colsample_bytree": [0.6, 0.8, 1.0],
        },
    },
    "xgboost, 300": {
        "library": "xgboost",
        "param_grid": {
            "max_depth": [2, 4, 6, 8, 10],
            "learning_rate": [0.02, 0.05, 0.1, 0.2],
            "subsample": [0.6, 0.8, 1.0],
            "reg_lambda": [0.1, 0.3, 1.0, 3.0, 10.0],
            "n_estimators": [100, 200, 400],
        },
    },
    "lightgbm, 600": {
        "library": "lightgbm",
        "param_grid": {
            "num_leaves": [7, 15, 31, 63, 127],
            "learning_rate": [0.02, 0.05, 0.1, 0.2],
            "min_child_samples": [5, 10, 20, 40, 80],
            "reg_lambda": [0.0, 0.1, 1.0, 3.0, 10.0, 100.0],
        },
    },
    "catboost, 480": {
        "library": "catboost",
        "param_grid": {
            "depth": [4, 5, 6, 7, 8, 9],
            "iterations": [100, 200, 400, 800],
            "learning_rate": [0.02, 0.05, 0.1, 0.2],
            "l2_leaf_reg": [1.0, 3.0, 5.0, 9.0, 20.0],
        },
    },
}


def schedule(costs: Iterable[float], engines: int) -> tuple[float, float]:
    """Return when the last of the engines is done, and how long before that the first one ran out of work."""
    free = [0.0] * engines
    for cost in costs:
        heapq.heappush(free, heapq.heappop(free) + cost)
    return max(free), max(free) - min(free)


def error_of_means(groups: Sequence[Group], names: Sequence[str], tenth: int) -> float:
    """Return how far means of each value over the first groups are off, as a share of all scores' deviation."""
    points = pd.DataFrame([written for _, group in groups for written, _ in group])
    places = {name: points[name].rank(method="dense") - 1 for name in names}
    shares = [places[name] / max(1.0, places[name].max()) for name in names]
    score = pd.Series(sum((share - 0.6) ** 2 for share in shares) + shares[0] * shares[1])
    first = sum(len(group) for _, group in itertools.islice(groups, tenth))
    off = []
    for name in names:
        whole = score.groupby(points[name]).mean()
        part = score[:first].groupby(points[name][:first]).mean()
        off += [abs(part.get(value, score[:first].mean()) - mean) for value, mean in whole.items()]
    return float(np.mean(off) / score.std())


def measure(name: str, declared: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each number of engines."""
    dataset = {"name": "made", "target": "target", "task": "regression"}
    spec = SweepSpec.parse({"name": name, "dataset": dataset, "metrics": ["rmse"], **declared})
    old, new = list(all_groups(spec)), list(groups_to_do(spec))
    names = [each for each, values in declared["param_grid"].items() if len(values) > 1]
    tenth = -(-len(old) // 10)
    rows = []
    for engines in (2, 4, 8, 16, 32):
        (whole, tail), (new_whole, new_tail) = (
            schedule((fit.cost for fit, _ in groups), engines) for groups in (old, new)
        )
        rows.append(
            {
                "grid": name,
                "fits": len(old),
                "engines": engines,
                "time": round(new_whole / whole, 4),
                "tail %": round(100 * tail / whole, 2),
                "tail % now": round(100 * new_tail / new_whole, 2),
                "means off": round(error_of_means(old, names, tenth), 3),
                "means off now": round(error_of_means(new, names, tenth), 3),
            }
        )
    return rows


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=json_file, help="write the rows there too")
    arguments = parser.parse_args()
    rows = [row for name, declared in GRIDS.items() for row in measure(name, declared)]
    print(pd.DataFrame(rows).to_string(index=False))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
