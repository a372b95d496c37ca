"""Fakes of the ports and factories of domain objects, for tests here and in code that uses Boostgrid."""

from shared.testing.factories import (
    make_attempt,
    make_fold_result,
    make_outcome,
    make_roomy_sweep,
    make_spec,
    make_sweep,
    make_task,
    make_task_of,
)
from shared.testing.queue import InMemoryTaskQueue
from shared.testing.store import InMemoryStore

__all__ = [
    "InMemoryStore",
    "InMemoryTaskQueue",
    "make_attempt",
    "make_fold_result",
    "make_outcome",
    "make_roomy_sweep",
    "make_spec",
    "make_sweep",
    "make_task",
    "make_task_of",
]
