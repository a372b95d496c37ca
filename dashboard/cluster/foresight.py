"""What setting the number of workers would do, in words, before it is done. Pure."""

from __future__ import annotations

import math
from datetime import timedelta

from dashboard.analysis import duration
from dashboard.cluster.amounts import size
from dashboard.cluster.state import ClusterState, QuotaUse, ScaleChange
from shared.domain import Record
from shared.wording import counted

#: how a quota names the number of pods
_PODS = ("pods", "count/pods")
#: programs that set replicas, by how their manager begins, as people call them
_PROGRAMS = (
    ("kubectl", "kubectl"),
    ("argocd", "Argo CD"),
    ("kustomize-controller", "Flux"),
    ("helm-controller", "Flux"),
    ("helm", "Helm"),
    ("keda", "KEDA"),
    ("kube-controller-manager", "an autoscaler"),
)


class Outlook(Record):
    """What the store and the queue know at this moment."""

    #: trials without an outcome of sweeps that go on
    open_trials: int
    #: recorded over the last minute; None where nothing tells
    trials_per_minute: float | None
    #: workers with a task, and without
    busy: int
    idle: int
    #: tasks that no worker has taken
    waiting_tasks: int


class Withheld(Record):
    """How many of the wanted workers a quota would not let start."""

    workers: int
    because: QuotaUse
    #: of that resource, by one worker
    asked: float


def finish_in(outlook: Outlook, workers: int) -> timedelta | None:
    """Return how long the open trials take with so many workers, each as fast as one is now; None: nothing tells."""
    if not outlook.trials_per_minute or not outlook.busy or not workers:
        return None
    minutes = outlook.open_trials / (outlook.trials_per_minute / outlook.busy * workers)
    return timedelta(minutes=minutes) if minutes < timedelta.max.days else None


def withheld(state: ClusterState, wanted: int) -> Withheld | None:
    """Return what the tightest quota withholds of ``wanted`` workers; None where they fit."""
    more = wanted - len(state.processes)
    tightest: Withheld | None = None
    for use in state.quota:
        asked = _asked(state, use.resource)
        if not use.counts_workers or not asked:
            continue
        # a quota's numbers are decimal, and 3 × 0.1 is less than 0.3
        fits = max(0, math.floor((use.hard - use.used) / asked + 1e-9))
        short = more - fits
        if short > 0 and (tightest is None or short > tightest.workers):
            tightest = Withheld(workers=short, because=use, asked=asked)
    return tightest


def what_happens(state: ClusterState, wanted: int, outlook: Outlook) -> list[str]:
    """Return, in sentences, what setting the number of workers to ``wanted`` would do."""
    if wanted > state.desired:
        return _when_more(state, wanted, outlook)
    if wanted < state.desired:
        return _when_fewer(state, wanted, outlook)
    return []


def who_scaled(change: ScaleChange) -> str:
    """Return who set the number last, as people call the program."""
    if change.by_us:
        return "this dashboard"
    if not change.manager:
        return "a program whose name nobody noted"
    name = next((name for begin, name in _PROGRAMS if change.manager.lower().startswith(begin)), None)
    return change.manager if name in (None, change.manager) else f"{name} ({change.manager})"


def _when_more(state: ClusterState, wanted: int, outlook: Outlook) -> list[str]:
    said = []
    now, then = finish_in(outlook, max(1, outlook.busy)), finish_in(outlook, wanted)
    if not outlook.open_trials:
        said.append("No trial is open: new workers wait for the next sweep.")
    elif now is None or then is None:
        said.append(
            f"{counted(outlook.open_trials, 'trial')} open. How long they take cannot be told yet: "
            "nothing was recorded in the last minute."
        )
    else:
        said.append(
            f"{counted(outlook.open_trials, 'trial')} open: about {_rough(now)} at the present rate, "
            f"about {_rough(then)} with {counted(wanted, 'worker')}."
        )
    new = wanted - state.desired
    useless = new - max(0, outlook.waiting_tasks - outlook.idle)
    if outlook.open_trials and useless > 0:
        said.append(
            f"{counted(outlook.waiting_tasks, 'task')} waiting: "
            + ("the new worker finds" if new == 1 else f"{min(useless, new)} of the {new} new workers find")
            + " nothing to do."
        )
    if short := withheld(state, wanted):
        use = short.because
        said.append(
            f"Quota {use.quota} withholds {short.workers}: {_amount(use.used, use.resource)} of "
            f"{_amount(use.hard, use.resource)} {use.resource} in use, each worker takes "
            f"{_amount(short.asked, use.resource)}."
        )
    return said


def _when_fewer(state: ClusterState, wanted: int, outlook: Outlook) -> list[str]:
    workers = outlook.busy + outlook.idle
    going = state.desired - wanted
    least = max(0, going - outlook.idle)
    most = least if state.stops_idle_first else min(going, outlook.busy)
    said = [f"{outlook.busy:,} of these {counted(workers, 'worker')} busy, {outlook.idle:,} idle."]
    if state.stops_idle_first:
        said[0] += " Idle ones stop first" + ("." if not most else ";")
    elif wanted:
        said.append("Kubernetes chooses which stop: pods that are not ready first, then the youngest.")
    if most:
        how_many = f"{most}" if least == most else f"{least} to {most}"
        ones = "busy one" if most == 1 else "busy ones"
        grace = "" if state.grace_seconds is None else f" within {duration(state.grace_seconds)}"
        said.append(
            f"{how_many} {ones} will finish{grace} or hand back the running task. No trial is lost, no attempt counted."
        )
    if not wanted:
        waiting = counted(outlook.waiting_tasks, "task") + " waiting"
        said.append(
            f"With no worker nothing is evaluated: {waiting}, and what is handed back, "
            "stays in the queue until workers start again."
        )
    return said


def _asked(state: ClusterState, resource: str) -> float | None:
    requests, limits = state.worker_requests, state.worker_limits
    if resource in _PODS:
        return 1.0
    # what is limited and not requested is requested as limited
    if resource in ("cpu", "requests.cpu"):
        return requests.cpu if requests.cpu is not None else limits.cpu
    if resource in ("memory", "requests.memory"):
        return requests.memory if requests.memory is not None else limits.memory
    return {"limits.cpu": limits.cpu, "limits.memory": limits.memory}.get(resource)


def _amount(value: float, resource: str) -> str:
    return size(value) if "memory" in resource else f"{value:,.7g}"


def _rough(time: timedelta) -> str:
    seconds = time.total_seconds()
    return duration(seconds if seconds < 60 else 60 * round(seconds / 60))
