"""The dashboard is closed wherever others reach it, unless somebody said that they may use it."""

from __future__ import annotations

import pytest

from dashboard.access import is_locked, is_loopback


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_on_this_machine_alone_it_is_open(address):
    assert is_loopback(address)
    assert not is_locked(address, None)


@pytest.mark.parametrize("address", [None, "0.0.0.0", "::", "10.1.2.3", "::ffff:0:0", "localhost.example.com", ""])  # noqa: S104
def test_where_others_reach_it_it_is_locked_until_told_otherwise(address):
    assert is_locked(address, None)
    assert not is_locked(address, "operator")
