"""One reader for all: it reads while somebody looks, keeps what it saw, and does not hurry a server in trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dashboard.cluster.kubernetes.api import NotNow
from dashboard.cluster.kubernetes.reader import Reader


class Source:
    """What is read; counts how often, and fails when told to."""

    def __init__(self) -> None:
        self.reads = 0
        self.trouble: Exception | None = None
        self.takes = 0.0
        self.open = threading.Event()
        self.open.set()
        self.at: list[float] = []

    def __call__(self) -> int:
        self.reads += 1
        self.at.append(time.monotonic())
        time.sleep(self.takes)
        self.open.wait(60)
        if self.trouble is not None:
            raise self.trouble
        return self.reads


def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


@pytest.fixture
def source() -> Iterator[Source]:
    source = Source()
    yield source
    source.open.set()


def test_nothing_is_read_before_somebody_looks(source):
    reader = Reader(source, pause=0.05)
    time.sleep(0.1)
    assert source.reads == 0
    assert reader.look().value == 1


def test_many_viewers_share_one_reader(source):
    reader = Reader(source, pause=10.0)
    viewers = [threading.Thread(target=reader.look) for _ in range(20)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert source.reads == 1


def test_it_stops_when_nobody_looks_and_starts_again(source):
    reader = Reader(source, pause=0.02, attention=0.1)
    reader.look()
    until(lambda: not reader.is_reading)
    stopped_at = source.reads
    time.sleep(0.1)
    assert source.reads == stopped_at

    reader.look()
    until(lambda: source.reads > stopped_at)


def test_it_goes_on_while_somebody_looks(source):
    reader = Reader(source, pause=0.02, attention=0.3)
    until(lambda: reader.look().value >= 5)


def test_what_was_seen_stays_with_its_age_and_the_trouble(source):
    reader = Reader(source, pause=0.02)
    first = reader.look()
    assert first.trouble is None
    source.trouble = NotNow("no answer within 5 s", "It may be overloaded.")

    until(lambda: reader.look().trouble is not None)
    seen = reader.look()
    assert seen.value >= first.value
    assert seen.trouble is source.trouble
    assert reader.look().at == seen.at

    source.trouble = None
    until(lambda: reader.look().trouble is None)
    assert reader.look().at > seen.at


def test_looking_never_waits_for_a_server_that_answered_once(source):
    reader = Reader(source, pause=0.01)
    reader.look()
    source.open.clear()
    reads = source.reads
    until(lambda: source.reads > reads)
    began = time.monotonic()
    assert reader.look().value <= reads
    assert time.monotonic() - began < 30


def test_where_nothing_was_ever_read_it_says_why(source):
    source.trouble = NotNow("connection refused", "Start it.")
    with pytest.raises(NotNow, match="connection refused"):
        Reader(source, pause=0.02).look()


def test_a_first_look_is_not_patient_for_ever(source):
    source.open.clear()
    began = time.monotonic()
    with pytest.raises(NotNow, match="no answer yet"):
        Reader(source, patience=0.1).look()
    assert time.monotonic() - began < 30


def test_pauses_grow_while_it_fails(source):
    source.trouble = NotNow("no", "wait")
    reader = Reader(source, pause=0.1, attention=5.0)
    with pytest.raises(NotNow):
        reader.look()
    until(lambda: source.reads >= 5, 10.0)
    pauses = [after - before for before, after in zip(source.at, source.at[1:], strict=False)]
    assert pauses[3] > 2 * pauses[0]


def test_a_pause_that_the_server_asks_for_is_kept(source):
    source.trouble = NotNow("slow down", "later", retry_after=0.8)
    reader = Reader(source, pause=0.02, attention=5.0)
    with pytest.raises(NotNow):
        reader.look()
    until(lambda: source.reads >= 2)
    assert source.at[1] - source.at[0] >= 0.8


def test_what_costs_more_is_read_less_often(source):
    source.takes = 0.05
    reader = Reader(source, pause=0.02, attention=5.0)
    reader.look()
    until(lambda: source.reads >= 3)
    assert min(after - before for before, after in zip(source.at, source.at[1:], strict=False)) > 0.3


def test_a_change_is_seen_soon(source):
    reader = Reader(source, pause=30.0, attention=60.0)
    reader.look()
    reader.hurry()
    until(lambda: source.reads >= 2)


def test_an_answer_in_no_known_shape_does_not_end_it(source):
    reader = Reader(source, pause=0.02)
    reader.look()
    source.trouble = KeyError("metadata")
    until(lambda: reader.look().trouble is not None)
    assert "cannot be read" in str(reader.look().trouble)
    source.trouble = None
    until(lambda: reader.look().trouble is None)


def test_after_a_while_without_looks_the_first_look_waits_for_how_it_stands_now(source):
    reader = Reader(source, pause=0.02, attention=0.1)
    before = reader.look()
    source.trouble = NotNow("no answer within 5 s", "It may be overloaded.")
    until(lambda: reader.look().trouble is not None)
    until(lambda: not reader.is_reading)
    source.trouble = None
    now = reader.look()
    assert now.trouble is None
    assert now.at > before.at
