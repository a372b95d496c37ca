"""One run: a storm over open sweeps, a calm in which they end, the same sweeps undisturbed, and the comparison."""

from __future__ import annotations

import os
import random
import threading
import time
import traceback
from collections import Counter
from pathlib import Path

from shared.adapters.backends import open_queue, open_store
from shared.ports import Store
from shared.settings import DashboardSettings
from tests.chaos import checks
from tests.chaos.crew import Crew
from tests.chaos.kinds import KINDS, Kind
from tests.chaos.person import Launched, Person
from tests.chaos.stacks import Embedded, Stack, open_stack
from tests.chaos.storm import Storm

#: after the last sweep's end; what is left is a violation
_QUEUES_SECONDS = 180.0


class Run:
    """A run in a folder of its own."""

    def __init__(self, folder: Path, stack: str, seed: int, kinds: tuple[Kind, ...] = KINDS) -> None:
        self._folder, self._stack, self._seed, self._kinds = folder, stack, seed, kinds
        self._started = time.monotonic()
        (folder / "tmp").mkdir()
        os.environ["TMPDIR"] = str(folder / "tmp")
        os.environ["BOOSTGRID_ENGINES"] = "1"

    def say(self, line: str) -> None:
        """Print a line with the seconds since the beginning."""
        print(f"{time.monotonic() - self._started:7.1f} {line}", flush=True)

    def run(self, storm_seconds: float, drain_seconds: float) -> list[str]:
        """Return what is wrong at the end."""
        stack = open_stack(self._stack, self._folder)
        try:
            person, storm, wrong = self._storm(stack, storm_seconds, drain_seconds)
            wrong += storm.failed + self._check(stack, person, storm)
        finally:
            stack.close()
        self.say(f"blows: {dict(storm.struck)}")
        for each in wrong:
            self.say(f"WRONG {each}")
        self.say(f"{len(wrong)} violations")
        return wrong

    def _storm(self, stack: Stack, seconds: float, drain_seconds: float) -> tuple[Person, Storm, list[str]]:
        os.environ.update(stack.variables())
        wrong: list[str] = []
        own = isinstance(stack, Embedded)
        crew = Crew(self._folder, (3,) if own else (1, 1, 3), stack.home if own else None)
        person = Person(self._folder, _settings(stack), self._kinds, random.Random(self._seed), self.say)
        storm = Storm(stack, crew, person, self._seed, self._folder, self.say)
        over = threading.Event()

        def steer() -> None:
            try:
                while not over.is_set():
                    person.steer()
                    over.wait(2)
            except BaseException:
                wrong.append(f"the person: {traceback.format_exc()}")

        steering = threading.Thread(target=steer)
        try:
            crew.keep()
            steering.start()
            storm.run(seconds)
            self.say("the storm is over")
            over.set()
            storm.calm()
            steering.join()
            wrong += self._drain(stack, person, crew, drain_seconds)
        finally:
            over.set()
            storm.calm()
            crew.end()
        return person, storm, wrong

    def _drain(self, stack: Stack, person: Person, crew: Crew, seconds: float) -> list[str]:
        person.settle()
        began = time.monotonic()
        while waiting := person.open_sweeps():
            if time.monotonic() > began + seconds:
                return [f"{each.sweep_id} is still open {seconds:.0f} s after the storm" for each in waiting]
            crew.keep()
            time.sleep(1)
        self.say(f"drained in {time.monotonic() - began:.0f} s")
        self._wait_for_queues(stack)
        return []

    def _wait_for_queues(self, stack: Stack) -> None:
        """Workers end the queues of finished sweeps; messages of a version that nobody knows keep one for a minute."""
        began = time.monotonic()
        while stack.left_over() and time.monotonic() < began + _QUEUES_SECONDS:
            time.sleep(2)
        self.say(f"queues gone in {time.monotonic() - began:.0f} s")

    def _check(self, stack: Stack, person: Person, storm: Storm) -> list[str]:
        settings = _settings(stack, direct=True)
        store, queue = open_store(settings), open_queue(settings)
        wrong: list[str] = []
        count: Counter[str] = Counter()
        try:
            for each in person.launched:
                wrong += checks.ledger(each, store)
                wrong += checks.causes(each, store, count)
            wrong += checks.left_over(self._folder, stack, store, queue, storm.poisoned)
            self.say(f"{len(person.launched)} sweeps, attempts without a result: {dict(count)}")
            wrong += self._compare([each for each in person.launched if not each.deleted], store)
        finally:
            queue.close()
            store.close()
        return wrong

    def _compare(self, launched: list[Launched], store: Store) -> list[str]:
        """Launch all of it again in a fresh home that is left alone, without racing, and compare."""
        folder = self._folder / "undisturbed"
        folder.mkdir()
        calm = Embedded(folder)
        os.environ.update(calm.variables())
        for name in ("RABBITMQ_URL", "MONGODB_URL"):
            os.environ.pop(name, None)
        person = Person(folder, _settings(calm), self._kinds, random.Random(0), self.say)
        crew = Crew(folder, (2,))
        try:
            crew.keep()
            for each in launched:
                plain = {**each.kind.spec, "racing": False}
                kind = Kind(each.kind.name, plain, each.kind.model, each.kind.fails)
                person.launch(kind, each.turn)
            while person.open_sweeps():
                time.sleep(1)
        finally:
            crew.end()
        wrong: list[str] = []
        trials = 0
        undisturbed = open_store(_settings(calm))
        try:
            for each, same in zip(launched, person.launched, strict=True):
                reference = checks.scores(same, undisturbed)
                trials += len(reference)
                wrong += checks.same_scores(each, store, reference)
        finally:
            undisturbed.close()
        self.say(f"compared the scores of {trials} trials of {len(launched)} sweeps")
        return wrong


def _settings(stack: Stack, direct: bool = False) -> DashboardSettings:
    given = stack.variables(direct)
    return DashboardSettings(
        home=Path(given["BOOSTGRID_HOME"]),
        rabbitmq_url=given.get("RABBITMQ_URL"),
        mongodb_url=given.get("MONGODB_URL"),
    )
