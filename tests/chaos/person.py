"""Who launches, cancels, resumes, retries and deletes sweeps while everything dies, as a stubborn person would."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import yaml

from shared import operations
from shared.adapters.backends import open_queue, open_store
from shared.domain import Priority, Sweep, SweepSpec, SweepStatus
from shared.errors import BoostgridError, SweepNotFound
from shared.ports import Store, TaskQueue
from shared.settings import DashboardSettings
from tests.chaos.kinds import Kind
from tests.support import ROOT

Found = TypeVar("Found")

#: for one thing that a person wants, whatever is broken meanwhile
_PATIENCE_SECONDS = 900.0
#: sweeps that are open at once
_MOST_OPEN = 5


@dataclass
class Launched:
    """A sweep that was launched."""

    kind: Kind
    turn: int
    sweep_id: str
    deleted: bool = False


@dataclass
class Person:
    """The hands on the sweeps of one run."""

    folder: Path
    settings: DashboardSettings
    kinds: tuple[Kind, ...]
    chance: random.Random
    say: Callable[[str], None]
    launched: list[Launched] = field(default_factory=list)
    _retried: set[str] = field(default_factory=set)
    _next: int = 0

    def steer(self) -> None:
        """Do one thing that is due, or one at random."""
        waiting = self.open_sweeps()
        if len(waiting) < _MOST_OPEN:
            turn, number = divmod(self._next, len(self.kinds))
            self._next += 1
            self.launch(self.kinds[number], turn)
            return
        what = self.chance.random()
        each = self.chance.choice(waiting)
        if what < 0.25:
            self._cancel_and_resume(each)
        elif what < 0.6:
            self._delete_one()
        else:
            self._retry_one()

    def open_sweeps(self) -> list[Launched]:
        """Return those that are not finished."""
        return self._insist("look", lambda store, queue: self._open_of(store))

    def launch(self, kind: Kind, turn: int) -> None:
        """Launch the sweep once, however often that takes."""
        document = kind.document(turn)
        path = self.folder / f"{kind.name} {turn}.yaml"
        path.write_text(yaml.safe_dump(document))

        def act(store: Store, queue: TaskQueue) -> str:
            for summary in store.summaries():
                if summary.sweep.spec.name == document["name"]:
                    if summary.status in (SweepStatus.LAUNCHING, SweepStatus.CANCELLED):
                        self.say(f"its launch was cut short: resuming {summary.sweep.sweep_id}")
                        operations.resume(summary.sweep.sweep_id, store, queue)
                    return summary.sweep.sweep_id
            if kind.from_command_line:
                self._launch_by_command(path, kind.priority)
                raise BoostgridError("to be looked for in the list")
            spec = SweepSpec.parse(document)
            return operations.launch(spec, store, queue, priority=Priority(kind.priority)).sweep_id

        sweep_id = self._insist(f"launch {document['name']}", act)
        self.launched.append(Launched(kind, turn, sweep_id))
        self.say(f"launched {sweep_id}")

    def settle(self) -> None:
        """Resume what was left cancelled or half launched, so that each sweep can come to its end."""

        def act(store: Store, queue: TaskQueue) -> None:
            for each in self._open_of(store):
                summary = store.summaries([each.sweep_id])[0]
                if summary.status in (SweepStatus.CANCELLED, SweepStatus.LAUNCHING):
                    self.say(f"resuming {each.sweep_id}")
                    operations.resume(each.sweep_id, store, queue)

        self._insist("settle", act)

    def a_queued_sweep(self) -> Sweep | None:
        """Return a sweep that is open, where there is one."""
        found = self.open_sweeps()
        if not found:
            return None
        chosen = self.chance.choice(found)
        return self._insist("look", lambda store, queue: store.sweep(chosen.sweep_id))

    def _open_of(self, store: Store) -> list[Launched]:
        kept = {each.sweep_id: each for each in self.launched if not each.deleted}
        return [
            kept[each.sweep.sweep_id] for each in store.summaries(list(kept)) if each.status is not SweepStatus.FINISHED
        ]

    def _launch_by_command(self, path: Path, priority: str) -> None:
        command = [sys.executable, "-m", "shared", "launch", str(path), "--yes", "--priority", priority]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        patience = self.chance.uniform(2, 8) if self.chance.random() < 0.4 else _PATIENCE_SECONDS
        try:
            output, _ = process.communicate(timeout=patience)
            if process.returncode:
                self.say(f"launch said: {output.strip().splitlines()[-1] if output.strip() else process.returncode}")
                if "Traceback" in output:
                    raise AssertionError(output)
        except subprocess.TimeoutExpired:
            self.say("launch killed")
            process.kill()
            process.communicate()

    def _cancel_and_resume(self, each: Launched) -> None:
        self.say(f"cancelling {each.sweep_id}")
        self._insist("cancel", lambda store, queue: operations.cancel(each.sweep_id, store, queue))
        time.sleep(self.chance.uniform(0, 8))
        self.say(f"resuming {each.sweep_id}")
        self._insist("resume", lambda store, queue: operations.resume(each.sweep_id, store, queue))

    def _delete_one(self) -> None:
        doomed = [each for each in self.launched if each.kind.name == "doomed" and not each.deleted]
        for each in doomed[:1]:
            self.say(f"deleting {each.sweep_id}")

            def act(store: Store, queue: TaskQueue, sweep_id: str = each.sweep_id) -> None:
                try:
                    operations.delete(sweep_id, store, queue)
                except SweepNotFound:
                    return

            self._insist("delete", act)
            each.deleted = True

    def _retry_one(self) -> None:
        failing = [each for each in self.launched if each.kind.name.startswith("failures")]
        for each in failing[:1]:
            sweep_id = each.sweep_id
            if sweep_id not in self._retried:
                self._retried.add(sweep_id)
                self.say(f"retrying {sweep_id}")
                self._insist("retry", partial(operations.retry_failed, sweep_id))

    def _insist(self, what: str, act: Callable[[Store, TaskQueue], Found]) -> Found:
        """Return what comes of it, tried again as long as it is refused in a sentence."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            store = queue = None
            try:
                store, queue = open_store(self.settings), open_queue(self.settings)
                return act(store, queue)
            except BoostgridError as error:
                if time.monotonic() > deadline:
                    raise
                self.say(f"{what}: {error}")
                time.sleep(1)
            finally:
                for each in (queue, store):
                    if each is not None:
                        each.close()
