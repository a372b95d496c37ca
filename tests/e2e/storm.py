"""A storm on a cluster: blows in random order while sweeps come and go, then calm, then the ledgers."""

from __future__ import annotations

import itertools
import random
import subprocess
import time
from collections import Counter
from typing import Any

from tests.e2e.kubectl import Failed, component, in_dashboard, kubectl, objects, ready_pods, until
from tests.e2e.steps import BROKEN, Steps, spec

#: between two blows, in seconds
_PAUSE = (4.0, 20.0)
#: new sweeps are launched while fewer than so many are open
_OPEN = 3

#: what a worker's container runs in its midst: a signal to its engines, or to all of it and back after some seconds
_KILL_ENGINES = (
    "own=$$; for p in /proc/[0-9]*; do i=${p#/proc/}; [ $i = $own ] || "
    "{ grep -qa worker.engine $p/cmdline && kill -9 $i; }; done; true"
)
_FREEZE = (
    "own=$$; for p in /proc/[0-9]*; do i=${p#/proc/}; [ $i = 1 ] || [ $i = $own ] || kill -STOP $i 2>/dev/null; done; "
    "sleep 25; for p in /proc/[0-9]*; do kill -CONT ${p#/proc/} 2>/dev/null; done; true"
)


class Storm:
    """The blows, and the sweeps that have to come through them whole."""

    def __init__(self, steps: Steps, seed: int) -> None:
        self._steps, self._random = steps, random.Random(seed)
        self._seeds = itertools.count(1000 * seed)
        self._declared: dict[str, dict[str, Any]] = {}
        self.sweeps: dict[str, dict[str, Any]] = {}
        self.blows: Counter[str] = Counter()
        self._blows = {
            "a worker deleted": lambda: kubectl("delete", "pod", self._worker(), "--wait=false"),
            "a worker gone at once": lambda: kubectl("delete", "pod", self._worker(), "--grace-period=0", "--force"),
            "engines killed": lambda: self._in_worker(_KILL_ENGINES),
            "a worker frozen": lambda: self._in_worker(_FREEZE),
            "the dashboard deleted": lambda: kubectl("delete", "pod", "-l", component("dashboard"), "--wait=false"),
            "the broker killed": lambda: kubectl("delete", "pod", "rabbitmq-0", "--grace-period=0", "--force"),
            "the store killed": lambda: kubectl("delete", "pod", "mongodb-0", "--grace-period=0", "--force"),
            "scaled": lambda: kubectl("scale", "deployment/worker", f"--replicas={self._random.randint(1, 3)}"),
            "a sweep cancelled": lambda: self._shared("cancel", self._open()),
            "a sweep resumed": lambda: self._shared("resume", "--no-follow", self._some()),
        }

    def rage(self, seconds: float) -> None:
        """Strike at random for so long; what cannot be done just then is left out."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._keep_sweeps_open()
            blow = self._random.choice(list(self._blows))
            try:
                self._blows[blow]()
                self.blows[blow] += 1
            except (Failed, IndexError, subprocess.TimeoutExpired) as error:
                self.blows["could not be struck"] += 1
                print(f"  {blow}: {str(error).splitlines()[-1] if str(error) else 'nothing to strike'}", flush=True)
            time.sleep(self._random.uniform(*_PAUSE))

    def calm(self) -> None:
        """Let everything come back, with every sweep wanted."""
        kubectl("scale", "deployment/worker", "--replicas=2")
        self._steps.everything_ready()
        for sweep_id in self.sweeps:
            until(f"{sweep_id} goes on", lambda sweep_id=sweep_id: self._wanted(sweep_id), BROKEN)

    def check(self) -> None:
        """Wait for every sweep's end and hold it against scikit-learn."""
        for sweep_id, declared in self.sweeps.items():
            self._steps.finished(sweep_id)
            self._steps.check(declared, sweep_id)

    def _keep_sweeps_open(self) -> None:
        """Launch one where few are open; a launch that the storm cut short is found by its name."""
        try:
            listed = self._listed()
            self._adopt(listed)
            if sum(status == "running" for _, status in listed.values()) < _OPEN:
                self._steps.launch(self._new())
                self._adopt(self._listed())
        except (Failed, subprocess.TimeoutExpired):
            self.blows["a launch or look cut short"] += 1

    def _new(self) -> dict[str, Any]:
        seed = next(self._seeds)
        depths, leaves = {"max_depth": [3, 4, 5]}, {"num_leaves": [7, 15, 31]}
        library = self._random.choice(["xgboost", "lightgbm"])
        grid = {
            "n_estimators": [400, 800],
            "learning_rate": [0.02, 0.05],
            **(depths if library == "xgboost" else leaves),
        }
        declared = spec(f"storm-{seed}", library, **grid) | {"seed": seed}
        self._declared[declared["name"]] = declared
        return declared

    def _listed(self) -> dict[str, tuple[str, str]]:
        """Return each of the storm's sweeps with its name and status."""
        header, *lines = in_dashboard("python", "-m", "shared", "list").splitlines() or [""]
        if not lines:
            return {}  # a sentence says so, on the other stream
        name, status = header.index("NAME"), header.index("STATUS")
        found = {line.split()[0]: (line[name:].split()[0], line[status:].split()[0]) for line in lines}
        return {sweep_id: each for sweep_id, each in found.items() if each[0].startswith("storm-")}

    def _adopt(self, listed: dict[str, tuple[str, str]]) -> None:
        for sweep_id in listed.keys() - self.sweeps.keys():
            self.sweeps[sweep_id] = self._declared[listed[sweep_id][0]]

    def _wanted(self, sweep_id: str) -> bool:
        status = self._steps.counts(sweep_id)[0]
        if status in ("running", "finished"):
            return True
        self._shared("resume", "--no-follow", sweep_id)
        return False

    def _worker(self) -> str:
        return self._random.choice(ready_pods("worker"))

    def _in_worker(self, script: str) -> None:
        kubectl("exec", self._worker(), "-c", "worker", "--", "bash", "-c", script, timeout=60)

    def _shared(self, *command: str) -> None:
        in_dashboard("python", "-m", "shared", *command)

    def _open(self) -> str:
        return self._random.choice([sweep_id for sweep_id, each in self._listed().items() if each[1] == "running"])

    def _some(self) -> str:
        return self._random.choice(list(self._listed()))


def play(steps: Steps, minutes: float, seed: int) -> None:
    """Apply, storm, calm, ledgers. Raises Failed where a trial is missing, twice there, failed, or scored otherwise."""
    with steps.step("apply until everything is ready"):
        steps.apply()
        steps.everything_ready()
    storm = Storm(steps, seed)
    with steps.step(f"{minutes:g} minutes of storm, seed {seed}"):
        steps.scale(2)
        storm.rage(60 * minutes)
    print(f"  {dict(storm.blows)}, {len(storm.sweeps)} sweeps", flush=True)
    with steps.step("calm"):
        storm.calm()
    storm.check()
    restarts = sum(
        each["restartCount"] for pod in objects("pods") for each in pod["status"].get("containerStatuses", ())
    )
    print(f"  {restarts} restarts of containers that stand now", flush=True)
