"""A sweep: a launched spec, and what its trials add up to."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import Field

from shared.catalog import Library, Metric, TaskType, metric_info
from shared.domain.record import Record
from shared.domain.spec import SweepSpec
from shared.domain.task import TaskAddress
from shared.wording import shown


def label_of(metric: Metric, task: TaskType | None, positive_class: str | None, label: str | None = None) -> str:
    """Return the metric's label, or the one given, with the class that it speaks of where it speaks of one."""
    info = metric_info(metric)
    label = label or info.label
    if not info.of_one_class or task is not TaskType.BINARY:
        return label
    return f"{label} of {shown(positive_class)}" if positive_class else f"{label} of the class that sorts second"


class SweepStatus(StrEnum):
    """How far a sweep has come."""

    #: its tasks are still being published
    LAUNCHING = "launching"
    #: trials are pending or running
    RUNNING = "running"
    #: every trial has an outcome
    FINISHED = "finished"
    #: stopped by a person; what had an outcome keeps it
    CANCELLED = "cancelled"

    @property
    def goes_on(self) -> bool:
        """Whether more outcomes are to come by themselves."""
        return self in (SweepStatus.LAUNCHING, SweepStatus.RUNNING)


class Priority(StrEnum):
    """Which sweeps go first: one of a higher priority is served before any of a lower one."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """The more, the sooner."""
        return list(Priority).index(self)


#: of the messages of a sweep that was stored before it said so
_FIRST_TASK_VERSION = 2


class Sweep(Record):
    """A launched spec. Its trial ids are a pure function of ``spec`` and ``library_version``."""

    sweep_id: str
    spec: SweepSpec
    #: the version of the library that planned, and must evaluate, every trial
    library_version: str
    #: the version of the evaluation that its trials' ids name; None in sweeps from before it was noted
    evaluation_version: int | None = None
    created_at: datetime
    #: distinct trials
    size: int = Field(ge=1)
    #: how often it was published; tasks of an earlier epoch are stale and dropped by workers
    epoch: int = Field(default=1, ge=1)
    #: whether the last epoch was published to its end
    published: bool = False
    cancelled: bool = False
    #: whether its last epoch has a queue: from before it is published until it is finished or cancelled
    queued: bool = False
    priority: Priority = Priority.NORMAL
    #: the version of its last epoch's messages
    task_version: int = _FIRST_TASK_VERSION
    #: the target's two classes as they sort; none of another task, and of a sweep from before they were kept
    classes: tuple[str, ...] = ()

    @classmethod
    def new(
        cls,
        spec: SweepSpec,
        library_version: str,
        size: int,
        classes: tuple[str, ...] = (),
        evaluation_version: int | None = None,
    ) -> Sweep:
        """Return a sweep with a fresh readable id."""
        slug = re.sub(r"[^a-z0-9]+", "-", spec.name.lower()).strip("-")[:40].strip("-") or "sweep"
        return cls(
            sweep_id=f"{slug}-{secrets.token_hex(3)}",
            spec=spec,
            library_version=library_version,
            evaluation_version=evaluation_version,
            created_at=datetime.now(UTC),
            size=size,
            classes=classes,
        )

    @property
    def address(self) -> TaskAddress:
        """Where the tasks of its last epoch wait."""
        return TaskAddress(sweep_id=self.sweep_id, epoch=self.epoch)

    @property
    def positive_class(self) -> str | None:
        """The class that F1 and class weights speak of; None where there is none, or its name was not kept."""
        return self.spec.positive_class or (self.classes[-1] if self.classes else None)

    @property
    def named_spec(self) -> SweepSpec:
        """The spec with the name of its positive class: it declares the same trials."""
        return self.spec.model_copy(update={"positive_class": self.positive_class})

    def metric_label(self, metric: Metric) -> str:
        """Return the metric as people write it, with the class that it speaks of: F1 of 'fraud'."""
        return label_of(metric, self.spec.dataset.task, self.positive_class)

    def metric_name(self, metric: Metric) -> str:
        """Return the metric as specs write it, with the class that it speaks of: f1 of 'fraud'."""
        return label_of(metric, self.spec.dataset.task, self.positive_class, metric.value)


class QueuedSweep(Record):
    """What a worker must know of a sweep that has a queue, to choose among them."""

    sweep_id: str
    epoch: int = 1
    library: Library
    library_version: str
    #: what one that was stored before does not say, here and below, is as the sweep has it
    task_version: int = _FIRST_TASK_VERSION
    priority: Priority = Priority.NORMAL
    created_at: datetime
    #: its queue is to be removed: whoever cancelled it did not come to that yet
    cancelled: bool = False

    @classmethod
    def of(cls, sweep: Sweep) -> QueuedSweep:
        """Return that of the sweep."""
        return cls(
            sweep_id=sweep.sweep_id,
            epoch=sweep.epoch,
            library=sweep.spec.library,
            library_version=sweep.library_version,
            task_version=sweep.task_version,
            priority=sweep.priority,
            created_at=sweep.created_at,
            cancelled=sweep.cancelled,
        )

    @property
    def address(self) -> TaskAddress:
        """Where its tasks wait."""
        return TaskAddress(sweep_id=self.sweep_id, epoch=self.epoch)


class UnreadSweep(Record):
    """A stored sweep that this version cannot read, as a newer one wrote it or it is damaged; what is known of it."""

    sweep_id: str
    #: what stops at it
    reason: str
    name: str | None = None
    library: str | None = None
    #: of its table; None where even that is not known
    dataset_hash: str | None = None
    created_at: datetime

    @property
    def sentence(self) -> str:
        """What is to be said of it."""
        return (
            f"A newer version of Boostgrid wrote it, or it is damaged ({self.reason}): "
            "this version neither shows nor evaluates it. Update Boostgrid to see it."
        )


class SweepSummary(Record):
    """A sweep with what its trials add up to. done + failed + dropped + cancelled + pending = size, always."""

    sweep: Sweep
    succeeded: int
    failed: int
    #: by racing
    dropped: int = 0
    #: the best mean of the ranking metric, and whose it is: of equals the first id, where operations.winner tells more
    best_score: float | None = None
    best_trial_id: str | None = None
    #: when the latest outcome was recorded
    last_recorded_at: datetime | None = None

    @property
    def open(self) -> int:
        """Trials without an outcome: pending or running, or cancelled once the sweep is."""
        return max(0, self.sweep.size - self.succeeded - self.failed - self.dropped)

    @property
    def missing(self) -> int:
        """Trials still to be evaluated: open ones, and what another sweep dropped where this one does not race."""
        return self.open if self.sweep.spec.racing else self.open + self.dropped

    @property
    def status(self) -> SweepStatus:
        """How far the sweep has come."""
        if self.missing == 0:
            return SweepStatus.FINISHED
        if self.sweep.cancelled:
            return SweepStatus.CANCELLED
        return SweepStatus.RUNNING if self.sweep.published else SweepStatus.LAUNCHING
