"""What a cluster tells of itself: frozen records, the same for pods and for processes of this machine."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.domain import Record, WorkerProcess


class LastEnd(Record):
    """How a process's life before this one ended."""

    #: the cluster's word, such as ``OOMKilled``, ``Error``, ``Completed``
    reason: str
    exit_code: int
    #: the container that ended, where the process has several
    container: str | None = None
    ended_at: datetime | None = None
    #: bytes that it was allowed, where it ended of using more
    memory_limit: int | None = None


class Resources(Record):
    """CPU in cores and memory in bytes; None where not told or not set."""

    cpu: float | None = None
    memory: int | None = None


class ClusterProcess(WorkerProcess):
    """One process or pod, of a worker or of a service, with what only a cluster tells of it."""

    #: the cluster's own word for where it stands, such as ``Pending``; None where there is no such word
    phase: str | None = None
    #: whether it says that it can work; None where nobody asks it
    ready: bool | None = None
    last_end: LastEnd | None = None
    #: the machine; None before one is found
    node: str | None = None
    requests: Resources = Resources()
    limits: Resources = Resources()
    #: at this moment; None where nobody measures
    used: Resources | None = None
    containers: tuple[str, ...] = ()


#: conditions that hold where something is wrong; of the others, those that somebody should look at do not hold
_TROUBLE_WHERE_THEY_HOLD = {"ReplicaFailure", "Fallback"}
#: conditions that are as good either way
_NEUTRAL = {"Active", "Paused", "ScalingLimited"}
#: what an autoscaler says of a Deployment that is at none: normal
_AT_NONE = "ScalingDisabled"


class Condition(Record):
    """One thing that a deployment says of its rollout, or an autoscaler of its work."""

    #: ``Available``, ``Progressing``, ``ReplicaFailure``; ``Ready``, ``Active``, ``AbleToScale``
    type: str
    #: None: unknown
    holds: bool | None
    reason: str = ""
    message: str = ""
    since: datetime | None = None

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look."""
        if self.type in _NEUTRAL or self.reason == _AT_NONE:
            return False
        return self.holds is not (self.type not in _TROUBLE_WHERE_THEY_HOLD)


class Deployment(Record):
    """How far what is wanted is there."""

    name: str
    desired: int
    updated: int = 0
    ready: int = 0
    unavailable: int = 0
    #: whether the controller has seen the latest change
    observed: bool = True
    conditions: tuple[Condition, ...] = ()


class Volume(Record):
    """Storage that a service claims."""

    name: str
    #: ``Bound``, ``Pending``, ``Lost``
    phase: str
    #: bytes that it has, or asks for until it is bound
    size: int | None = None
    storage_class: str | None = None
    #: whether a deletion waits for its user to let go
    stopping: bool = False


class ServiceStatus(Record):
    """A service that the product stands on, where the cluster runs it."""

    #: ``rabbitmq``, ``mongodb``
    name: str
    processes: tuple[ClusterProcess, ...] = ()
    volumes: tuple[Volume, ...] = ()


class EventGroup(Record):
    """What the cluster said more than once, as one: the latest words and how often."""

    reason: str
    is_warning: bool
    count: int
    #: whom the latest is about, such as ``Pod worker-5d8``
    about: str
    #: how many objects it is about
    objects: int
    message: str
    last_at: datetime


class QuotaUse(Record):
    """One resource that a quota limits in the namespace."""

    quota: str
    #: the quota's word, such as ``requests.cpu``, ``pods``
    resource: str
    used: float
    hard: float
    #: whether a worker's pod counts in it
    counts_workers: bool = True


class ScaleChange(Record):
    """When and by which program the number of workers was last set."""

    #: as the program calls itself, such as ``kubectl-scale``; empty where nobody noted it
    manager: str
    #: None where nobody noted it
    at: datetime | None
    #: whether it was this dashboard
    by_us: bool = False


class Charge(StrEnum):
    """Who sets the number of workers where an autoscaler is told to."""

    #: the autoscaler does
    AUTOMATIC = "automatic"
    #: it is paused, and what it scales with is not gone yet
    PAUSING = "pausing"
    #: it is paused: the slider does
    MANUAL = "manual"
    #: it is paused at a number that is written on it (``paused-replicas``)
    HELD = "held"


class PodAutoscaler(Record):
    """A HorizontalPodAutoscaler that scales the workers."""

    name: str
    current: int | None = None
    desired: int | None = None
    conditions: tuple[Condition, ...] = ()


class Autoscaling(Record):
    """What scales the workers by the length of the queues, and who is in charge: a ScaledObject of KEDA."""

    name: str
    charge: Charge
    minimum: int
    maximum: int
    #: the number that it is held at; None where it is not held, or at nothing that can be read
    held_at: int | None = None
    #: other annotations that keep it from scaling in or out, as they are written
    restrained_by: tuple[str, ...] = ()
    #: between two looks at the queues, in seconds
    polling_seconds: float = 30.0
    autoscalers: tuple[PodAutoscaler, ...] = ()
    conditions: tuple[Condition, ...] = ()
    #: the last scalings and what kept from them, one each, the newest first
    events: tuple[EventGroup, ...] = ()
    #: why it cannot be changed and what to do; None where it can
    read_only: str | None = None

    @property
    def reads_zero(self) -> bool:
        """Whether it says that the queues are empty, which would scale everything away."""
        return any(each.type == "Active" and each.holds is False for each in self.conditions)


class Gap(Record):
    """Something that was asked for and not told."""

    #: what is missing on the page, such as ``events``
    what: str
    #: why, naming the permission where one is missing
    reason: str
    #: what to add where, ready to be pasted; empty where nothing can be added
    remedy: str = ""


class ClusterState(Record):
    """The cluster at one moment."""

    #: what runs the workers, as the page should call it: ``local processes``, ``Deployment worker``
    kind: str
    #: how many workers are wanted; the processes follow within seconds
    desired: int
    #: what scale accepts
    minimum: int = 0
    maximum: int
    processes: tuple[ClusterProcess, ...] = ()
    #: why scale would be refused and what to do, such as a missing permission by its name; None where it works
    read_only: str | None = None
    #: when this was seen; None: it is seen at this moment
    observed_at: datetime | None = None
    #: why it is not newer; None where it is as new as can be
    trouble: str | None = None
    deployment: Deployment | None = None
    scaled: ScaleChange | None = None
    #: None where nothing scales the workers by itself
    autoscaling: Autoscaling | None = None
    #: why nothing does, and what to install; empty where something does, or nothing can
    no_autoscaling: str = ""
    services: tuple[ServiceStatus, ...] = ()
    events: tuple[EventGroup, ...] = ()
    quota: tuple[QuotaUse, ...] = ()
    #: what was asked for and not told, and why
    gaps: tuple[Gap, ...] = ()
    #: what this kind of cluster has no word for, in a sentence; empty where it tells all
    not_told: str = ""
    #: whether workers without a task are stopped before others
    stops_idle_first: bool = False
    #: how long a worker that is told to stop may go on; None where unknown
    grace_seconds: float | None = None
    #: what each further worker would ask for
    worker_requests: Resources = Resources()
    worker_limits: Resources = Resources()
