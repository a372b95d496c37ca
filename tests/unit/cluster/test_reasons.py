"""The scheduler's sentences in words."""

from __future__ import annotations

import pytest

from dashboard.cluster.kubernetes.reasons import refused, unscheduled


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
            "2 Insufficient memory. no new claims to deallocate, preemption: 0/3 nodes are available: ...",
            "None of 3 nodes takes it: 1 reserved by a taint (node-role.kubernetes.io/control-plane), "
            "2 with too little memory free.",
        ),
        ("0/1 nodes are available: 1 Insufficient cpu.", "The only node does not take it: with too little CPU free."),
        (
            "0/2 nodes are available: 2 Insufficient nvidia.com/gpu.",
            "None of 2 nodes takes it: 2 with too little nvidia.com/gpu free.",
        ),
        (
            "0/2 nodes are available: 2 node(s) had volume node affinity conflict.",
            "None of 2 nodes takes it: 2 out of reach of the pod's volume.",
        ),
        ("0/2 nodes are available: 2 a new phrase.", "None of 2 nodes takes it: 2 a new phrase."),
        ("no nodes available to schedule pods", "no nodes available to schedule pods"),
        ("", "No node was found yet."),
    ],
)
def test_why_no_node_takes_a_pod(message, words):
    assert unscheduled(message) == words


def test_a_claim_without_a_volume_asks_for_a_storage_class():
    message = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    assert "StorageClass" in unscheduled(message)


def test_a_quota_that_withholds_pods_is_told_in_words():
    message = (
        'pods "worker-x-9flsc" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=7, limited: pods=7'
    )
    assert refused(message) == "The quota tight withholds pods: 7 of 7 pods in use, and another asks for 1 more."
    assert refused("no matches for kind") == "no matches for kind"
