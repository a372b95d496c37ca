"""Who sets the number of workers, and whether what scales them sees the work that there is, in words. Pure."""

from __future__ import annotations

from dashboard.cluster.state import Autoscaling, Charge
from shared.wording import agreeing, counted

#: the broker's statistics, and KEDA's look at them, may be this old without a word, in seconds
STATISTICS_SECONDS = 15.0


def in_charge(autoscaling: Autoscaling) -> str:
    """Return who sets the number of workers, in a sentence."""
    name, between = autoscaling.name, f"{autoscaling.minimum:,} to {autoscaling.maximum:,}"
    match autoscaling.charge:
        case Charge.AUTOMATIC:
            return f"Automatic: KEDA is in charge, {between} workers by the length of the queues (ScaledObject {name})."
        case Charge.PAUSING:
            left = ", ".join(each.name for each in autoscaling.autoscalers) or "the HorizontalPodAutoscaler"
            return f"KEDA is paused, and {left} is not gone yet: the slider works once it is, within seconds."
        case Charge.MANUAL:
            return f"Manual: the slider is in charge, KEDA is paused (ScaledObject {name})."
        case Charge.HELD:
            at = "" if autoscaling.held_at is None else f" at {counted(autoscaling.held_at, 'worker')}"
            return f"Held{at}: ScaledObject {name} has the annotation paused-replicas, set by somebody else."


def not_by_hand(autoscaling: Autoscaling) -> str | None:
    """Return why the slider sets nothing, and what to do; None where it is in charge."""
    match autoscaling.charge:
        case Charge.MANUAL:
            return None
        case Charge.PAUSING:
            return in_charge(autoscaling)
        case Charge.AUTOMATIC | Charge.HELD:
            return f"{in_charge(autoscaling)} To set the number by hand, change to manual first."


def zero_while_open(autoscaling: Autoscaling, open_tasks: int, open_trials: int) -> str | None:
    """Return what to say where the autoscaler reads empty queues and there is work; None where the two agree.

    ``open_tasks`` are those that wait at the broker by its own count, and those that workers say they have;
    ``open_trials`` are what the ledger still misses of sweeps that go on. The broker's statistics are another count,
    late by seconds, and missing ones read as zero: it is to be said once it has lasted for ``patience``.
    """
    if autoscaling.charge is not Charge.AUTOMATIC or not autoscaling.reads_zero:
        return None
    then = "none" if not autoscaling.minimum else f"its least, {autoscaling.minimum}"
    if open_tasks:
        return (
            f"Queue statistics read zero while {counted(open_tasks, 'task')} {agreeing(open_tasks, 'is', 'are')} open: "
            f"KEDA would scale to {then}. Missing statistics read as zero messages. Look whether RabbitMQ's management "
            "API has them (management_agent.disable_metrics_collector must be false), and whether queueName of the "
            "ScaledObject matches the queues. Until then, change to manual."
        )
    if open_trials:
        return (
            f"The queues are empty while {counted(open_trials, 'trial')} {agreeing(open_trials, 'is', 'are')} open: "
            f"KEDA scales to {then}. Resume their sweeps on their pages: that publishes what is missing."
        )
    return None


def patience(autoscaling: Autoscaling) -> float:
    """Return how long the two may differ before it is said, in seconds: two looks of KEDA at old statistics."""
    return STATISTICS_SECONDS + 2 * autoscaling.polling_seconds
