"""The stories that `run.sh` plays on a cluster."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e import autoscaling, edges, everything, storm, versions
from tests.e2e.kubectl import Failed, component, kubectl, objects, ready_pods
from tests.e2e.steps import FEW, LONG, SHORT, Steps


class Story(Steps):
    """The stories, on one cluster."""

    def short(self) -> None:
        """Apply, a sweep, a scale and a rollout in its midst, the ledger."""
        with self.step("apply until everything is ready"):
            self.apply()
            self.everything_ready()
        with self.step("apply again changes nothing"):
            before = self.applied_versions()
            self.apply()
            if changed := self.applied_versions() ^ before:
                raise Failed(f"the second apply changed {changed}")
        with self.step("launch"):
            sweep_id = self.launch(SHORT)
        with self.step("first trial"):
            self.some_done(sweep_id, 1)
        with self.step("scale to 2"):
            self.scale(2)
        with self.step("a new image in its midst"):
            self.say_done(sweep_id)
            self.roll_out("e2e-2")
            self.everything_ready()
            self.say_done(sweep_id)
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
            self.say_done(*(sweep_id for _, sweep_id in sweeps))
        with self.step("scale to 1"):
            self.scale(1)
        with self.drained(), self.step("the end of both sweeps on one node"):
            for _, sweep_id in sweeps:
                self.finished(sweep_id)
        for declared, sweep_id in sweeps:
            self.check(declared, sweep_id)

    def components(self) -> None:
        """Closed networks, then KEDA, with sweeps in both; the cluster has an enforcer and KEDA."""
        self.list_components("network-policies")
        with self.step("apply with network-policies until everything is ready"):
            self.apply()
            self.everything_ready()
        image = objects("deployments", component("worker"))[0]["spec"]["template"]["spec"]["containers"][0]["image"]
        with self.step("every edge, the dashboard's port open"):
            print(f"  {edges.check(image, nodeport=True)} connections tried", flush=True)
        with self.step("every edge, the dashboard's port open to the ingress"):
            kubectl("apply", "-f", str(self.root / "k8s/components/network-policies/dashboard.yaml"))
            print(f"  {edges.check(image, nodeport=False)} connections tried", flush=True)
        self.list_components("network-policies", "keda")
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


def main() -> int:
    """Play the story; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the copy of k8s/ and tests/e2e/ that is applied")
    parser.add_argument("--overlay", required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--components", action="store_true")
    parser.add_argument("--versions", action="store_true")
    parser.add_argument("--everything", action="store_true")
    parser.add_argument("--storm", type=float, metavar="MINUTES")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    begun = time.monotonic()
    try:
        story = Story(arguments.root, arguments.overlay)
        if arguments.components:
            story.components()
        elif arguments.versions:
            story.versions()
        elif arguments.everything:
            everything.play(story)
        elif arguments.storm:
            storm.play(story, arguments.storm, arguments.seed)
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
