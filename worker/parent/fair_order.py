"""In which order a worker asks the queues of the sweeps that it can do."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain import Priority, QueuedSweep


class FairOrder:
    """Higher priority first, strictly; within one priority, equal work for all, however many tasks each has.

    Each sweep has a virtual time, which grows by the planned cost of what is taken of it; the least is served next.
    A priority's time is the one at which it served last, the least of those that wait: a sweep that appears starts
    there, so that it is next, and one whose queue was empty for a while has saved up no more than one task.
    """

    def __init__(self) -> None:
        #: sweep id -> its virtual time, in seconds of planned work
        self._times: dict[str, float] = {}
        self._priorities: dict[str, Priority] = {}
        self._served_at = dict.fromkeys(Priority, 0.0)

    def of(self, sweeps: Sequence[QueuedSweep]) -> list[QueuedSweep]:
        """Return the sweeps in the order in which to ask their queues; those that are not among them are forgotten."""
        new = {each.sweep_id for each in sweeps if each.sweep_id not in self._times}
        self._priorities = {each.sweep_id: each.priority for each in sweeps}
        self._times = {each.sweep_id: self._times.get(each.sweep_id, self._served_at[each.priority]) for each in sweeps}

        def place(each: QueuedSweep) -> tuple[object, ...]:
            is_known = each.sweep_id not in new  # a newcomer goes before those that it is level with
            return -each.priority.rank, self._times[each.sweep_id], is_known, each.created_at, each.sweep_id

        return sorted(sweeps, key=place)

    def took(self, sweep_id: str, cost: float) -> None:
        """Note that a task of that planned cost was taken of the sweep."""
        priority = self._priorities.get(sweep_id)
        if priority is None:
            return
        at = max(self._times[sweep_id], self._served_at[priority])
        self._served_at[priority] = at
        self._times[sweep_id] = at + max(0.0, cost)
