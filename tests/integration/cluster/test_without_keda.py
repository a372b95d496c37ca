"""Where KEDA is not installed, or comes and goes: the slider works, and the page says what to install."""

from __future__ import annotations

import pytest

from dashboard.cluster import ScalingRefused
from dashboard.cluster.kubernetes import autoscaler
from dashboard.cluster.kubernetes.permissions import AUTOSCALING_RULES, RULES
from tests.integration.cluster.test_keda import new
from tests.integration.cluster.test_kubernetes import gaps, soon
from tests.support.keda_kinds import keda_installed

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")


def test_without_kedas_kinds_it_says_how_to_install_and_the_slider_works(api_server):
    namespace = new(api_server)
    namespace.grant(*RULES, *AUTOSCALING_RULES)
    cluster = namespace.cluster()
    state = cluster.state()
    assert state.autoscaling is None
    assert "KEDA is not installed" in state.no_autoscaling
    assert "k8s/components/keda" in state.no_autoscaling
    assert "autoscaling" not in gaps(state)
    cluster.scale(3, shown=2)
    assert namespace.replicas() == 3
    for change in (lambda: cluster.set_automatic(False), lambda: cluster.set_limits(0, 2)):
        with pytest.raises(ScalingRefused, match="KEDA is not installed"):
            change()


def test_keda_that_comes_and_goes_is_noticed(api_server, monkeypatch):
    monkeypatch.setattr(autoscaler, "INSTALLED_SECONDS", 0.5)
    namespace = new(api_server)
    namespace.grant(*RULES, *AUTOSCALING_RULES)
    cluster = namespace.cluster()
    assert "KEDA is not installed" in cluster.state().no_autoscaling
    with keda_installed(api_server.admin()):
        soon(cluster, lambda state: "no ScaledObject" in state.no_autoscaling)
        with pytest.raises(ScalingRefused, match="no ScaledObject"):
            cluster.set_automatic(False)
    soon(cluster, lambda state: "KEDA is not installed" in state.no_autoscaling)
