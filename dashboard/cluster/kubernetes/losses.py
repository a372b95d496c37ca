"""Why a worker is gone, by what its pod and the events about it say. Pure: raw JSON in, causes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dashboard.cluster.kubernetes.values import Json, moment, resources
from shared.domain import Attempt, AttemptCause, AttemptEnd, Record

#: how long the kubelet's word may take to arrive after an attempt was given up, in seconds
SETTLE_SECONDS = 30.0
#: how long a node that fell silent may take to be given up (Kubernetes tolerates 300 s), in seconds
NODE_SECONDS = 420.0
#: workers' clocks and the cluster's may differ by this, in seconds
_SKEW = timedelta(seconds=20)
#: what is said of a pod may be said a moment before it ends
_EVENT_SLACK = timedelta(seconds=90)
_MIB = 2**20

#: the reasons of a pod's DisruptionTarget condition
_DISRUPTIONS = {
    "PreemptionByScheduler": (AttemptCause.PREEMPTED, "its pod made room for one of a higher priority"),
    "DeletionByTaintManager": (AttemptCause.NODE_GONE, "its node took no more pods or fell silent (taint)"),
    "DeletionByPodGC": (AttemptCause.NODE_GONE, "its node is gone"),
    "EvictionByEvictionAPI": (AttemptCause.DRAINED, "its node was drained, or its pod asked to go (eviction API)"),
    "TerminationByKubelet": (AttemptCause.EVICTED, "its node ended the pod: short of something, or shutting down"),
}
#: the reasons of a failed pod's status, and of events about one
_REASONS = {
    "Evicted": (AttemptCause.EVICTED, "its pod was evicted: its node was short of something"),
    "Preempting": (AttemptCause.PREEMPTED, "its pod made room for a critical one"),
    "Preempted": (AttemptCause.PREEMPTED, "its pod made room for one of a higher priority"),
    "NodeShutdown": (AttemptCause.DRAINED, "its node was shut down"),
    "Terminated": (AttemptCause.DRAINED, "its node was shut down"),
    "NodeLost": (AttemptCause.NODE_GONE, "its node is gone"),
    "TaintManagerEviction": (AttemptCause.NODE_GONE, "its node took no more pods or fell silent (taint)"),
    "NodeNotReady": (AttemptCause.NODE_GONE, "its node fell silent"),
}
_DELETED = (AttemptCause.DRAINED, "its pod was deleted: scaled down, rolled out or drained")


class ContainerEnd(Record):
    """One life of a worker's container."""

    #: ``OOMKilled``, ``Error``, ``Completed``
    reason: str
    exit_code: int
    ended_at: datetime | None
    #: bytes that it was allowed
    memory_limit: int | None = None


class PodFacts(Record):
    """What is known of a worker's pod, from the first look to long after it is gone."""

    name: str
    #: how often its container was started again
    restarts: int = 0
    ends: tuple[ContainerEnd, ...] = ()
    #: of its DisruptionTarget condition, or of its failure
    disruption: str = ""
    disruption_message: str = ""
    deleting: bool = False
    #: whether its node says that it can work, or its container runs and nobody says otherwise
    ready: bool = True
    gone: bool = False
    #: the last lines of the last life that ended
    log: str = ""

    @property
    def is_ending(self) -> bool:
        """Whether its log may soon be unreachable."""
        return self.deleting or bool(self.disruption)


