"""`python -m worker`: evaluate tasks until told to stop."""

from __future__ import annotations

import logging
import platform
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence

from pydantic import ValidationError

from shared.adapters.backends import open_metrics, open_queue, open_store
from shared.errors import ServiceUnavailable
from shared.logs import set_up_logs
from shared.planning.versions import installed_versions
from shared.settings import WorkerSettings, explain
from worker.parent.cpus import available_cpus, engine_count
from worker.parent.engine_pool import EnginePool
from worker.parent.engine_process import ChildProcess
from worker.parent.heartbeat import STARTING, Heartbeat
from worker.parent.impatience import impatient
from worker.parent.memory import available_memory
from worker.parent.memory_watch import MemoryWatch
from worker.parent.outages import UntilAvailable
from worker.parent.reporting import WorkerIdentity
from worker.parent.stop_request import StopRequest
from worker.parent.worker import Worker

log = logging.getLogger("worker")

#: how long a worker that was asked to stop waits for a call of its services at most, in seconds
_LONGEST_CALL_SECONDS = 2.0


def run(settings: WorkerSettings, stop: StopRequest, evaluator: str | None = None) -> None:
    """Work until ``stop`` asks. Services that do not answer are waited for."""
    cpus = available_cpus()
    engines = settings.engines or engine_count(settings.threads, cpus)
    memory = MemoryWatch(available_memory(), engines, time.monotonic, settings.engine_memory_mb)
    versions = installed_versions() | {"python": platform.python_version()}
    identity = WorkerIdentity.of_this_process(settings.pod_name, engines, settings.threads, versions)
    log.info(
        "started",
        extra={
            "event": "worker.started",
            "worker_id": identity.worker_id,
            "cpus": cpus,
            "engines": engines,
            "threads": settings.threads,
            "engine_memory_mb": memory.keep_mb,
        },
    )
    heartbeat = Heartbeat(settings.heartbeat_file, time.monotonic)
    heartbeat.say(STARTING)

    def meanwhile() -> None:
        heartbeat.beat()
        stop.watch_parent()

    until_available = UntilAvailable(meanwhile, give_up=lambda: stop.asked)
    try:
        store = until_available(open_store, settings)
        queue = until_available(open_queue, settings)
    except ServiceUnavailable as error:
        log.warning("stopped while waiting: %s", error, extra={"event": "worker.stopped"})
        return

    # RabbitMQ's adapter has time limits of its own, within which it hands back what is held
    seconds = min(_LONGEST_CALL_SECONDS, settings.grace_seconds / 5)
    store = impatient(store, "The store", lambda: stop.asked, seconds)
    if settings.rabbitmq_url is None:
        queue = impatient(queue, "The embedded queue", lambda: stop.asked, seconds)

    def start_engine() -> ChildProcess:
        cache_mb = min(settings.binned_cache_mb, memory.keep_mb // 2)
        return ChildProcess(settings.threads, cache_mb, evaluator)

    pool = EnginePool(engines, start_engine, time.monotonic)
    worker = Worker(settings, identity, store, queue, pool, stop, memory)
    end_metrics = open_metrics(settings, lambda: pool.tallies.measures(worker.unsettled, pool.pids))
    try:
        worker.run()
    finally:
        end_metrics()
        for service in (queue, store):
            try:
                service.close()
            except ServiceUnavailable as error:
                log.warning("%s", error, extra={"event": "service.unavailable", "service": error.service})


def main(arguments: Sequence[str] = ()) -> int:
    """Read the settings and run; return the exit code."""
    ArgumentParser(
        prog="python -m worker",
        description="Take tasks, cross-validate their trials and record the outcomes, until stopped. "
        "It is configured by the environment alone: docs/configuration.md lists the variables.",
    ).parse_args(arguments)
    try:
        settings = WorkerSettings()
    except ValidationError as error:
        print(f"worker: {explain(error)}", file=sys.stderr)
        return 2
    set_up_logs(settings)
    stop = StopRequest(settings.exit_with_parent)
    stop.install()
    run(settings, stop)
    stop.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
