"""Real engines that want more memory than their worker has: they end, and the worker with its other trials does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.adapters.embedded import EmbeddedTaskQueue
from shared.domain import TrialState
from tests.support.engine_evaluators import BURST, GROW, SUCCEED
from tests.support.engines_bench import EnginesBench

pytestmark = pytest.mark.slow

MIB = 2**20
MEMORY = 1024 * MIB


@pytest.fixture
def bench(engines_bench: Callable[..., EnginesBench], tmp_path: Path) -> EnginesBench:
    return engines_bench(EmbeddedTaskQueue(tmp_path / "boostgrid.sqlite"), engines=2, memory=MEMORY)


def failure(bench: EnginesBench, what: int) -> str:
    """Have a greedy trial evaluated among others; only it may fail. Return why."""
    bench.publish(SUCCEED, SUCCEED, what, SUCCEED, SUCCEED)
    bench.until_outcomes(5)
    (failed,) = (each for each in bench.outcomes if each.state is not TrialState.SUCCEEDED)
    assert failed.error is not None
    assert failed.attempts == 3
    return failed.error.message


def test_one_that_grows_during_a_fit_is_ended_before_the_memory_is_full(bench: EnginesBench) -> None:
    message = failure(bench, GROW)

    # the watch sees it at the limit, or the system refuses it the last piece before
    peak = re.search(r"(?:ended at|peaked at) (\d+) MB", message)
    assert peak is not None, message
    assert 300 < int(peak.group(1)) < MEMORY / MIB


def test_one_that_asks_for_all_of_it_at_once_is_refused(bench: EnginesBench) -> None:
    assert re.search(r"the engine ran out of memory; it had peaked at \d{2,3} MB", failure(bench, BURST))
