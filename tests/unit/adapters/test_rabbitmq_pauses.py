"""How often an empty queue is asked."""

from __future__ import annotations

from shared.adapters.rabbitmq.pauses import LONGEST_PAUSE, SHORTEST_PAUSE, Pauses
from shared.domain import TaskAddress


class Clock:
    """Stands still unless moved."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def address(number: int) -> TaskAddress:
    return TaskAddress(sweep_id=f"sweep-{number}", epoch=1)


A, B, C = map(address, range(3))


def test_queues_that_nobody_asked_are_due_in_the_order_of_the_caller() -> None:
    assert Pauses(Clock()).due([C, A, B]) == [C, A, B]


def test_the_pause_of_an_empty_queue_doubles_up_to_the_longest() -> None:
    clock = Clock()
    pauses = Pauses(clock)
    lengths = []
    for _ in range(8):
        pauses.nothing_in(A)
        before = clock.now
        while not pauses.due([A]):
            clock.now += 0.01
        lengths.append(round(clock.now - before, 1))

    assert lengths == [0.1, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert pauses.due([A, B]) == [A, B]


def test_a_queue_that_gave_something_is_due_at_once_and_begins_anew() -> None:
    clock = Clock()
    pauses = Pauses(clock)
    for _ in range(8):
        pauses.nothing_in(A)
    assert pauses.due([A, B]) == [B]

    pauses.something_in(A)

    assert pauses.due([A, B]) == [A, B]
    pauses.nothing_in(A)
    clock.now += SHORTEST_PAUSE
    assert pauses.due([A]) == [A]


def test_a_queue_that_does_not_exist_has_the_longest_pause_at_once() -> None:
    clock = Clock()
    pauses = Pauses(clock)
    pauses.nothing_in(A, is_missing=True)
    clock.now += 0.9 * LONGEST_PAUSE
    assert pauses.due([A]) == []
    clock.now += 0.1 * LONGEST_PAUSE
    assert pauses.due([A]) == [A]


def test_queues_of_ended_sweeps_are_forgotten() -> None:
    clock = Clock()
    pauses = Pauses(clock)
    for number in range(3_000):
        pauses.nothing_in(address(number), is_missing=True)
    clock.now += 3 * LONGEST_PAUSE
    pauses.nothing_in(A)

    assert pauses.due([A, B]) == [B]
    assert len(pauses._pauses) == 1
