"""Every edge of docs/components.md on a cluster that enforces policies: what is open connects, the rest does not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.e2e.kubectl import NAMESPACE, Failed, kubectl, objects, ready_pods, until

#: within so many seconds a connection is there or counts as blocked; some enforcers refuse, others drop
WITHIN_SECONDS = 3

#: who may connect to which port of the namespace's pods, by the policies of the component alone
OPEN = {
    "dashboard": {"rabbitmq:5672", "mongodb:27017"},
    "worker": {"rabbitmq:5672", "mongodb:27017"},
    "rabbitmq": set[str](),
    "mongodb": set[str](),
    "another pod": set[str](),
    "another namespace": set[str](),
    "keda": {"rabbitmq:15672"},
    "keda's other pods": set[str](),
    "monitoring": {"rabbitmq:15692"},
    "ingress": {"dashboard:8501"},
}
#: what the component `monitoring` opens beside
METRICS = {"monitoring": {"dashboard:9464", "worker:9464"}}
#: who may leave the namespace, and where to
OUTSIDE = {"dashboard": {"dns:53", "api:443+"}, "worker": {"dns:53"}}

_PORTS = {"rabbitmq": (5672, 15672, 15692), "mongodb": (27017,), "dashboard": (8501,), "worker": (9999,)}
_METRICS_PORTS = {"dashboard": (8501, 9464), "worker": (9999, 9464)}
_OWN = ("dashboard", "worker", "rabbitmq", "mongodb")
#: pods that are made for the test: namespace and labels
_PROBES: dict[str, tuple[str, dict[str, str]]] = {
    "another pod": (NAMESPACE, {}),
    "another namespace": ("edges-elsewhere", {}),
    "keda": ("keda", {"app": "keda-operator"}),
    "keda's other pods": ("keda", {"app": "other"}),
    "monitoring": ("monitoring", {}),
    "ingress": ("ingress-nginx", {}),
}
_CONNECT = f"""
for each in "$@"; do
  (timeout {WITHIN_SECONDS} bash -c "exec 3<>/dev/tcp/${{each%:*}}/${{each##*:}}" 2>/dev/null && echo "$each") &
