"""Who brings a store to the next version, who waits, and who says that it is too new."""

from __future__ import annotations

import threading
import time

import pytest

from shared.adapters.migrations import LEASE_SECONDS, Migration, StoreVersion, bring_up_to_date, migrating
from shared.errors import ServiceUnavailable, StoreTooNew


class Versions:
    """A store's version in memory, with a clock of its own."""

    name = "The store"

    def __init__(self, version=1):
        self.found, self.readable_from = version, max(1, version - 1)
        self.holder, self.until, self.now = None, 0.0, 1_000.0
        self.lock = threading.Lock()

    def version(self):
        return StoreVersion(self.found, self.readable_from, self.holder)

    def lease(self, holder):
        with self.lock:
            if self.holder not in (None, holder) and self.until > self.now:
                return False
            self.holder, self.until = holder, self.now + LEASE_SECONDS
            return True

    def advance(self, holder, version):
        with self.lock:
            if self.holder != holder or self.until <= self.now or self.found != version - 1:
                return False
            self.found, self.readable_from = version, version - 1
            return True

    def release(self, holder):
        with self.lock:
            if self.holder == holder:
                self.holder = None


def adds(handle, keep_lease):
    handle.append(threading.current_thread().name)


TO_TWO = Migration(2, "something", adds)
TO_THREE = Migration(3, "something else", adds)


def test_a_store_is_brought_up_step_by_step():
    store, handle = Versions(), []
    bring_up_to_date(store, handle, [TO_TWO, TO_THREE])
    assert (store.found, store.readable_from, store.holder, len(handle)) == (3, 2, None, 2)
    bring_up_to_date(store, handle, [TO_TWO, TO_THREE])
    assert len(handle) == 2


def test_the_version_before_goes_on_working():
    store, handle = Versions(2), []
    bring_up_to_date(store, handle, [])
    assert (store.found, handle) == (2, [])


def test_a_store_that_is_too_new_is_told_by_name_and_left_alone():
    store, handle = Versions(3), []
    with pytest.raises(StoreTooNew, match=r"The store .* version 3, and this Boostgrid knows version 1.*Update"):
        bring_up_to_date(store, handle, [])
    assert (store.found, store.holder, handle) == (3, None, [])


def test_of_many_at_once_one_migrates():
    def slow(handle, keep_lease):
        adds(handle, keep_lease)
        time.sleep(0.3)

    store, handle = Versions(), []
    threads = [
        threading.Thread(target=bring_up_to_date, args=(store, handle, [Migration(2, "something", slow)]))
        for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert (store.found, len(handle)) == (2, 1)


def test_who_waits_too_long_says_for_whom(monkeypatch):
    monkeypatch.setattr(migrating, "_WAIT_SECONDS", 0.2)
    store = Versions()
    store.lease("host-7")
    with pytest.raises(ServiceUnavailable, match=r"host-7 brings it from version 1 to 2.*another takes over"):
        bring_up_to_date(store, [], [TO_TWO])


def test_a_migrator_that_dies_is_followed_by_another_once_its_lease_has_run_out():
    store, handle = Versions(), []
    store.lease("dead")
    store.now += LEASE_SECONDS
    bring_up_to_date(store, handle, [TO_TWO])
    assert (store.found, len(handle)) == (2, 1)


def test_a_migration_that_fails_leaves_the_version_and_no_lease():
    def fails(handle, keep_lease):
        raise ServiceUnavailable("The store", "it is gone", "Wait.")

    store = Versions()
    with pytest.raises(ServiceUnavailable, match="it is gone"):
        bring_up_to_date(store, [], [Migration(2, "something", fails)])
    assert (store.found, store.holder) == (1, None)


@pytest.mark.parametrize("looks_again", [True, False])
def test_a_migrator_that_stood_still_beyond_its_lease_notes_nothing(looks_again):
    def frozen_once(handle, keep_lease):
        adds(handle, keep_lease)
        if len(handle) == 1:
            store.holder, store.until = "another", store.now + 0.1  # took over meanwhile
            if looks_again:
                keep_lease()
                raise AssertionError("it goes on without a lease")

    def pass_time(seconds):
        store.now += seconds

    store, handle = Versions(), []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migrating.time, "sleep", pass_time)
        bring_up_to_date(store, handle, [Migration(2, "something", frozen_once)])
    assert (store.found, len(handle)) == (2, 2)
