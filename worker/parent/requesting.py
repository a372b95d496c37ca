"""What an engine is asked."""

from __future__ import annotations

from pathlib import Path

from worker.parent.assignment import Assignment
from worker.protocol import EvaluationRequest
from worker.racing import Rival


def request_of(assignment: Assignment, path: Path, rival: Rival | None) -> EvaluationRequest:
    """Return the request for the assignment's batch, whose table is at ``path``."""
    spec = assignment.sweep.spec
    return EvaluationRequest(
        library=spec.library,
        library_version=assignment.sweep.library_version,
        dataset_path=path,
        dataset_hash=path.stem,
        target=spec.dataset.target,
        task=spec.dataset.task,
        positive_class=spec.positive_class,
        folds=spec.folds,
        fold=assignment.fold,
        seed=spec.seed,
        metrics=spec.metrics,
        rounds_curve=spec.rounds_curve,
        rival=rival,
        trials=assignment.batch,
    )