done
wait
"""


def expected(source: str, nodeport: bool, metrics: bool = False) -> set[str]:
    """Return what the source reaches; with a NodePort everybody outside the namespace reaches the dashboard."""
    scraped = METRICS.get(source, set()) if metrics else set()
    outside = source in _PROBES and _PROBES[source][0] != NAMESPACE
    return OPEN[source] | scraped | OUTSIDE.get(source, set()) | ({"dashboard:8501"} if nodeport and outside else set())


def check(image: str, nodeport: bool, metrics: bool = False) -> int:
    """Try every edge from every source; return how many were tried. Raises Failed with all that differ.

    ``metrics``: whether the component ``monitoring`` is applied.
    """
    with _probes(image), _listening_worker():
        addresses = _addresses(_PORTS | _METRICS_PORTS if metrics else _PORTS)
        wrong, tried = [], 0
        for source in OPEN:
            inside = source not in _PROBES or _PROBES[source][0] == NAMESPACE
            targets = {
                name: address
                for name, address in addresses.items()
                # a pod reaches itself always; where others may go outside is not ours to say
                if name.partition(":")[0] != source and (inside or name.partition(":")[0] in _PORTS)
            }
            reached = _reached(source, targets)
            tried += len(targets)
            wanted = expected(source, nodeport, metrics)
            wrong += [f"{source} reaches {name}" for name in sorted(reached - wanted)]
            wrong += [f"{source} does not reach {name}" for name in sorted(wanted - reached)]
            if source in _OWN:
                tried += 1
                if _resolves(source) is not ("dns:53" in wanted):
                    wrong.append(f"{source} {'does not resolve' if 'dns:53' in wanted else 'resolves'} names (UDP)")
    if wrong:
        raise Failed("; ".join(wrong))
    return tried


def _addresses(pods: Mapping[str, Sequence[int]]) -> dict[str, str]:
    found = {}
    for name, ports in pods.items():
        (pod, *_) = ready_pods(name)
        address = kubectl("get", "pod", pod, "-o", "jsonpath={.status.podIP}")
        found |= {f"{name}:{port}": f"{address}:{port}" for port in ports}
    dns = kubectl(
        "get", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "-o", "jsonpath={.items[0].status.podIP}"
    )
    endpoints = json.loads(kubectl("get", "endpoints", "-n", "default", "kubernetes", "-o", "json"))["subsets"][0]
    api = f"{endpoints['addresses'][0]['ip']}:{endpoints['ports'][0]['port']}"
    return {**found, "dns:53": f"{dns}:53", "api:443+": api, "a node's credentials": "169.254.169.254:443"}


def _exec(source: str, *command: str, stdin: str = "") -> str:
    if source in _PROBES:
        namespace, pod, container = _PROBES[source][0], _pod_name(source), "probe"
    else:
        namespace, pod = NAMESPACE, ready_pods(source)[0]
        container = "users" if source == "mongodb" else source
    return kubectl("exec", "-i", "-n", namespace, pod, "-c", container, "--", *command, stdin=stdin)


def _reached(source: str, targets: dict[str, str]) -> set[str]:
    answered = set(_exec(source, "bash", "-s", *targets.values(), stdin=_CONNECT).split())
    return {name for name, address in targets.items() if address in answered}


def _resolves(source: str) -> bool:
    script = f"timeout {WITHIN_SECONDS} getent hosts rabbitmq.{NAMESPACE}.svc.cluster.local >/dev/null && echo yes"
    return "yes" in _exec(source, "bash", "-c", f"{script} || true")


def _pod_name(source: str) -> str:
    return "edges-" + "".join(letter if letter.isalnum() else "-" for letter in source)


@contextmanager
def _listening_worker() -> Iterator[None]:
    """Open a port in a worker, which has none: a closed one would refuse whatever the policies say."""
    pod = ready_pods("worker")[0]
    command = ["kubectl", "-n", NAMESPACE, "exec", pod, "-c", "worker", "--", "timeout", "600", "python", "-m"]
    listener = subprocess.Popen([*command, "http.server", "9999"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    probe = "exec 3<>/dev/tcp/127.0.0.1/9999 && echo open"
    try:
        until("a port of a worker", lambda: "open" in _exec("worker", "bash", "-c", probe), 60)
        yield
    finally:
        listener.kill()
        listener.wait()


@contextmanager
def _probes(image: str) -> Iterator[None]:
    """Make the pods that connect, and the namespaces that are missing; leave none behind."""
    there = {each["metadata"]["name"] for each in objects("namespaces")}
    made = {namespace for namespace, _ in _PROBES.values()} - there
    try:
        for namespace in sorted(made):
            kubectl("create", "namespace", namespace)
        for source, (namespace, labels) in _PROBES.items():
            kubectl("apply", "-n", namespace, "-f", "-", stdin=json.dumps(_pod(_pod_name(source), labels, image)))
        for source, (namespace, _) in _PROBES.items():
            kubectl("wait", "-n", namespace, "--for=condition=Ready", f"pod/{_pod_name(source)}", "--timeout=120s")
        yield
    finally:
        for source, (namespace, _) in _PROBES.items():
            kubectl("delete", "pod", "-n", namespace, _pod_name(source), "--ignore-not-found", "--grace-period=0")
        for namespace in sorted(made):
            kubectl("delete", "namespace", namespace, "--ignore-not-found", "--timeout=150s")


def _pod(name: str, labels: dict[str, str], image: str) -> dict[str, object]:
    security = {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {
        "name": "probe",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["tini", "--", "sleep", "3600"],
        "securityContext": security,
    }
    metadata = {"name": name, "labels": labels | {"app.kubernetes.io/part-of": "boostgrid-edges"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"automountServiceAccountToken": False, "containers": [container]},
    }
