"""A service that was just started is waited for without alarm."""

import logging

import pytest

from shared.errors import ServiceUnavailable, UnreadableRecord
from worker.parent import outages
from worker.parent.outages import UntilAvailable


@pytest.mark.parametrize(("quiet", "level"), [(15.0, "INFO"), (0.0, "WARNING")])
def test_the_first_seconds_of_an_outage_are_no_warning(monkeypatch, caplog, quiet, level):
    monkeypatch.setattr(outages, "_QUIET_SECONDS", quiet)
    caplog.set_level(logging.INFO)
    errors = [ServiceUnavailable("MongoDB", "connection refused", "Check that it runs.")]

    def ask():
        if errors:
            raise errors.pop()
        return "an answer"

    assert UntilAvailable(meanwhile=lambda: None, give_up=lambda: False)(ask) == "an answer"
    assert [record.levelname for record in caplog.records] == [level]
    assert "MongoDB does not answer (connection refused)" in caplog.text


def test_a_record_that_cannot_be_read_is_no_outage_to_wait_out():
    tried = []

    def read():
        tried.append(1)
        raise UnreadableRecord("Attempt", "trial_ids: Field required")

    with pytest.raises(UnreadableRecord, match="Attempt that cannot be read"):
        UntilAvailable(lambda: None, give_up=lambda: False)(read)
    assert len(tried) == 1
