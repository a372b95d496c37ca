"""What is left when a run is over, held against the grids and against a run that nothing disturbed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from shared import operations
from shared.domain import AttemptCause, SweepStatus, TrialOutcome, TrialState
from shared.errors import SweepNotFound
from shared.ports import Store, TaskQueue
from tests.chaos.crew import processes_of
from tests.chaos.kinds import Point
from tests.chaos.person import Launched
from tests.chaos.stacks import Stack
from tests.support.stores import everything

#: what a run does to trials that are not to blame
_OF_A_STORM = {
    AttemptCause.CRASHED,
    AttemptCause.LOST,
    AttemptCause.HANDED_BACK,
    AttemptCause.SERVICE_LOST,
    AttemptCause.WORKER_SICK,
}
#: of each fold, by trial and metric
Scores = dict[Point, dict[str, tuple[float, ...]]]


def ledger(launched: Launched, store: Store) -> list[str]:
    """Return what is wrong with the sweep's trials, their number and their states."""
    kind, name = launched.kind, launched.sweep_id
    if launched.deleted:
        return _deleted(launched, store)
    summary = store.summaries([name])[0]
    expected = kind.expected()
    outcomes = everything(store, name)
    found = Counter(kind.key(each.params) for each in outcomes)
    wrong = [f"{name}: {key} has {count} outcomes" for key, count in found.items() if count > 1]
    wrong += [f"{name}: {key} is missing" for key in expected.keys() - found.keys()]
    wrong += [f"{name}: {key} is foreign" for key in found.keys() - expected.keys()]
    counts = (summary.status, summary.sweep.size, summary.succeeded + summary.failed + summary.dropped)
    if counts != (SweepStatus.FINISHED, len(expected), len(expected)):
        wrong.append(f"{name}: {counts}, expected {len(expected)} trials, finished")
    for each in outcomes:
        key = kind.key(each.params)
        if (each.state is TrialState.FAILED) != expected.get(key, False):
            wrong.append(f"{name}: {key} is {each.state}: {each.error}")
        if each.state is TrialState.DROPPED and not kind.spec.get("racing"):
            wrong.append(f"{name}: {key} was dropped")
    return wrong


def causes(launched: Launched, store: Store, count: Counter[str]) -> list[str]:
    """Return which attempts have a cause that the run does not explain; add all of them to ``count``."""
    if launched.deleted:
        return []
    wrong = []
    outcomes = {each.trial_id: each for each in everything(store, launched.sweep_id)}
    seen = set()
    for trial_id, attempts in store.attempts(list(outcomes)).items():
        own = outcomes[trial_id].state is TrialState.FAILED
        for each in attempts:
            if each.attempt_id in seen:
                continue
            seen.add(each.attempt_id)
            count[each.cause.value] += 1
            if each.cause not in _OF_A_STORM and not (own and each.cause is AttemptCause.EVALUATION):
                wrong.append(f"{launched.sweep_id}: an attempt at {trial_id} ended by {each.cause}: {each.message}")
            if not each.message:
                wrong.append(f"{launched.sweep_id}: an attempt at {trial_id} that ended by {each.cause} says nothing")
    return wrong


def scores(launched: Launched, store: Store) -> Scores:
    """Return the folds' scores of each trial that succeeded."""
    found = everything(store, launched.sweep_id)
    return {launched.kind.key(each.params): _scores(each) for each in found if each.state is TrialState.SUCCEEDED}


def same_scores(launched: Launched, store: Store, undisturbed: Scores) -> list[str]:
    """Return what differs from the run that nothing disturbed, to the bit, and from its best."""
    if launched.deleted:
        return []
    name, mine = launched.sweep_id, scores(launched, store)
    wrong = [
        f"{name}: {key} scores {mine[key]}, undisturbed {undisturbed.get(key)}"
        for key in mine
        if mine[key] != undisturbed.get(key)
    ]
    for each in everything(store, name):
        if each.state is TrialState.DROPPED:
            for metric, some in each.partial_scores.items():
                whole = undisturbed[launched.kind.key(each.params)][metric.value]
                if not set(some) <= set(whole):
                    wrong.append(
                        f"{name}: the dropped {launched.kind.key(each.params)} has {some}, undisturbed {whole}"
                    )
    metric = launched.kind.spec["metrics"][0]
    best = _best([each[metric] for each in undisturbed.values()], metric)
    sweep = store.sweep(name)
    winner = operations.winner(sweep, store)
    shown = winner and winner.scores[sweep.spec.ranking_metric].mean_score
    if shown != best:
        wrong.append(f"{name}: the best is {shown}, of the whole grid {best}")
    if store.summaries([name])[0].best_score != best:
        wrong.append(f"{name}: the list shows {store.summaries([name])[0].best_score}, the best is {best}")
    return wrong


def left_over(folder: Path, stack: Stack, store: Store, queue: TaskQueue, poisoned: int) -> list[str]:
    """Return what nobody removed: queues, processes, temporary files, workers, dead letters that are none."""
    wrong = [f"left over: {each}" for each in stack.left_over()]
    wrong += [f"left over: process {each.pid} {each.cmdline()}" for each in processes_of(folder)]
    wrong += [f"left over: {each}" for each in _files((folder / "tmp").rglob("*"))]
    wrong += [f"left over: {each}" for each in _files(stack.home.rglob("*")) if each.name.startswith((".", "tmp"))]
    letters = queue.dead_letters(1_000)
    if len(letters) > poisoned:
        wrong.append(f"{len(letters)} dead letters of {poisoned} messages that are no task: {letters}"[:2_000])
    return wrong


def _deleted(launched: Launched, store: Store) -> list[str]:
    try:
        store.sweep(launched.sweep_id)
    except SweepNotFound:
        outcomes = everything(store, launched.sweep_id)
        return [f"{launched.sweep_id} was deleted and has {len(outcomes)} outcomes"] if outcomes else []
    return [f"{launched.sweep_id} was deleted and is there"]


def _scores(outcome: TrialOutcome) -> dict[str, tuple[float, ...]]:
    return {metric.value: score.fold_scores for metric, score in outcome.scores.items()}


def _best(folds: Iterable[tuple[float, ...]], metric: str) -> Any:
    import numpy as np

    means = [float(np.mean(each)) for each in folds]
    return max(means) if metric in ("r2", "accuracy", "roc_auc") else min(means)


def _files(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if path.is_file()]
