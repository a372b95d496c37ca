"""What the stories of `run.sh` are made of; each step says what it saw and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.e2e import ledger, versions
from tests.e2e.kubectl import Failed, component, in_dashboard, kubectl, objects, ready_pods, until

#: what does not come to pass within this many seconds is broken
BROKEN = 600
_OWN_IMAGES = ("boostgrid-dashboard", "boostgrid-worker")

#: what scales the workers: the Cluster page's own adapter, with the account of its pod
_SCALE = """
import sys, time
from dashboard.cluster.kubernetes.adapter import KubernetesCluster
from dashboard.cluster.kubernetes.connecting import connect, own_namespace
cluster = KubernetesCluster(connect(None), own_namespace(), 32)
cluster.scale(int(sys.argv[1]))
print(cluster.state().desired)
"""


def spec(name: str, library: str, **param_grid: list[float]) -> dict[str, Any]:
    """Return a sweep over diabetes, of trials that take a second or more each."""
    return {
        "name": name,
        "library": library,
        "dataset": {"name": "diabetes", "target": "target", "task": "regression"},
        "param_grid": param_grid,
        "metrics": ["rmse"],
        "folds": 3,
        "seed": 7,
    }


SHORT = spec(
    "short",
    "xgboost",
    n_estimators=[900],
    max_depth=[4, 5, 6, 7],
    learning_rate=[0.02, 0.03, 0.05],
    subsample=[0.7, 0.9],
)
#: of each kind of sweep one for images of several versions
FEW = {
    "xgboost": spec("few", "xgboost", n_estimators=[600], max_depth=[4, 5, 6], learning_rate=[0.02, 0.05]),
    "lightgbm": spec(
        "few-leaves", "lightgbm", n_estimators=[800], num_leaves=[15, 31], learning_rate=[0.02, 0.05, 0.1]
    ),
}
LONG = [
    spec("long", "xgboost", n_estimators=[600, 1200], max_depth=[5, 6, 7, 8], learning_rate=[0.01, 0.02, 0.05, 0.1],
         subsample=[0.6, 0.8, 0.9]),
    spec("leaves", "lightgbm", n_estimators=[500, 1000], num_leaves=[15, 31], learning_rate=[0.02, 0.05, 0.1]),
]  # fmt: skip


class Steps:
    """The steps, on one cluster."""

    def __init__(self, root: Path, overlay: str) -> None:
        self.root, self._overlay = root, root / overlay
        self._tag("e2e-1", *_OWN_IMAGES, "boostgrid-mongodb-users")

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say what is done and how long it took."""
        begun = time.monotonic()
        yield
        print(f"{what}: {time.monotonic() - begun:.0f} s", flush=True)

    def apply(self) -> str:
        """Apply the overlay and return what kubectl says."""
        return kubectl("apply", "-k", str(self._overlay))

    def applied_versions(self) -> set[tuple[str, str, str]]:
        """Return each object that is applied with what changes when it is: its generation, where it has one."""
        kinds = "deployments,statefulsets,services,configmaps,secrets,poddisruptionbudgets,roles,rolebindings"
        found = [(each["kind"], each["metadata"]) for each in objects(kinds)]
        return {
            (kind, about["name"], str(about.get("generation") or about["resourceVersion"])) for kind, about in found
        }

    def everything_ready(self) -> None:
        """Wait until every workload is as wanted."""
        for workload in ("statefulset/rabbitmq", "statefulset/mongodb", "deployment/worker", "deployment/dashboard"):
            kubectl("rollout", "status", workload, f"--timeout={BROKEN}s", timeout=BROKEN + 30)

    def roll_out(self, tag: str) -> None:
        """Apply the overlay with another tag; what makes MongoDB's users keeps its own, as the docs advise."""
        self._tag(tag, *_OWN_IMAGES)
        self.apply()

    def _tag(self, tag: str, *images: str) -> None:
        file = self.root / "k8s/overlays/local/kustomization.yaml"
        overlay = yaml.safe_load(file.read_text())
        for image in overlay["images"]:
            if image["name"] in images:
                image["newTag"] = tag
        file.write_text(yaml.safe_dump(overlay))

    def launch(self, declared: dict[str, Any]) -> str:
        """Launch a sweep from inside the dashboard's pod and return its id."""
        return in_dashboard(
            "python", "-m", "shared", "launch", "-", "--no-follow", stdin=yaml.safe_dump(declared)
        ).split()[0]

    def counts(self, sweep_id: str) -> tuple[str, int, int]:
        """Return the sweep's status, and how many of its trials are done and failed."""
        header, *lines = in_dashboard("python", "-m", "shared", "list").splitlines()

        def cell(line: str, column: str) -> str:
            return line[header.index(column) :].split()[0]  # names may have blanks: columns begin where their heads do

        for line in lines:
            if line.split()[0] == sweep_id:
                done = int(cell(line, "DONE").split("/")[0].replace(",", ""))
                return cell(line, "STATUS"), done, int(cell(line, "FAILED"))
        raise Failed(f"{sweep_id} is not listed")

    def some_done(self, sweep_id: str, trials: int) -> None:
        """Wait until so many trials have an outcome."""
        until(f"{trials} trials of {sweep_id}", lambda: self.counts(sweep_id)[1] >= trials, BROKEN)

    def say_done(self, *sweep_ids: str) -> None:
        """Say how far they are."""
        for sweep_id in sweep_ids:
            print(f"  {sweep_id}: {self.counts(sweep_id)[1]} trials done", flush=True)

    def finished(self, sweep_id: str) -> None:
        """Wait until the sweep is finished, without a failure."""
        until(f"the end of {sweep_id}", lambda: self.counts(sweep_id)[0] == "finished", 3 * BROKEN, every=4)
        if failed := self.counts(sweep_id)[2]:
            raise Failed(f"{failed} trials of {sweep_id} failed")

    def scale(self, workers: int) -> None:
        """Scale as the Cluster page does, and wait until so many are ready and no other is left."""
        in_dashboard("python", "-", str(workers), stdin=_SCALE)
        until(
            f"{workers} workers",
            lambda: len(ready_pods("worker")) == workers == len(objects("pods", component("worker"))),
            BROKEN,
        )

    def check(self, declared: dict[str, Any], sweep_id: str) -> None:
        """Hold the ledger and every score against scikit-learn."""
        with self.step(f"ledger and scores of {sweep_id}"):
            scored = ledger.check(declared, in_dashboard("python", "-m", "shared", "export", sweep_id))
        print(f"  {scored} fold scores equal scikit-learn's to the bit", flush=True)

    def scale_to(self, workers: int) -> None:
        """Scale as the Cluster page does, and wait until the deployment has so many."""
        in_dashboard("python", "-", str(workers), stdin=_SCALE)
        until(f"{workers} workers", lambda: len(versions.pods_of("worker")) == workers, BROKEN)
        if workers:
            self.everything_ready()

    def list_components(self, *components: str) -> None:
        """Write the components into the overlay."""
        file = self.root / "k8s/overlays/local/kustomization.yaml"
        overlay = yaml.safe_load(file.read_text())
        overlay["components"] = [f"../../components/{each}" for each in components]
        file.write_text(yaml.safe_dump(overlay))

    @contextmanager
    def drained(self) -> Iterator[None]:
        """Drain the last node, where there are several, and give it back."""
        nodes = [node["metadata"]["name"] for node in objects("nodes")]
        if len(nodes) < 2:
            yield
            return
        with self.step(f"drain {nodes[-1]}"):
            kubectl("drain", nodes[-1], "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=400s", timeout=430)
            self.everything_ready()
        try:
            yield
        finally:
            kubectl("uncordon", nodes[-1])
