"""The port to whatever runs the workers, and what every adapter behind it guarantees."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from dashboard.cluster.state import ClusterState
from shared.errors import BoostgridError


class ScalingRefused(BoostgridError):
    """Raised when the number of workers cannot be set; says who or what decides instead."""


class ScaledMeanwhile(ScalingRefused):
    """Raised when somebody else changed the number of workers after it was shown; says what it is now and by whom."""


class Cluster(Protocol):
    """Runs workers: keeps as many processes as are wanted and starts crashed ones again.

    It knows of processes, not of what they do; workers report that to the store. Safe for use from several threads.
    Every method raises ServiceUnavailable where the cluster does not answer and never did.
    """

    def state(self) -> ClusterState:
        """Return what is wanted and what is there. Cheap enough to ask every second, by any number of viewers.

        It never waits for a cluster that answered once: it returns what was seen last, its age and what is wrong.
        """

    def scale(self, workers: int, shown: int | None = None, idle: Collection[str] = ()) -> None:
        """Declare how many workers are wanted and return at once. Declaring the same twice is declaring it once.

        ``shown`` is the number that whoever decides was looking at: where another is wanted by now, nothing is changed
        and ScaledMeanwhile is raised. ``idle`` names the processes that have nothing to do: where
        ``state().stops_idle_first`` they stop before others. Workers in excess are stopped gracefully; no trial is
        lost or counted as failed.
        The number outlives the dashboard. Raises ScalingRefused outside minimum..maximum and where
        ``state().read_only``, as where an autoscaler is in charge.
        """

    def set_automatic(self, automatic: bool) -> None:
        """Give the number of workers to the autoscaler, or take it into one's own hand, and return at once.

        Declaring the same twice is declaring it once; who is in charge follows within seconds, and until then
        ``scale`` is refused. Raises ScalingRefused where nothing scales by itself, or it cannot be changed.
        """

    def set_limits(self, minimum: int, maximum: int, shown: tuple[int, int] | None = None) -> None:
        """Declare between how many workers the autoscaler may choose, and return at once.

        ``shown`` are the limits that whoever decides was looking at: where others are set by now, nothing is changed
        and ScaledMeanwhile is raised. Raises ScalingRefused where they make no sense, nothing scales by itself, or it
        cannot be changed.
        """

    def logs(self, name: str, tail: int = 200, *, container: str | None = None, previous: bool = False) -> str:
        """Return the last ``tail`` lines of the process of that name; empty where it has written none or is unknown.

        ``container`` is one of the process's, its first without; ``previous`` asks for the life before the last
        restart. Cheap enough to be asked every two seconds by somebody who follows.
        """
