"""Ends an engine before the memory that its worker may use is full.

On Kubernetes a breach of the container's limit ends the worker with all its engines (memory.oom.group), so the parent
looks at them during a fit. Between two looks an engine may take no more than what was left: RLIMIT_DATA has the system
refuse it the rest, which the libraries answer with an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from operator import itemgetter

from shared.catalog import Library
from shared.wording import counted
from worker.parent.engine_pool import Engine, EnginePool, Reason
from worker.parent.memory import Usage, restrict, usage

#: of what the worker may use, what its processes may have; the rest is for the kernel's own and for the moment between
#: two looks
_SHARE = 0.9
#: of an engine's part, what it may keep after a task; the rest is for what a fit needs beside it
_KEEP_SHARE = 0.8
#: an engine that has just loaded a library and a small table is well below this, so that it is never ended for that
_LEAST = 300 * 2**20
#: between two looks, in seconds
_LOOK_SECONDS = 0.1
#: what a library may write to and never touches: CatBoost's allocator takes a gigabyte of addresses at its first fit,
#: the others' arenas and stacks have some 130 MB
_UNTOUCHED = {Library.CATBOOST: 1280 * 2**20}
_UNTOUCHED_ELSE = 192 * 2**20


class MemoryWatch:
    """Watches a worker's engines. Workers of one machine or container share what there is."""

    def __init__(
        self,
        available: int,
        engines: int,
        clock: Callable[[], float],
        keep_mb: int | None = None,
        measure: Callable[[int], Usage | None] = usage,
        restrict: Callable[[int, int], None] = restrict,
    ) -> None:
        """``available`` is in bytes; ``keep_mb``, if given, is what an engine may keep after a task."""
        self._available = available
        self._engines = engines
        self._clock = clock
        self._keep_mb = keep_mb
        self._measure = measure
        self._restrict = restrict
        self._workers = 1
        #: bytes that nobody had at the last look
        self._left = self.limit
        self._look_at = float("-inf")

    def shared_by(self, workers: int) -> None:
        """Note how many workers share the memory, this one among them."""
        self._workers = max(1, workers)

    @property
    def limit(self) -> int:
        """Bytes that this worker's processes may have together."""
        whole = _SHARE * self._available
        return int(max(whole / self._workers, min(whole, (1 + self._engines) * _LEAST)))

    @property
    def keep_mb(self) -> int:
        """MB of its own above which an engine is replaced after its task."""
        return self._keep_mb or int(max(_LEAST, _KEEP_SHARE * self.limit / self._engines) / 2**20)

    def look(self, pool: EnginePool) -> None:
        """Make room if the engines have more than the limit together; else let each have what is left.

        An idle engine is replaced first. Of the busy ones the largest is ended, which has more than its part.
        """
        if self._clock() < self._look_at:
            return
        self._look_at = self._clock() + _LOOK_SECONDS
        found = [(each, has) for each in pool.engines if (has := self._measure(each.process.pid)) is not None]
        for engine, has in found:
            engine.peak_bytes = max(engine.peak_bytes, has.resident)
        if any(engine.is_killed for engine, _ in found):  # what it has is free in a moment
            return
        parent = self._measure(os.getpid())
        self._left = self.limit - (parent.resident if parent else 0) - sum(has.resident for _, has in found)
        if self._left < 0:
            idle = [(has.resident, engine) for engine, has in found if engine.is_idle and has.resident > _LEAST]
            busy = [(has.resident, engine) for engine, has in found if engine.assignment is not None]
            if idle:
                pool.replace(max(idle, key=itemgetter(0))[1])
            elif busy:
                max(busy, key=itemgetter(0))[1].kill(Reason.OUT_OF_MEMORY)
            return
        for engine, has in found:
            if engine.assignment is not None:
                self._allow(engine, engine.assignment.sweep.spec.library, has)

    def explain(self) -> str:
        """Return why an engine was ended, in the same words each time; the attempt has what this one had."""
        limit, available = (f"{each / 2**20:.0f} MB" for each in (self.limit, self._available))
        engines = counted(self._engines, "engine")
        shared = "" if self._workers == 1 else f" ({self._workers} workers share {available})"
        return (
            f"the engine was ended before its worker's memory was full: {limit} for "
            f"{engines}{shared}; give workers more memory, or fewer engines"
        )

    def admit(self, engine: Engine, library: Library) -> None:
        """Let the engine, which is to train with the library, have what is left."""
        has = self._measure(engine.process.pid)
        if has is not None:
            self._allow(engine, library, has)

    def _allow(self, engine: Engine, library: Library, has: Usage) -> None:
        writable = max(has.writable, has.resident + _UNTOUCHED.get(library, _UNTOUCHED_ELSE))
        self._restrict(engine.process.pid, writable + max(0, self._left))