def pod_facts(pod: Json, before: PodFacts | None = None) -> PodFacts:
    """Return what the raw pod says, with what was known ``before``."""
    metadata: Json = pod.get("metadata") or {}
    spec: Json = pod.get("spec") or {}
    status: Json = pod.get("status") or {}
    limits = {
        str(each.get("name")): resources((each.get("resources") or {}).get("limits")).memory
        for each in spec.get("containers") or ()
    }
    ends = {end.ended_at: end for end in (before.ends if before else ())}
    restarts = 0
    for each in status.get("containerStatuses") or ():
        restarts += int(each.get("restartCount") or 0)
        for state in (each.get("lastState") or {}, each.get("state") or {}):
            if ended := state.get("terminated"):
                at = moment(ended.get("finishedAt"))
                ends[at] = ContainerEnd(
                    reason=str(ended.get("reason") or "Error"),
                    exit_code=int(ended.get("exitCode") or 0),
                    ended_at=at,
                    memory_limit=limits.get(str(each.get("name"))),
                )
    target = _condition(status, "DisruptionTarget")
    disrupted = target.get("status") == "True"
    failed = status.get("reason") if status.get("phase") == "Failed" else None
    return PodFacts(
        name=str(metadata.get("name", "")),
        restarts=restarts,
        ends=tuple(ends.values()),
        disruption=str((target.get("reason") if disrupted else failed) or (before.disruption if before else "")),
        disruption_message=str((target.get("message") if disrupted else status.get("message")) or ""),
        deleting=bool(metadata.get("deletionTimestamp")),
        ready=_condition(status, "Ready").get("status", "True") == "True",
        log=before.log if before else "",
    )


def explain(attempt: Attempt, facts: PodFacts | None, events: Sequence[Json], now: datetime) -> AttemptEnd | None:
    """Return why the attempt's worker was lost; None where the cluster may still come to say so.

    ``facts`` is None for a pod that was never seen; ``events`` are those about it.
    """
    waited = (now - attempt.ended_at).total_seconds()
    end = _end_after(attempt, facts) if facts else None
    limit = end.memory_limit if end else None
    log = facts.log if facts else ""

    def found(cause: AttemptCause, message: str) -> AttemptEnd:
        memory = limit / _MIB if limit is not None and cause is AttemptCause.POD_OUT_OF_MEMORY else None
        return AttemptEnd(cause=cause, message=message, log=log, memory_limit_mb=memory, looked_at=now)

    if end is not None and end.reason == "OOMKilled":
        allowed = f", which may have {limit / _MIB:.0f} MB" if limit is not None else ""
        return found(AttemptCause.POD_OUT_OF_MEMORY, f"the worker's container{allowed}, was killed for want of memory")
    if facts is not None and facts.disruption:
        cause, words = _DISRUPTIONS.get(facts.disruption) or _REASONS.get(
            facts.disruption, (AttemptCause.EVICTED, f"its pod was ended: {facts.disruption}")
        )
        return found(cause, f"{words}. {facts.disruption_message}".strip(" ."))
    told = next((_REASONS[reason] for reason in _reasons_since(attempt.ended_at - _EVENT_SLACK, events)), None)
    if facts is None or facts.gone:
        # only a deletion takes a pod away; one that was seen alive had not ended by itself
        told = told or (_DELETED if facts is not None and (end is None or facts.deleting) else None)
    if told is not None:
        return found(*told)
    if facts is not None and facts.deleting:
        return found(*_DELETED)
    if end is not None:
        return found(AttemptCause.LOST, f"the worker's container ended: {end.reason}, exit code {end.exit_code}")
    if waited < SETTLE_SECONDS or (facts is not None and not facts.ready and not facts.gone and waited < NODE_SECONDS):
        return None
    if facts is None:
        return found(AttemptCause.LOST, "its pod is gone and nobody saw why")
    return found(AttemptCause.LOST, "its pod still runs: the worker was frozen, or cut off from queue and store")


def _end_after(attempt: Attempt, facts: PodFacts) -> ContainerEnd | None:
    """Return the first end of the pod's container since the worker was last heard of.

    An end before the attempt began was an earlier life's, unless there is no other: then the clocks differ.
    """
    ends = [(end.ended_at, end) for end in facts.ends if end.ended_at and end.ended_at >= attempt.ended_at - _SKEW]
    own = [each for each in ends if attempt.started_at is not None and each[0] >= attempt.started_at]
    return min(own or ends, key=lambda each: each[0])[1] if ends else None


def _reasons_since(since: datetime, events: Sequence[Json]) -> Iterator[str]:
    for event in events:
        series: Json = event.get("series") or {}
        times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
        at = next(filter(None, map(moment, times)), None)
        if str(event.get("reason")) in _REASONS and (at is None or at >= since):
            yield str(event["reason"])


def _condition(status: Json, kind: str) -> Json:
    return next((each for each in status.get("conditions") or () if each.get("type") == kind), {})
