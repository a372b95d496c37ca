"""A dead letter is shown whatever its headers say: anybody who reaches the broker may have written them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pika import BasicProperties

from shared.adapters.rabbitmq import Topology


def test_the_time_of_a_dead_letter_is_in_seconds():
    letter = Topology().dead_letter(BasicProperties(timestamp=1_767_225_600), b"{}")
    assert letter.died_at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("timestamp", [1_767_225_600_000, 2**63, None])
def test_a_time_that_no_calendar_has_is_left_out(timestamp):
    assert Topology().dead_letter(BasicProperties(timestamp=timestamp), b"{}").died_at is None
