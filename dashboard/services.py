"""The composition root: what the pages get behind the ports. Each is opened once for all sessions.

An opening that fails is not kept, so a page that asks again after an outage gets a new one.
"""

from __future__ import annotations

import streamlit as st

from dashboard.cluster import Cluster
from dashboard.cluster.local.processes import LocalProcesses
from shared.adapters.backends import open_queue, open_store
from shared.domain import Actor, Role
from shared.logs import set_up_logs
from shared.ports import Store, TaskQueue
from shared.settings import DashboardSettings


@st.cache_resource(show_spinner=False)
def settings() -> DashboardSettings:
    """Return the environment, read once; from then on this process logs as it says."""
    read = DashboardSettings()
    set_up_logs(read)
    return read


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """Return the store. Raises ServiceUnavailable."""
    return open_store(settings())


@st.cache_resource(show_spinner=False)
def queue() -> TaskQueue:
    """Return the queue. Raises ServiceUnavailable."""
    return open_queue(settings())


def actor() -> Actor:
    """Return who asks on this page: whoever reaches a dashboard without sign-in."""
    return Actor(name="dashboard", role=Role.OPERATOR)


@st.cache_resource(show_spinner=False)
def cluster() -> Cluster:
    """Return what runs the workers. Raises ServiceUnavailable where Kubernetes should and cannot be found."""
    if not settings().on_kubernetes:
        return LocalProcesses(settings().home, settings().local_workers_max)
    # its client takes two seconds to import, which one machine does without
    from dashboard.cluster.kubernetes.adapter import KubernetesCluster
    from dashboard.cluster.kubernetes.connecting import connect, own_namespace

    namespace = settings().namespace or own_namespace()
    return KubernetesCluster(connect(settings().kubeconfig), namespace, settings().workers_max)
