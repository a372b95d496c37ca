from datetime import UTC, datetime

import pytest

from shared.domain import DatasetInfo
from shared.errors import DatasetError
from shared.testing import InMemoryStore
from worker.parent.dataset_cache import DatasetCache, UnusableDisk

HASH = "a" * 64
PARQUET = b"PAR1 a table PAR1"


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
    first, second = DatasetCache(tmp_path, store), DatasetCache(tmp_path, store)
    assert first.path(HASH) == first.path(HASH) == second.path(HASH) == tmp_path / "datasets" / f"{HASH}.parquet"
    assert first.path(HASH).read_bytes() == PARQUET
    assert store.loads == 1
    assert [path.name for path in (tmp_path / "datasets").iterdir()] == [f"{HASH}.parquet"]


def test_a_file_that_was_deleted_is_fetched_again(store, tmp_path):
    cache = DatasetCache(tmp_path, store)
    cache.path(HASH).unlink()
    assert cache.path(HASH).read_bytes() == PARQUET


@pytest.mark.parametrize("left", [b"", b"PAR1", b"PAR1 a ta"])
def test_a_damaged_file_is_fetched_again(store, tmp_path, left):
    DatasetCache(tmp_path, store).path(HASH).write_bytes(left)
    assert DatasetCache(tmp_path, store).path(HASH).read_bytes() == PARQUET


def test_what_comes_damaged_from_the_store_is_not_kept(tmp_path):
    store = InMemoryStore()
    store.save_dataset(info(len(PARQUET) + 1), PARQUET)
    with pytest.raises(DatasetError, match="17 bytes of 18; store it again"):
        DatasetCache(tmp_path, store).path(HASH)
    assert not (tmp_path / "datasets" / f"{HASH}.parquet").exists()


def test_a_table_that_nobody_stored_is_an_error(tmp_path):
    with pytest.raises(DatasetError):
        DatasetCache(tmp_path, InMemoryStore()).path(HASH)


def test_a_sweep_without_a_stored_table_is_an_error(store, tmp_path):
    with pytest.raises(DatasetError, match="launch it again"):
        DatasetCache(tmp_path, store).path(None)


def test_a_folder_that_cannot_be_written_is_named(store, tmp_path):
    (tmp_path / "datasets").write_text("in the way")
    with pytest.raises(UnusableDisk, match=r"cannot be kept in .*datasets.*writable"):
        DatasetCache(tmp_path, store).path(HASH)
