"""Tasks that are taken and evaluated elsewhere at this moment: at most one an idle engine, and never in others' way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from shared.ports import Delivery
from worker.parent.choosing import Choosing
from worker.parent.health import Health
from worker.parent.intervals import RECHECK_SECONDS
from worker.parent.subscription import Subscription

#: so many held tasks are given back for others, one a step, in so many seconds: not for ever the same ones in a circle
_SWAPS, _SWAP_SECONDS = 8, 5.0


@dataclass(frozen=True, slots=True)
class _Held:
    delivery: Delivery
    recheck_at: float


class Holding:
    """Holds them until it is time to decide again, and gives back what is held too much."""

    def __init__(
        self, subscription: Subscription, choosing: Choosing, health: Health, clock: Callable[[], float]
    ) -> None:
        self._subscription = subscription
        self._choosing = choosing
        self._health = health
        self._clock = clock
        self._held: deque[_Held] = deque()
        #: how many of them may be given back for others, and when that is seen anew
        self._swaps, self._swap_again_at = 0, float("-inf")

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, delivery: Delivery) -> None:
        """Keep the task until it is decided again."""
        self._held.append(_Held(delivery, self._clock() + RECHECK_SECONDS))

    def due(self) -> list[Delivery]:
        """Return those that are to be decided again, which are held no more."""
        due = [held for held in self._held if held.recheck_at <= self._clock()]
        for held in due:
            self._held.remove(held)
        return [held.delivery for held in due]

    def take_all(self) -> list[Delivery]:
        """Return all of them, which are held no more."""
        every = [held.delivery for held in self._held]
        self._held.clear()
        return every

    def make_room(self, idle_engines: int) -> None:
        """Give back what is held too much: one that is ready may go on with it, and an idle engine with others."""
        while len(self._held) > max(0, idle_engines):
            self._give_back()
        if not self._held or len(self._held) < idle_engines or not self._subscription.may_answer:
            return
        if self._clock() >= self._swap_again_at:
            self._swap_again_at = self._clock() + _SWAP_SECONDS
            self._swaps = _SWAPS if self._subscription.others_wait(self._choosing.addresses) else 0
        if self._swaps and self._health.may_try:
            self._swaps -= 1
            self._give_back()

    def _give_back(self) -> None:
        self._subscription.requeue(self._held.popleft().delivery, "it is evaluated elsewhere")
