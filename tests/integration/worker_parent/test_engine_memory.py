"""Real engines that want more memory than their worker has: they end, and the worker with its other trials does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.adapters.embedded import EmbeddedTaskQueue
from shared.domain import Attempt, AttemptCause, TrialState
from tests.support.engine_evaluators import BURST, GROW, SUCCEED
from tests.support.engines_bench import EnginesBench

pytestmark = pytest.mark.slow

MIB = 2**20
MEMORY = 1024 * MIB


@pytest.fixture
def bench(engines_bench: Callable[..., EnginesBench], tmp_path: Path) -> EnginesBench:
    return engines_bench(EmbeddedTaskQueue(tmp_path / "boostgrid.sqlite"), engines=2, memory=MEMORY)


def failure(bench: EnginesBench, what: int) -> list[Attempt]:
    """Have a greedy trial evaluated among others; only it may fail. Return the attempts at it."""
    bench.publish(SUCCEED, SUCCEED, what, SUCCEED, SUCCEED)
    bench.until_outcomes(5)
    (failed,) = (each for each in bench.outcomes if each.state is not TrialState.SUCCEEDED)
    assert failed.error is not None
    assert failed.attempts == 3
    return bench.store.attempts([failed.trial_id])[failed.trial_id]


def test_one_that_grows_during_a_fit_is_ended_before_the_memory_is_full(bench: EnginesBench) -> None:
    # the watch sees it at the limit, or the system refuses it the last piece before
    for attempt in failure(bench, GROW):
        assert attempt.cause is AttemptCause.OUT_OF_MEMORY, attempt
        assert attempt.peak_memory_mb is not None
        assert 300 < attempt.peak_memory_mb < MEMORY / MIB
        assert attempt.memory_limit_mb == pytest.approx(0.9 * MEMORY / MIB, abs=1)


def test_one_that_asks_for_all_of_it_at_once_is_refused(bench: EnginesBench) -> None:
    for attempt in failure(bench, BURST):
        assert (attempt.cause, attempt.message) == (AttemptCause.OUT_OF_MEMORY, "the engine ran out of memory")
        assert "MemoryError" in attempt.log
