"""The blows of a run, in an order that its seed decides."""

from __future__ import annotations

import contextlib
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.chaos.crew import Crew, engines_of
from tests.chaos.person import Person
from tests.chaos.stacks import Stack

#: no task, as bytes that somebody put into the wrong queue
_POISON = (b"\x00\xff not a task", b"{}", b"[" * 100_000, b'{"schema_version": 2, "trials": [{"trial_id": "0"}]}')


class Storm:
    """Strikes until told to stop; ``calm`` takes back what lasts."""

    def __init__(
        self, stack: Stack, crew: Crew, person: Person, seed: int, folder: Path, say: Callable[[str], None]
    ) -> None:
        self._stack, self._crew, self._person, self._folder, self._say = stack, crew, person, folder, say
        self._chance = random.Random(seed)
        self._lasting: list[threading.Thread] = []
        self._over = threading.Event()
        self._service = threading.Lock()
        self.struck: Counter[str] = Counter()
        self.poisoned = 0
        #: blows that went wrong themselves: the run proves nothing then
        self.failed: list[str] = []
        strikes: list[tuple[str, int, Callable[[], None]]] = [
            ("worker killed", 4, lambda: self._signal(crew.a_worker(self._chance), signal.SIGKILL)),
            ("worker told to leave", 3, lambda: self._signal(crew.a_worker(self._chance), signal.SIGTERM)),
            ("engine killed", 4, lambda: self._signal(crew.an_engine(self._chance), signal.SIGKILL)),
            ("engine told to leave", 1, lambda: self._signal(crew.an_engine(self._chance), signal.SIGTERM)),
            ("worker frozen", 3, self._freeze_worker),
            ("engine frozen", 1, self._freeze_engine),
            ("disk full", 1, self._full_disk),
            ("poison", 2, self._poison),
        ]
        if crew.has_dashboard:
            strikes += [
                ("dashboard killed", 1, lambda: self._signal(crew.dashboard(), signal.SIGKILL)),
                ("dashboard stopped", 1, lambda: self._signal(crew.dashboard(), signal.SIGINT)),
            ]
        for name, blow in stack.blows.items():
            strikes.append((name, 1, lambda name=name, blow=blow: self._strike_service(name, blow)))
        self._strikes = strikes

    def run(self, seconds: float) -> None:
        """Strike for so long."""
        deadline = time.monotonic() + seconds
        weights = [weight for _, weight, _ in self._strikes]
        while time.monotonic() < deadline and not self._over.wait(self._chance.uniform(1, 7)):
            self._crew.keep()
            name, _, strike = self._chance.choices(self._strikes, weights)[0]
            if name not in self._stack.blows:
                self._say(f"-- {name}")
                self.struck[name] += 1
            with contextlib.suppress(psutil.NoSuchProcess):
                strike()

    def calm(self) -> None:
        """Strike no more, and wait until all that lasts is over."""
        self._over.set()
        for each in self._lasting:
            each.join()
        self._stack.mend()
        self._crew.keep()

    def _lasts(self, act: Callable[[], None]) -> None:
        self._lasting.append(threading.Thread(target=act))
        self._lasting[-1].start()

    @staticmethod
    def _signal(process: psutil.Process | None, number: signal.Signals) -> None:
        if process is not None:
            process.send_signal(number)

    def _freeze_worker(self) -> None:
        """Sometimes for a moment, mostly beyond its lease; with its engines as a machine that stands, or without."""
        worker = self._crew.a_worker(self._chance)
        if worker is None:
            return
        frozen = [worker, *(engines_of(worker) if self._chance.random() < 0.5 else [])]
        self._freeze(frozen, self._stack.lease_seconds * self._chance.choice((0.3, 1.3, 1.6)))

    def _freeze_engine(self) -> None:
        if (engine := self._crew.an_engine(self._chance)) is not None:
            self._freeze([engine], self._chance.uniform(3, 15))

    def _freeze(self, processes: list[psutil.Process], seconds: float) -> None:
        def act() -> None:
            for process in processes:
                self._signal_softly(process, signal.SIGSTOP)
            self._over.wait(seconds)
            for process in processes:
                self._signal_softly(process, signal.SIGCONT)

        self._lasts(act)

    @staticmethod
    def _signal_softly(process: psutil.Process, number: signal.Signals) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)

    def _strike_service(self, name: str, blow: Callable[[float], None]) -> None:
        seconds = self._chance.uniform(2, 25)

        def act() -> None:
            with self._service:
                self._say(f"-- {name} for {seconds:.0f} s")
                self.struck[name] += 1
                try:
                    blow(seconds)
                except Exception as error:
                    self.failed.append(f"the storm itself: {name}: {error}"[:2_000])
                self._say(f"-- {name}: over")

        if not self._service.locked():
            self._lasts(act)

    def _full_disk(self) -> None:
        """A worker more that can write no file above some KB, or has a file where its cache should be, for a while."""
        prefix: tuple[str, ...] = ()
        variables: dict[str, str] = {}
        if "RABBITMQ_URL" in self._stack.variables():
            home = self._folder / "home of the sick"
            home.mkdir(exist_ok=True)
            (home / "datasets").touch()
            variables = {"BOOSTGRID_HOME": str(home)}
        else:
            prefix = ("prlimit", f"--fsize={self._chance.choice((0, 20_000))}")
        worker = self._crew.start(1, prefix, **variables)

        def act() -> None:
            self._over.wait(25)
            worker.terminate()
            worker.wait()

        self._lasts(act)

    def _poison(self) -> None:
        def act() -> None:
            sweep = self._person.a_queued_sweep()
            if sweep is not None and sweep.queued:
                with contextlib.suppress(Exception):  # the broker may be down just now
                    self._stack.put(sweep.address, self._chance.choice(_POISON))
                    self.poisoned += 1

        self._lasts(act)
