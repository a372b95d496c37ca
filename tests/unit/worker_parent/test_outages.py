"""A service that was just started is waited for without alarm."""

import logging

import pytest

from shared.errors import ServiceUnavailable
from worker.parent import outages
from worker.parent.outages import Outlasting


@pytest.mark.parametrize(("quiet", "level"), [(15.0, "INFO"), (0.0, "WARNING")])
def test_the_first_seconds_of_an_outage_are_no_warning(monkeypatch, caplog, quiet, level):
    monkeypatch.setattr(outages, "_QUIET_SECONDS", quiet)
    caplog.set_level(logging.INFO)
    errors = [ServiceUnavailable("MongoDB", "connection refused", "Check that it runs.")]

    def ask():
        if errors:
            raise errors.pop()
        return "an answer"

    assert Outlasting(meanwhile=lambda: None, give_up=lambda: False)(ask) == "an answer"
    assert [record.levelname for record in caplog.records] == [level]
    assert "MongoDB does not answer (connection refused)" in caplog.text
