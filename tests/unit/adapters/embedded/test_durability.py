"""What survives a power cut: a commit of store and queue is flushed, a consumer's with the next of those."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.adapters.embedded import EmbeddedStore, EmbeddedTaskQueue

#: SQLite's numbers
NORMAL, FULL = 1, 2


def synchronous(owner: object) -> tuple[str, int]:
    connection = owner._database.connection()
    mode, level = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous"))
    return mode, level


@pytest.mark.parametrize("kind", [EmbeddedStore, EmbeddedTaskQueue])
def test_what_the_store_and_a_publisher_commit_is_flushed_to_the_disk(tmp_path: Path, kind) -> None:
    owner = kind(tmp_path / "one.sqlite")
    assert synchronous(owner) == ("wal", FULL)
    owner.close()


def test_what_a_consumer_commits_need_not_be_flushed_at_once(tmp_path: Path) -> None:
    queue = EmbeddedTaskQueue(tmp_path / "one.sqlite")
    consumer = queue.consume()
    assert synchronous(consumer) == ("wal", NORMAL)
    consumer.close()
    queue.close()
