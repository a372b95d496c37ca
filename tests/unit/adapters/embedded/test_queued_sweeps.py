"""Which sweeps have a queue: asked every second by every worker."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shared.adapters.embedded import EmbeddedStore
from shared.testing import make_sweep


@pytest.mark.parametrize("damaged", ["'{'", "CAST(x'7bff' AS TEXT)", "''"])
def test_a_damaged_sweep_does_not_hide_the_queues_of_others(tmp_path: Path, damaged: str) -> None:
    path = tmp_path / "one.sqlite"
    store = EmbeddedStore(path)
    for sweep_id in ("first-000001", "second-000002"):
        store.save_sweep(make_sweep(sweep_id, queued=True))
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE sweeps SET body = {damaged} WHERE sweep_id = 'first-000001'")  # noqa: S608
    connection.close()
    assert [queued.sweep_id for queued in store.queued_sweeps()] == ["second-000002"]
    store.close()


def test_those_that_have_ended_are_not_looked_at(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "one.sqlite")
    asked: list[str] = []
    store._database.connection().set_trace_callback(asked.append)
    store.queued_sweeps()
    (query,) = [statement for statement in asked if statement.startswith("SELECT")]
    plan = store._database.connection().execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert [row["detail"] for row in plan] == ["SCAN sweeps USING INDEX sweeps_with_queue"]
    store.close()
