"""The composition root: what the pages get behind the ports. Each is opened once for all sessions.

An opening that fails is not kept, so a page that asks again after an outage gets a new one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.admitted import ADMITTED
from dashboard.cluster import Cluster
from dashboard.cluster.local.processes import LocalProcesses
from dashboard.sentences import sentence
from dashboard.sign_in import Claims, actor_of
from shared.adapters.backends import open_queue, open_store
from shared.adapters.oidc import read_auth
from shared.domain import Action, Actor, Role
from shared.errors import NotAllowed
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


def claims() -> Claims:
    """Return what the provider said of whoever is signed in in this window."""
    return Claims(st.user.to_dict())


def actor() -> Actor:
    """Return who asks on this page, looked at anew each time: a session ends while its page is open.

    Without a sign-in it is whoever reaches the dashboard. Raises SignInNeeded and NoRole.
    """
    if settings().oidc_secrets is None:
        return Actor(name="dashboard", role=Role.OPERATOR)
    return actor_of(claims(), settings(), datetime.now(UTC))


def note_visitor(*, let_in: bool) -> None:
    """Note whether the gate let this session in: only then may its browser upload."""
    context = get_script_run_ctx()
    if context is not None and runtime.exists():
        ADMITTED.note(context.session_id, let_in, runtime.get_instance().is_active_session)


def refusal(action: Action) -> str | None:
    """Return why whoever asks may not do that, for a button that is disabled; None where they may."""
    who = actor()
    return None if who.may(action) else sentence(str(NotAllowed.by_role(who.name, who.role, action)))


def redirect_host() -> str | None:
    """Return host and port to which a sign-in leads back."""
    path = settings().oidc_secrets
    return None if path is None else urlsplit(str(read_auth(path)["redirect_uri"])).netloc


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
