"""Queues that nobody needs any more and that did not answer when they were to be removed."""

from __future__ import annotations

from typing import Protocol

from shared.domain import TaskAddress


class LeftQueues(Protocol):
    """Keeps which they are, past the epoch and the sweep that they were of, until a worker has removed them."""

    def leave_queue(self, address: TaskAddress) -> None:
        """Note the queue; once is enough."""

    def left_queues(self) -> list[TaskAddress]:
        """Return them, the longest left first."""

    def forget_left_queue(self, address: TaskAddress) -> None:
        """Note that it is gone; one that was not left is no error."""
