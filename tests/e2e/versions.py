"""Two versions of the images side by side: each worker takes what it is for, and nothing is lost on the way."""

from __future__ import annotations

import csv
import io
import json
import time
from typing import Any

from tests.e2e.kubectl import Failed, component, in_dashboard, kubectl, objects, ready_pods, until

#: the deployment of workers beside the first
OLDER = "worker-older"
#: what does not come to pass within this many seconds is broken
_BROKEN = 300
#: for so many seconds it is seen that nobody takes what nobody is suited for
_QUIET_SECONDS = 20


def start_older(image: str) -> None:
    """Start a second deployment of workers, of another image, beside the first."""
    (worker,) = (each for each in objects("deployments") if each["metadata"]["name"] == "worker")
    labels = worker["spec"]["template"]["metadata"]["labels"] | {"version": "older"}
    template = worker["spec"]["template"] | {"metadata": {"labels": labels}}
    template["spec"]["containers"][0]["image"] = image
    beside = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": OLDER, "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }
    kubectl("apply", "-f", "-", stdin=json.dumps(beside))
    kubectl("rollout", "status", f"deployment/{OLDER}", f"--timeout={_BROKEN}s", timeout=_BROKEN + 30)


def pods_of(deployment: str) -> list[str]:
    """Return the pods of a deployment of workers, whatever they do."""
    of_older = deployment == OLDER
    names = [pod["metadata"]["name"] for pod in objects("pods", component("worker"))]
    return [name for name in names if name.startswith(f"{OLDER}-") == of_older]


def stop_older() -> None:
    """End the second deployment."""
    kubectl("delete", "deployment", OLDER, "--timeout=180s", timeout=200)


def set_image(workload: str, image: str) -> None:
    """Have the workload run the image, and wait until it does."""
    kubectl("set", "image", f"deployment/{workload}", f"{workload}={image}")
    kubectl("rollout", "status", f"deployment/{workload}", f"--timeout={_BROKEN}s", timeout=_BROKEN + 30)


def workers_of(sweep_id: str) -> set[str]:
    """Return which deployments' workers have evaluated the sweep's trials."""
    rows = csv.DictReader(io.StringIO(in_dashboard("python", "-m", "shared", "export", sweep_id)))
    return {OLDER if row["worker"].startswith(OLDER) else "worker" for row in rows}


def nobody_takes(sweep_id: str) -> str:
    """See that for a while nobody does a trial of the sweep and no message dies; return what the page says of it."""
    time.sleep(_QUIET_SECONDS)
    expect(f"trials of {sweep_id} that are done", _state(sweep_id)["done"], 0)
    expect("dead letters", _state(sweep_id)["dead"], 0)
    until("a reason why nobody takes it", lambda: _state(sweep_id)["why"], _BROKEN)
    return str(_state(sweep_id)["why"])


def healthy(deployment: str) -> None:
    """See that the deployment's one pod is ready and has never restarted."""
    ready, names = ready_pods("worker"), pods_of(deployment)
    restarts = [
        pod["status"]["containerStatuses"][0]["restartCount"]
        for pod in objects("pods", component("worker"))
        if pod["metadata"]["name"] in names and pod["metadata"]["name"] in ready
    ]
    expect(f"restarts of {deployment}", restarts, [0])


def expect(what: str, found: object, expected: object) -> None:
    """Raise Failed where the two differ."""
    if found != expected:
        raise Failed(f"{what}: {found}, expected {expected}")


def _state(sweep_id: str) -> dict[str, Any]:
    """Return what the dashboard knows: trials done, dead letters, and why nobody can do the sweep."""
    state: dict[str, Any] = json.loads(in_dashboard("python", "-", sweep_id, stdin=_STATE))
    return state


_STATE = """
import json, sys
from contextlib import closing
from shared import operations
from shared.adapters.backends import open_queue, open_store
from shared.settings import Settings
with closing(open_store(Settings())) as store, closing(open_queue(Settings())) as queue:
    summary = next(each for each in store.summaries() if each.sweep.sweep_id == sys.argv[1])
    nobody = operations.nobody_suited(summary, store.workers())
    done = summary.sweep.size - summary.open
    print(json.dumps({"done": done, "dead": len(queue.dead_letters()), "why": nobody and nobody.sentence}))
"""
