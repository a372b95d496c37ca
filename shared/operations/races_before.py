"""Which races a sweep need not run again: what those dropped it would drop too."""

from __future__ import annotations

from shared.domain import Sweep, SweepSpec
from shared.ports import SweepLedger


def races_before(sweep: Sweep, ledger: SweepLedger) -> list[str]:
    """Return the sweeps whose drops hold for this one, where it races.

    A drop is clearly worse than the tenth best of its own sweep. Where all that raced there is in this grid too, the
    tenth best of this one is at least as good, so that the trial would only be dropped again.
    """
    if not sweep.spec.racing:
        return []
    return [
        other.sweep.sweep_id
        for other in ledger.summaries()
        if other.dropped and other.sweep.sweep_id != sweep.sweep_id and _contains(sweep.spec, other.sweep.spec)
    ]


def _contains(spec: SweepSpec, other: SweepSpec) -> bool:
    """Whether the other race is over a part of this one's points; where their protocols differ, no trial is shared."""
    return (
        other.racing
        and other.library is spec.library
        and other.ranking_metric is spec.ranking_metric
        and all(
            any(
                grid.keys() == part.keys() and all({*part[name]} <= {*grid[name]} for name in part)
                for grid in spec.param_grid
            )
            for part in other.param_grid
        )
    )
