"""Tasks that this worker is not suited for: others get them, and it takes none of their sweep any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import UnreadableRecord
from shared.ports import Delivery
from worker.parent.choosing import Choosing
from worker.parent.subscription import Subscription


class Refusing:
    """Hands back what only another version can do; it costs no attempt."""

    def __init__(self, choosing: Choosing, subscription: Subscription) -> None:
        self._choosing = choosing
        self._subscription = subscription

    def refuse(self, delivery: Delivery, why: str) -> None:
        """Hand the task back, and take no more of its sweep."""
        self._choosing.refuse(delivery.task.sweep_id, why)
        self._subscription.requeue(delivery, "the worker is not suited for it")

    @contextmanager
    def what_is_unreadable(self, delivery: Delivery | None) -> Iterator[None]:
        """Refuse the task where the block needs what only a newer version can read; None: there is none."""
        try:
            yield
        except UnreadableRecord as error:
            if delivery is None:
                raise
            self.refuse(delivery, f"a newer version wrote it: {error.what}")
