"""Why a pod does not run, in words: what the scheduler and the kubelet say, for people who know neither."""

from __future__ import annotations

import re

#: ``2 Insufficient cpu``, ``1 node(s) had untolerated taint {...}`` in a scheduler's sentence
_COUNTED = re.compile(r"^(\d+) (?:node\(s\) )?(.+?)\.?$")
_NODES = re.compile(r"^0/(\d+) nodes are available: (.*)$", re.DOTALL)
#: the scheduler's phrases, and how a sentence about a node goes on; the first that fits
_SCHEDULING = (
    (re.compile(r"Insufficient cpu"), "too little CPU free"),
    (re.compile(r"Insufficient memory"), "too little memory free"),
    (re.compile(r"Insufficient ephemeral-storage"), "too little disk free for temporary files"),
    (re.compile(r"Too many pods"), "no room for another pod"),
    (re.compile(r"Insufficient (\S+)"), "too little {0} free"),
    (re.compile(r"(?:were|was) unschedulable"), "cordoned (closed to new pods)"),
    (re.compile(r"untolerated taint\(?s?\)? ?\{?([^}]*)\}?"), "reserved by a taint ({0})"),
    (re.compile(r"didn't match Pod's node affinity/selector"), "not one that the pod may run on (node selector)"),
    (re.compile(r"didn't match pod topology spread"), "not where an even spread wants the next pod"),
    (re.compile(r"didn't match pod anti-affinity"), "already has a pod that this one keeps away from"),
    (re.compile(r"volume node affinity conflict"), "cannot reach the pod's volume"),
    (re.compile(r"didn't have free ports"), "has the port in use"),
)
_VOLUMES = re.compile(r"unbound immediate PersistentVolumeClaims|persistentvolumeclaim \"?([\w.-]+)\"? not found")
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
    which = "the only node" if nodes == 1 else f"none of {nodes} nodes"
    if nodes == 1:
        return f"No place: of the only node: {'; '.join(part.split(' ', 1)[-1] for part in parts)}."
    return f"No place on {which}: {'; '.join(parts)}."


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
