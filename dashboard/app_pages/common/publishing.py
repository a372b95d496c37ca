"""Publishing a sweep beside the page that asked for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

import streamlit as st

from shared.domain import Sweep
from shared.errors import BoostgridError
from shared.operations import ProgressCallback
from shared.wording import counted

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.2
_under_way: set[Publishing] = set()


class Publishing:
    """A launch or a resume in a thread of its own.

    Streamlit ends a page's script as soon as its visitor goes to another page or touches a field; what is published
    half-way then would wait for a resume.
    """

    def __init__(self, publish: Callable[[ProgressCallback], Sweep]) -> None:
        self._publish = publish
        self._outcome: Future[Sweep] = Future()
        self._progress = (0, 0)
        _under_way.add(self)
        # a daemon, so that Ctrl-C need not wait for a large grid
        threading.Thread(target=self._run, name="publishing", daemon=True).start()

    @property
    def ended(self) -> bool:
        """Whether it is over, well or not."""
        return self._outcome.done()

    def result(self) -> Sweep:
        """Show the progress until the end; return the sweep, or raise what the publishing raised."""
        bar = st.progress(0.0, "Storing the data set and planning…")
        while wait([self._outcome], _POLL_SECONDS).not_done:
            done, total = self._progress
            if total:
                bar.progress(min(1.0, done / total), f"{done:,} of {counted(total, 'trial')} published")
        bar.empty()
        return self._outcome.result()

    def _run(self) -> None:
        try:
            self._outcome.set_result(self._publish(self._note))
        except Exception as error:  # the page raises it again, if it is still there
            if isinstance(error, BoostgridError):
                _LOG.warning("a sweep was not published to its end: %s", error)
            self._outcome.set_exception(error)
        finally:
            _under_way.discard(self)

    def _note(self, done: int, total: int) -> None:
        self._progress = (done, total)


def anything_is_published_here() -> bool:
    """Whether this process publishes a sweep at this moment, for whichever visitor."""
    return bool(_under_way)
