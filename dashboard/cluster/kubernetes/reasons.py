"""Why a pod does not run, in words: what the scheduler and the kubelet say, for people who know neither."""

from __future__ import annotations

import re

#: ``2 Insufficient cpu``, ``1 node(s) had untolerated taint {...}`` in a scheduler's sentence
_COUNTED = re.compile(r"^(\d+) (?:node\(s\) )?(.+?)\.?$")
_NODES = re.compile(r"^0/(\d+) nodes are available: (.*)$", re.DOTALL)
#: the scheduler's phrases, and what they say of a node in words; the first that fits
_SCHEDULING = (
    (re.compile(r"Insufficient cpu"), "with too little CPU free"),
    (re.compile(r"Insufficient memory"), "with too little memory free"),
    (re.compile(r"Insufficient ephemeral-storage"), "with too little disk free for temporary files"),
    (re.compile(r"Too many pods"), "with no room for another pod"),
    (re.compile(r"Insufficient (\S+)"), "with too little {0} free"),
    (re.compile(r"(?:were|was) unschedulable"), "cordoned (closed to new pods)"),
    (re.compile(r"untolerated taint\(?s?\)? ?\{?([^}]*)\}?"), "reserved by a taint ({0})"),
    (re.compile(r"didn't match Pod's node affinity/selector"), "excluded by the pod's node selector"),
    (re.compile(r"didn't match pod topology spread"), "where an even spread wants no more"),
    (re.compile(r"didn't match pod anti-affinity"), "with a pod that this one keeps away from"),
    (re.compile(r"volume node affinity conflict"), "out of reach of the pod's volume"),
    (re.compile(r"didn't have free ports"), "with the pod's port in use"),
)
_VOLUMES = re.compile(r"unbound immediate PersistentVolumeClaims|persistentvolumeclaim \"?([\w.-]+)\"? not found")
#: how the quota's admission says that it refused a pod
_QUOTA = re.compile(r"exceeded quota: (\S+), requested: (\S+), used: (\S+), limited: (\S+)")
#: a container's waiting reasons
_WAITING = {
    "ContainerCreating": "Its container is being created.",
    "PodInitializing": "Its init containers run.",
    "ImagePullBackOff": "Its image cannot be pulled; tried again with growing pauses.",
    "ErrImagePull": "Its image cannot be pulled.",
    "ErrImageNeverPull": "Its image is not on the node and may not be pulled.",
    "InvalidImageName": "Its image's name is not valid.",
    "CrashLoopBackOff": "It keeps ending; started again with growing pauses.",
    "CreateContainerConfigError": "Its ConfigMap or Secret is missing or lacks a key.",
    "CreateContainerError": "Its container cannot be created.",
    "RunContainerError": "Its container cannot be started.",
}


def unscheduled(message: str) -> str:
    """Return the scheduler's ``message`` (``0/2 nodes are available: ...``) in words."""
    if _VOLUMES.search(message):
        return "Its volume is not there yet: the claim is unbound. Is there a default StorageClass?"
    counted = _NODES.match(message)
    if counted is None:
        return message or "No node was found yet."
    nodes, rest = int(counted[1]), re.split(r"\bpreemption:", counted[2])[0]
    if not nodes:
        return "The cluster has no node."
    parts = []
    for phrase in re.split(r", (?=\d)", rest.strip().rstrip(".")):
        found = _COUNTED.match(phrase.strip())
        if found:
            parts.append(f"{found[1]} {_of_a_node(found[2])}")
        elif phrase.strip():
            parts.append(phrase.strip())
    if nodes == 1:
        return f"The only node does not take it: {', '.join(part.split(' ', 1)[-1] for part in parts)}."
    return f"None of {nodes} nodes takes it: {', '.join(parts)}."


def refused(message: str) -> str:
    """Return why no pod could be made, in words, where the namespace's quota is why; else the message itself."""
    found = _QUOTA.search(message)
    if found is None:
        return message
    amounts = [dict(part.split("=", 1) for part in each.split(",")) for each in found.groups()[1:]]
    asked, used, limit = amounts
    uses = "; ".join(f"{used.get(name, '0')} of {limit.get(name, '?')} {name} in use" for name in asked)
    return f"The quota {found[1]} withholds pods: {uses}, and another asks for {', '.join(asked.values())} more."


def waiting(reason: str, message: str = "") -> str:
    """Return why a container waits, in words, with what the kubelet adds."""
    words = _WAITING.get(reason, f"It waits: {reason}." if reason else "It waits.")
    # what the kubelet says of a back-off is the words again
    return words if not message or reason == "CrashLoopBackOff" else f"{words} {message}"


def _of_a_node(phrase: str) -> str:
    for pattern, words in _SCHEDULING:
        if found := pattern.search(phrase):
            return words.format(*(group.strip(" :") for group in found.groups()))
    return phrase
