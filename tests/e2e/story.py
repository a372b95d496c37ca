"""The story that `run.sh` plays on a cluster; each step says what it saw and how long it took."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.e2e import autoscaling, edges, ledger, versions
from tests.e2e.kubectl import Failed, component, in_dashboard, kubectl, objects, ready_pods, until

#: what does not come to pass within this many seconds is broken
_BROKEN = 600
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


class Story:
    """The steps, on one cluster."""

    def __init__(self, root: Path, overlay: str) -> None:
        self._root, self._overlay = root, root / overlay
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

    def _versions(self) -> set[tuple[str, str, str]]:
        """Return each object that is applied with what changes when it is: its generation, where it has one."""
        kinds = "deployments,statefulsets,services,configmaps,secrets,poddisruptionbudgets,roles,rolebindings"
        found = [(each["kind"], each["metadata"]) for each in objects(kinds)]
        return {
            (kind, about["name"], str(about.get("generation") or about["resourceVersion"])) for kind, about in found
        }

    def everything_ready(self) -> None:
        """Wait until every workload is as wanted."""
        for workload in ("statefulset/rabbitmq", "statefulset/mongodb", "deployment/worker", "deployment/dashboard"):
            kubectl("rollout", "status", workload, f"--timeout={_BROKEN}s", timeout=_BROKEN + 30)

    def roll_out(self, tag: str) -> None:
        """Apply the overlay with another tag; what makes MongoDB's users keeps its own, as the docs advise."""
        self._tag(tag, *_OWN_IMAGES)
        self.apply()

    def _tag(self, tag: str, *images: str) -> None:
        file = self._root / "k8s/overlays/local/kustomization.yaml"
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
        until(f"{trials} trials of {sweep_id}", lambda: self.counts(sweep_id)[1] >= trials, _BROKEN)

    def _say_done(self, *sweep_ids: str) -> None:
        for sweep_id in sweep_ids:
            print(f"  {sweep_id}: {self.counts(sweep_id)[1]} trials done", flush=True)

    def finished(self, sweep_id: str) -> None:
        """Wait until the sweep is finished, without a failure."""
        until(f"the end of {sweep_id}", lambda: self.counts(sweep_id)[0] == "finished", 3 * _BROKEN, every=4)
        if failed := self.counts(sweep_id)[2]:
            raise Failed(f"{failed} trials of {sweep_id} failed")

    def scale(self, workers: int) -> None:
        """Scale as the Cluster page does, and wait until so many are ready and no other is left."""
        in_dashboard("python", "-", str(workers), stdin=_SCALE)
        until(
            f"{workers} workers",
            lambda: len(ready_pods("worker")) == workers == len(objects("pods", component("worker"))),
            _BROKEN,
        )

    def check(self, declared: dict[str, Any], sweep_id: str) -> None:
        """Hold the ledger and every score against scikit-learn."""
        with self.step(f"ledger and scores of {sweep_id}"):
            scored = ledger.check(declared, in_dashboard("python", "-m", "shared", "export", sweep_id))
        print(f"  {scored} fold scores equal scikit-learn's to the bit", flush=True)

    def short(self) -> None:
        """Apply, a sweep, a scale and a rollout in its midst, the ledger."""
        with self.step("apply until everything is ready"):
            self.apply()
            self.everything_ready()
        with self.step("apply again changes nothing"):
            before = self._versions()
            self.apply()
            if changed := self._versions() ^ before:
                raise Failed(f"the second apply changed {changed}")
        with self.step("launch"):
            sweep_id = self.launch(SHORT)
        with self.step("first trial"):
            self.some_done(sweep_id, 1)
        with self.step("scale to 2"):
            self.scale(2)
        with self.step("a new image in its midst"):
            self._say_done(sweep_id)
            self.roll_out("e2e-2")
            self.everything_ready()
            self._say_done(sweep_id)
        with self.step("the end of the sweep"):
            self.finished(sweep_id)
        self.check(SHORT, sweep_id)

    def long(self) -> None:
        """Sweeps through every fault at once."""
        sweeps = []
        with self.step("launch two"):
            sweeps = [(declared, self.launch(declared)) for declared in LONG]
        first = sweeps[0][1]
        with self.step("scale to 3"):
            self.scale(3)
        with self.step("delete a busy worker and the dashboard"):
            self.some_done(first, 5)
            kubectl("delete", "pod", ready_pods("worker")[0], "--wait=false")
            kubectl("delete", "pod", "-l", component("dashboard"), "--wait=false")
            self.everything_ready()
        with self.step("kill the broker"):
            kubectl("delete", "pod", "rabbitmq-0", "--grace-period=0", "--force")
            self.everything_ready()
        with self.step("kill the store"):
            kubectl("delete", "pod", "mongodb-0", "--grace-period=0", "--force")
            self.everything_ready()
        with self.step("a new image"):
            self.roll_out("e2e-1")
            self.everything_ready()
            self._say_done(*(sweep_id for _, sweep_id in sweeps))
        with self.step("scale to 1"):
            self.scale(1)
        with self._drained(), self.step("the end of both sweeps on one node"):
            for _, sweep_id in sweeps:
                self.finished(sweep_id)
        for declared, sweep_id in sweeps:
            self.check(declared, sweep_id)

    def components(self) -> None:
        """Closed networks, then KEDA, with sweeps in both; the cluster has an enforcer and KEDA."""
        self._list_components("network-policies")
        with self.step("apply with network-policies until everything is ready"):
            self.apply()
            self.everything_ready()
        image = objects("deployments", component("worker"))[0]["spec"]["template"]["spec"]["containers"][0]["image"]
        with self.step("every edge, the dashboard's port open"):
            print(f"  {edges.check(image, nodeport=True)} connections tried", flush=True)
        with self.step("every edge, the dashboard's port open to the ingress"):
            kubectl("apply", "-f", str(self._root / "k8s/components/network-policies/dashboard.yaml"))
            print(f"  {edges.check(image, nodeport=False)} connections tried", flush=True)
        self._list_components("network-policies", "keda")
        replicas = autoscaling.Replicas()
        with self.step("KEDA: no work, no worker"):
            self.apply()
            autoscaling.make_quick()
            autoscaling.idle(replicas)
            replicas.seen = [0]
        with self.step("KEDA: a sweep, three workers"):
            sweep_id = self.launch(LONG[0])
            autoscaling.up(replicas)
        with self.step("KEDA: the end of the sweep, no worker"):
            self.finished(sweep_id)
            autoscaling.idle(replicas)
            autoscaling.quiet(replicas)
        print(f"  workers: {replicas.seen}; conditions: {autoscaling.status()}", flush=True)
        autoscaling.in_order(replicas.seen)
        self.check(LONG[0], sweep_id)

    def versions(self) -> None:
        """Workers of two library versions, then a dashboard and workers of the product's next version, and back."""
        xgboost, lightgbm = FEW["xgboost"], FEW["lightgbm"]
        with self.step("apply until everything is ready"):
            self.apply()
            self.everything_ready()
        with self.step("a worker with an older XGBoost beside"):
            versions.start_older("boostgrid-worker:e2e-older")
        with self.step("a sweep for one of them, and one for both"):
            sweeps = [(declared, self.launch(declared)) for declared in (lightgbm, xgboost)]
            for _, sweep_id in sweeps:
                self.finished(sweep_id)
        versions.expect("workers of both", versions.workers_of(sweeps[0][1]), {"worker", versions.OLDER})
        versions.expect("workers of one", versions.workers_of(sweeps[1][1]), {"worker"})
        with self.step("a sweep that no live worker can do"):
            self.scale_to(0)
            waiting = self.launch(xgboost | {"seed": 8})
            print(f"  {versions.nobody_takes(waiting)}", flush=True)
            versions.healthy(versions.OLDER)
        with self.step("its worker comes back"):
            self.scale_to(1)
            sweeps.append((xgboost | {"seed": 8}, waiting))
            self.finished(waiting)
            versions.stop_older()
        with self.step("a dashboard of the next version over workers of this one"):
            begun = self.launch(xgboost | {"seed": 9})
            self.some_done(begun, 1)
            versions.set_image("dashboard", "boostgrid-dashboard:e2e-newer")
            later = self.launch(xgboost | {"seed": 10})
            self.finished(begun)
            print(f"  {versions.nobody_takes(later)}", flush=True)
        with self.step("workers of the next version"):
            versions.set_image("worker", "boostgrid-worker:e2e-newer")
            self.finished(later)
        with self.step("the dashboard of before again"):
            versions.set_image("dashboard", "boostgrid-dashboard:e2e-1")
            sweeps += [(xgboost | {"seed": 9}, begun), (xgboost | {"seed": 10}, later)]
            for declared, sweep_id in sweeps:
                self.check(declared, sweep_id)

    def scale_to(self, workers: int) -> None:
        """Scale as the Cluster page does, and wait until the deployment has so many."""
        in_dashboard("python", "-", str(workers), stdin=_SCALE)
        until(f"{workers} workers", lambda: len(versions.pods_of("worker")) == workers, _BROKEN)
        if workers:
            self.everything_ready()

    def _list_components(self, *components: str) -> None:
        file = self._root / "k8s/overlays/local/kustomization.yaml"
        overlay = yaml.safe_load(file.read_text())
        overlay["components"] = [f"../../components/{each}" for each in components]
        file.write_text(yaml.safe_dump(overlay))

    @contextmanager
    def _drained(self) -> Iterator[None]:
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


def main() -> int:
    """Play the story; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the copy of k8s/ and tests/e2e/ that is applied")
    parser.add_argument("--overlay", required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--components", action="store_true")
    parser.add_argument("--versions", action="store_true")
    arguments = parser.parse_args()
    begun = time.monotonic()
    try:
        story = Story(arguments.root, arguments.overlay)
        if arguments.components:
            story.components()
        elif arguments.versions:
            story.versions()
        else:
            story.short()
            if not arguments.short:
                story.long()
    except (Failed, subprocess.TimeoutExpired) as error:
        print(f"FAILED after {time.monotonic() - begun:.0f} s: {error}", file=sys.stderr)
        for command in (("get", "pods", "-o", "wide"), ("get", "events", "--sort-by=.lastTimestamp")):
            print("\n".join(kubectl(*command).splitlines()[-40:]), file=sys.stderr)
        return 1
    print(f"all of it: {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
