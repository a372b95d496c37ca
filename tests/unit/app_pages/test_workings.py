"""What takes long of a table is worked out once, beside a page that goes on hearing its browser."""

from __future__ import annotations

import threading

import pytest
import streamlit as st

from dashboard.app_pages.new_sweep.workings import Workings, look, table
from shared.errors import DatasetError


class Place:
    """Where a page says that it waits; as long as it does, it is heard."""

    def __init__(self, enough: threading.Event, polls: int) -> None:
        self.said: list[str | None] = []
        self._enough, self._polls = enough, polls

    def empty(self) -> None:
        self._note(None)

    def caption(self, text: str) -> None:
        self._note(text)

    def _note(self, text: str | None) -> None:
        self.said.append(text)
        if len(self.said) == self._polls:
            self._enough.set()


@pytest.fixture(autouse=True)
def _forgotten():
    st.cache_resource.clear()


def test_two_that_ask_at_once_get_the_one_result():
    workings, go_on, runs = Workings(4), threading.Event(), []

    def work():
        runs.append(1)
        go_on.wait(10)
        return object()

    first, second = workings.of("a", work), workings.of("a", work)
    go_on.set()
    assert first.result(10) is second.result(10) is workings.of("a", work).result(10)
    assert len(runs) == 1


def test_what_went_wrong_is_tried_again():
    workings = Workings(4)

    def fail():
        raise DatasetError("no such file")

    with pytest.raises(DatasetError):
        workings.of("a", fail).result(10)
    assert workings.of("a", lambda: 1).result(10) == 1


def test_only_the_latest_are_kept():
    workings = Workings(2)
    for key in ("a", "b", "a", "c"):
        workings.of(key, lambda: "before").result(10)
    assert [workings.of(key, lambda: "anew").result(10) for key in ("a", "b")] == ["before", "anew"]


def test_a_page_that_waits_is_heard_again_and_again_and_says_so_after_a_while():
    enough = threading.Event()
    place = Place(enough, polls=15)
    assert look("key", lambda: enough.wait(30), place, "Looking…") is True
    assert place.said[0] is None
    assert "Looking…" in place.said
    assert place.said[-1] is None


def test_what_is_known_is_not_waited_for():
    place = Place(threading.Event(), polls=0)
    assert table("a", lambda: 1) == table("a", lambda: 2, place) == 1
    assert place.said == []
