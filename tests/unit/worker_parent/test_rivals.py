"""Whom a worker lets trials race against, and how often it asks the store."""

from __future__ import annotations

import pytest

from shared.catalog import Metric
from shared.domain import ErrorCause, MetricScore
from shared.errors import ServiceUnavailable
from shared.testing import InMemoryStore, make_outcome, make_spec, make_sweep
from worker.parent.intervals import BELIEVE_SECONDS, STORE_PAUSE_SECONDS
from worker.parent.rivals import Rivals

RACING = make_sweep(spec=make_spec(racing=True))


class Store(InMemoryStore):
    """Counts how often it is asked, and fails on demand."""

    def __init__(self):
        super().__init__()
        self.asked = 0
        self.is_down = False

    def ranked(self, sweep_id, state, limit):
        self.asked += 1
        if self.is_down:
            raise ServiceUnavailable("store", "it is down", "Start it")
        return super().ranked(sweep_id, state, limit)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def store():
    store = Store()
    store.save_sweep(RACING)
    return store


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def rivals(store, clock):
    return Rivals(store, clock)


def success(number):
    """Return a success whose RMSE gets worse with its number, unevenly over the folds."""
    folds = (float(number), number + 0.1 * number**2, number + 0.5)
    score = MetricScore(fold_scores=folds, mean_score=sum(folds) / 3, std_score=0.1)
    return make_outcome(number, scores={Metric.RMSE: score, Metric.R2: score})


def record(store, numbers):
    store.record(RACING.sweep_id, [success(number) for number in numbers])


def test_the_rival_is_the_tenth_best(store, rivals):
    record(store, reversed(range(1, 15)))
    assert rivals.of(RACING).fold_scores == (10.0, 20.0, 10.5)


def test_only_successes_count(store, rivals):
    record(store, range(9))
    store.record(RACING.sweep_id, [make_outcome("drop", dropped_after=2), make_outcome(9, failed=ErrorCause.TIMEOUT)])
    assert rivals.of(RACING) is None


def test_where_the_sweep_does_not_race_the_store_is_not_asked(store, rivals):
    record(store, range(12))
    assert rivals.of(make_sweep()) is None
    assert store.asked == 0


def test_the_store_is_asked_once_a_second_a_sweep(store, rivals, clock):
    other = make_sweep("other", spec=make_spec(racing=True))
    store.save_sweep(other)
    for _ in range(3):
        assert rivals.of(RACING) is None
        assert rivals.of(other) is None
    assert store.asked == 2
    record(store, range(10))
    assert rivals.of(RACING) is None
    clock.now += BELIEVE_SECONDS
    assert rivals.of(RACING) is not None
    assert rivals.of(other) is None


def test_in_an_outage_the_last_rival_stays_and_the_store_has_a_pause(store, rivals, clock):
    record(store, range(10))
    before = rivals.of(RACING)
    store.is_down = True
    clock.now += BELIEVE_SECONDS
    assert rivals.of(RACING) == before
    clock.now += BELIEVE_SECONDS
    assert rivals.of(RACING) == before
    assert store.asked == 2
    store.is_down = False
    record(store, range(-10, 0))
    clock.now += STORE_PAUSE_SECONDS
    assert rivals.of(RACING).fold_scores[0] == -1.0


def test_an_outage_before_the_first_answer_means_no_rival(store, rivals):
    store.is_down = True
    assert rivals.of(RACING) is None


def test_a_sweep_of_long_ago_is_forgotten(store, rivals, clock):
    record(store, range(10))
    assert rivals.of(RACING) is not None
    clock.now += 1_000
    rivals.of(make_sweep("other", spec=make_spec(racing=True)))
    store.is_down = True
    assert rivals.of(RACING) is None
