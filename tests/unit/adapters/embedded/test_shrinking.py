"""The embedded file gives back what deletions free, also one from before it was made for that."""

from __future__ import annotations

import logging
import sqlite3
import threading

import pytest

from shared.adapters.embedded import EmbeddedStore
from shared.adapters.embedded import database as database_module
from shared.domain import DatasetInfo
from shared.testing import make_outcome, make_sweep
from tests.support.stores import T0, A

MIB = 2**20


def dataset(content_hash: str) -> DatasetInfo:
    return DatasetInfo(
        content_hash=content_hash, name="mine", rows=3, columns={"x": "number"}, size_bytes=7, stored_at=T0
    )


def size(path) -> int:
    """Return the bytes of the file and of its log."""
    return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "b.sqlite"


@pytest.fixture
def store(path):
    store = EmbeddedStore(path)
    yield store
    store.close()


def fill(store: EmbeddedStore, count: int = 4) -> None:
    for number in range(count):
        store.save_dataset(dataset(str(number) * 64), bytes(4 * MIB))


def test_the_file_shrinks_with_each_data_set_that_is_deleted(store, path):
    empty = size(path) if path.exists() else 0
    fill(store)
    assert size(path) > 16 * MIB
    for left in (3, 2, 1, 0):
        store.delete_dataset(str(left) * 64)
        assert size(path) < empty + (4 * left + 1) * MIB
    fill(store, 1)
    assert store.load_dataset("0" * 64)[1] == bytes(4 * MIB)


def test_a_file_from_before_it_could_shrink_does_so_too(path):
    old = sqlite3.connect(path)
    old.execute("PRAGMA journal_mode=WAL")
    old.execute("CREATE TABLE IF NOT EXISTS datasets (content_hash TEXT PRIMARY KEY, info TEXT, parquet BLOB)")
    old.execute(
        "INSERT INTO datasets VALUES (?, ?, zeroblob(?))", ("0" * 64, dataset("0" * 64).model_dump_json(), 9 * MIB)
    )
    old.commit()
    assert old.execute("PRAGMA auto_vacuum").fetchone() == (0,)
    old.close()

    store = EmbeddedStore(path)
    store.save_dataset(dataset("1" * 64), bytes(MIB))
    store.delete_dataset("0" * 64)
    assert size(path) < 3 * MIB
    assert store.load_dataset("1" * 64)[1] == bytes(MIB)
    store.close()


def test_the_file_shrinks_with_a_large_sweep(store, path):
    store.save_sweep(make_sweep(A))
    store.record(A, [make_outcome(number, worker="w" * 2000) for number in range(3000)])
    before = size(path)
    store.delete_sweep(A)
    assert size(path) < before / 4


def test_others_go_on_while_it_shrinks_and_a_file_that_is_busy_keeps_its_size(store, path, monkeypatch, caplog):
    fill(store, 1)
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    impatient = EmbeddedStore(path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM datasets").fetchone()
    assert impatient.delete_dataset("0" * 64) is True  # the log cannot be emptied while it is read
    done = threading.Event()
    threading.Thread(target=lambda: (store.save_sweep(make_sweep(A)), done.set())).start()
    assert done.wait(20)
    reader.execute("COMMIT")
    reader.close()
    assert impatient.datasets() == []

    writer = sqlite3.connect(path, isolation_level=None)
    monkeypatch.setattr(
        impatient._database,
        "shrink",
        lambda shrink=impatient._database.shrink: (writer.execute("BEGIN IMMEDIATE"), shrink()),
    )
    fill(store, 1)
    with caplog.at_level(logging.WARNING):
        assert impatient.delete_dataset("0" * 64) is True
    assert "keeps its size for now: database is locked" in caplog.text
    writer.close()
    assert impatient.datasets() == []
    impatient.close()
