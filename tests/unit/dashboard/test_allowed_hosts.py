"""Under which host names the websocket opens."""

from __future__ import annotations

import socket

import pytest
from pydantic import ValidationError

from dashboard.access import allowed_hosts
from shared.settings import DashboardSettings, explain

ALWAYS = ["localhost", "127.0.0.1", "::1"]
EVERYWHERE = "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", EVERYWHERE])
def test_those_that_are_named_and_this_machine_for_port_forward(address: str) -> None:
    named = allowed_hosts(address, "b.example.com, *.lab.example.com", "sign-in.example.com", True)
    assert named == [*ALWAYS, "b.example.com", "*.lab.example.com", "sign-in.example.com"]


def test_on_loopback_nothing_else() -> None:
    assert allowed_hosts("127.0.0.1", None, None, False) == ALWAYS


def test_beyond_loopback_the_machines_own_names_and_in_a_pod_any() -> None:
    assert {socket.gethostname(), *ALWAYS} <= set(allowed_hosts(EVERYWHERE, None, None, False))
    assert allowed_hosts(EVERYWHERE, None, None, True) == []


@pytest.mark.parametrize("hosts", ["https://b.example.com", "b.example.com,", "b.example.com c"])
def test_what_is_no_host_name_is_refused(hosts: str) -> None:
    with pytest.raises(ValidationError) as error:
        DashboardSettings(hosts=hosts)
    assert explain(error.value).startswith("BOOSTGRID_HOSTS: ")


def test_a_sign_in_and_everybody_exclude_each_other() -> None:
    with pytest.raises(ValidationError) as error:
        DashboardSettings(oidc_secrets="/x", anonymous="operator")
    assert "unset one" in explain(error.value)
