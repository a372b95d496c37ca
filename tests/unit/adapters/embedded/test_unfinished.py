"""What the embedded store forgets with time."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from shared.adapters.embedded.store import EmbeddedStore
from shared.ports import ATTEMPTS_KEPT_DAYS, FOLDS_KEPT_DAYS
from shared.testing import make_attempt, make_fold_result, make_sweep
from shared.testing.factories import fake_trial_id


def test_folds_and_attempts_are_forgotten_after_their_days(tmp_path, monkeypatch):
    store, began = EmbeddedStore(tmp_path / "store.sqlite"), time.time()
    old, new = fake_trial_id("old"), fake_trial_id("new")

    def at(days):
        monkeypatch.setattr(time, "time", lambda: began + days * 86_400)

    def ended(key):
        return make_attempt(key, trials=(key,), ended_at=datetime.fromtimestamp(time.time(), UTC))

    store.save_sweep(make_sweep())
    store.record_folds([make_fold_result("old")])
    store.append_attempts([ended("old")])

    at(ATTEMPTS_KEPT_DAYS - 0.1)
    store.append_attempts([ended("new")])
    assert set(store.attempts([old, new])) == {old, new}
    at(ATTEMPTS_KEPT_DAYS + 0.1)
    store.append_attempts([ended("new")])
    assert set(store.attempts([old, new])) == {new}

    at(0)
    store.record_folds([make_fold_result("old")])
    at(FOLDS_KEPT_DAYS - 0.1)
    store.record_folds([make_fold_result("new")])
    assert set(store.fold_results([old, new])) == {old, new}
    at(FOLDS_KEPT_DAYS + 0.1)
    store.record_folds([make_fold_result("new")])
    assert set(store.fold_results([old, new])) == {new}
    store.close()
