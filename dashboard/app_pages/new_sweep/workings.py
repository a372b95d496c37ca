"""What is worked out of a table: once for all sessions and beside the page, which goes on hearing its browser.

A page that computes for seconds hears nothing meanwhile, and Streamlit loses what was typed if the visitor then goes
to another page.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from shared.errors import BoostgridError

T = TypeVar("T")

_POLL_SECONDS = 0.05
#: what takes no longer is not worth a word
_SILENT_POLLS = 10
#: tables in memory, and what is known of them and of others
_MOST_TABLES, _MOST_LOOKS = 8, 64


class Workings:
    """Works each key out once, in a thread of its own, and keeps the latest results; not what went wrong."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def of(self, key: Hashable, work: Callable[[], T]) -> Future[T]:
        """Return what becomes of ``work``, which nobody may change; it runs if the key is not known yet."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None and not (known.done() and known.exception() is not None):
                self._kept.move_to_end(key)
                return known
            future: Future[T] = Future()
            self._kept[key] = future
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        # a daemon, so that Ctrl-C need not wait for a large table
        threading.Thread(target=_run, args=(work, future), name="table", daemon=True).start()
        return future


def _run(work: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(work())
    except Exception as error:  # the page that waits raises it again
        future.set_exception(error)


def table(chosen: str, load: Callable[[], T], place: DeltaGenerator | None = None) -> T:
    """Return a data set's table, loaded once; nobody may change it. Raises what ``load`` raises."""
    return _waited_for(_tables().of(chosen, load), place, "Loading the data set…")


def look(key: Hashable, work: Callable[[], T], place: DeltaGenerator, text: str = "Looking at the columns…") -> T:
    """Return what ``work`` makes of a table, whose name or content hash is part of the key."""
    return _waited_for(_looks().of(key, work), place, text)


def _waited_for(future: Future[T], place: DeltaGenerator | None, text: str) -> T:
    polls = 0
    while place is not None and wait([future], _POLL_SECONDS).not_done:
        polls += 1
        # whatever is drawn, this is where the page hears its browser
        place.caption(text) if polls > _SILENT_POLLS else place.empty()
    if polls > _SILENT_POLLS and place is not None:
        place.empty()
    try:
        return future.result()
    except BoostgridError as error:
        # several pages may wait for the same, and each raises it: a traceback must not grow with every one
        raise error.with_traceback(None) from error.__cause__


@st.cache_resource(show_spinner=False)
def _tables() -> Workings:
    return Workings(_MOST_TABLES)


@st.cache_resource(show_spinner=False)
def _looks() -> Workings:
    return Workings(_MOST_LOOKS)
