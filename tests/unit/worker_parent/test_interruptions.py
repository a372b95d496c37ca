"""What broke a worker's subscription is in its report."""

from datetime import UTC, datetime

from shared.ports import Interruption


def test_a_worker_reports_what_broke_its_subscription_last(bench, monkeypatch):
    b = bench()
    b.task(b.sweep())
    b.until_settled()
    b.pass_time(10)
    assert b.store.workers()[0].interruption is None

    interruption = Interruption(reason="the broker ended the subscription", at=datetime.now(UTC))
    monkeypatch.setattr("shared.testing.queue.InMemoryTaskConsumer.interruption", lambda _: interruption)
    b.pass_time(10)

    assert b.store.workers()[0].interruption == interruption
