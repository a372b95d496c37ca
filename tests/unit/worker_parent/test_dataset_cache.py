import os
import time
from datetime import UTC, datetime

import pytest

from shared.domain import DatasetInfo
from shared.errors import DatasetError
from shared.testing import InMemoryStore
from worker.parent.dataset_cache import DatasetCache, UnusableCopy

HASH = "a" * 64
PARQUET = b"PAR1 a table PAR1"
MANY = 10_000


class CountingStore(InMemoryStore):
    loads = 0

    def load_dataset(self, content_hash):
        self.loads += 1
        return super().load_dataset(content_hash)


@pytest.fixture
def store():
    store = CountingStore()
    store.save_dataset(info(len(PARQUET)), PARQUET)
    return store


def info(size: int) -> DatasetInfo:
    return DatasetInfo(
        content_hash=HASH, name="a table", rows=1, columns={}, size_bytes=size, stored_at=datetime.now(UTC)
    )


def test_a_table_is_fetched_once_for_all_workers_of_a_machine(store, tmp_path):
    first, second = DatasetCache(tmp_path, store, MANY), DatasetCache(tmp_path, store, MANY)
    assert first.path(HASH) == first.path(HASH) == second.path(HASH) == tmp_path / "datasets" / f"{HASH}.parquet"
    assert first.path(HASH).read_bytes() == PARQUET
    assert store.loads == 1
    names = {path.name for path in (tmp_path / "datasets").iterdir()}
    assert names == {f"{HASH}.parquet", f"{HASH}.sha256"}


def test_a_file_that_was_deleted_is_fetched_again(store, tmp_path):
    cache = DatasetCache(tmp_path, store, MANY)
    cache.path(HASH).unlink()
    assert cache.path(HASH).read_bytes() == PARQUET


@pytest.mark.parametrize("left", [b"", b"PAR1", b"PAR1 a ta", b"PAR1 a tablf PAR1"])
def test_a_damaged_file_is_fetched_again(store, tmp_path, left):
    DatasetCache(tmp_path, store, MANY).path(HASH).write_bytes(left)
    assert DatasetCache(tmp_path, store, MANY).path(HASH).read_bytes() == PARQUET


def test_every_bit_that_the_disk_changes_is_noticed(store, tmp_path):
    path = DatasetCache(tmp_path, store, MANY).path(HASH)
    for bit in range(8 * len(PARQUET)):
        changed = bytearray(PARQUET)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        assert DatasetCache(tmp_path, store, MANY).path(HASH).read_bytes() == PARQUET
    assert store.loads == 1 + 8 * len(PARQUET)


@pytest.mark.parametrize("check", [None, b"", b"\xff" * 64])
def test_a_copy_without_its_check_is_fetched_again(store, tmp_path, check):
    path = DatasetCache(tmp_path, store, MANY).path(HASH).with_suffix(".sha256")
    if check is None:  # as versions before this one left it
        path.unlink()
    else:
        path.write_bytes(check)
    assert DatasetCache(tmp_path, store, MANY).path(HASH).read_bytes() == PARQUET
    assert DatasetCache(tmp_path, store, MANY).path(HASH).exists()
    assert store.loads == 2


def test_what_comes_with_other_bytes_than_were_stored_is_not_kept(tmp_path):
    store = InMemoryStore()
    store.save_dataset(info(len(PARQUET)).model_copy(update={"parquet_hash": "0" * 64}), PARQUET)
    with pytest.raises(UnusableCopy, match="another SHA-256 than it was stored with"):
        DatasetCache(tmp_path, store, MANY).path(HASH)
    assert not (tmp_path / "datasets" / f"{HASH}.parquet").exists()


def test_what_comes_damaged_from_the_store_is_not_kept(tmp_path):
    store = InMemoryStore()
    store.save_dataset(info(len(PARQUET) + 1), PARQUET)
    with pytest.raises(UnusableCopy, match=r"17 bytes of 18; .* store it again"):
        DatasetCache(tmp_path, store, MANY).path(HASH)
    assert not (tmp_path / "datasets" / f"{HASH}.parquet").exists()


def test_a_table_that_nobody_stored_is_an_error(tmp_path):
    with pytest.raises(DatasetError):
        DatasetCache(tmp_path, InMemoryStore(), MANY).path(HASH)


def test_a_sweep_without_a_stored_table_is_an_error(store, tmp_path):
    with pytest.raises(DatasetError, match="launch it again"):
        DatasetCache(tmp_path, store, MANY).path(None)


def test_a_folder_that_cannot_be_written_is_named(store, tmp_path):
    (tmp_path / "datasets").write_text("in the way")
    with pytest.raises(UnusableCopy, match=r"cannot be kept in .*datasets.*writable"):
        DatasetCache(tmp_path, store, MANY).path(HASH)


@pytest.fixture
def three(store):
    """Three stored tables of 17 bytes each."""
    hashes = [letter * 64 for letter in "bcd"]
    for each in hashes:
        store.save_dataset(info(len(PARQUET)).model_copy(update={"content_hash": each}), PARQUET)
    return hashes


def used(tmp_path, content_hash, seconds_ago):
    then = time.time() - seconds_ago
    os.utime(tmp_path / "datasets" / f"{content_hash}.parquet", (then, then))


def kept(tmp_path):
    return {path.stem[0] for path in (tmp_path / "datasets").iterdir()}


def test_what_was_used_least_recently_makes_room(store, tmp_path, three):
    cache = DatasetCache(tmp_path, store, 3 * len(PARQUET))
    for number, each in enumerate(three):
        cache.path(each)
        used(tmp_path, each, 1_000 - number)
    cache.path(three[0])  # now the latest
    assert cache.path(HASH).read_bytes() == PARQUET
    assert kept(tmp_path) == {"b", "d", "a"}
    assert cache.path(three[1]).read_bytes() == PARQUET  # fetched anew
    assert store.loads == 5
    assert kept(tmp_path) == {"b", "a", "c"}


def test_what_was_asked_for_a_moment_ago_stays_though_it_be_too_much(store, tmp_path, three):
    cache = DatasetCache(tmp_path, store, 0)
    for each in three:
        assert cache.path(each).exists()
    assert kept(tmp_path) == {"b", "c", "d"}
    for each in three:
        used(tmp_path, each, 1_000)
    cache.path(HASH)
    assert kept(tmp_path) == {"a"}


def test_the_half_of_a_file_that_a_killed_worker_left_goes(store, tmp_path, three):
    cache = DatasetCache(tmp_path, store, MANY)
    cache.path(HASH)
    fresh, left = (tmp_path / "datasets" / f"{name}.part" for name in ("fresh", "left"))
    for each in (fresh, left):
        each.write_bytes(b"PAR1")
    os.utime(left, (time.time() - 10_000,) * 2)
    cache.path(three[0])
    assert kept(tmp_path) == {"a", "b", "f"}
