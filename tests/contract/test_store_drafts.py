"""Drafts of forms, in every store."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from shared.errors import RecordRefused
from shared.ports import DRAFTS_KEPT_DAYS, LARGEST_DRAFT_BYTES, Store
from tests.support.stores import Adapter


def test_a_draft_comes_back_as_it_was_saved_last(store: Store) -> None:
    store.save_draft("one", '{"name": "half"}')
    store.save_draft("two", "")
    store.save_draft("one", "half-written: [1, 'Größe' \N{GRINNING FACE}")

    assert store.load_draft("one") == "half-written: [1, 'Größe' \N{GRINNING FACE}"
    assert store.load_draft("two") == ""


def test_there_is_no_draft_of_another_id(store: Store) -> None:
    store.save_draft("one", "body")

    assert store.load_draft("other") is None


def test_a_draft_is_there_for_another_process(adapter: Adapter) -> None:
    writer, reader = adapter.open(), adapter.open()
    writer.save_draft("one", "body")

    assert reader.load_draft("one") == "body"
    for each in (writer, reader):
        each.close()


def test_a_draft_that_is_no_form_is_refused_and_the_one_before_stays(store: Store) -> None:
    store.save_draft("one", "x" * LARGEST_DRAFT_BYTES)
    with pytest.raises(RecordRefused, match="draft"):
        store.save_draft("one", "ö" * (LARGEST_DRAFT_BYTES // 2 + 1))

    assert store.load_draft("one") == "x" * LARGEST_DRAFT_BYTES


def test_a_draft_that_is_not_used_is_forgotten(store: Store) -> None:
    for name in ("loaded", "saved", "unused"):
        store.save_draft(name, name)
    assert store.forget_drafts(timedelta(days=DRAFTS_KEPT_DAYS)) == 0
    time.sleep(0.3)
    store.save_draft("saved", "again")
    assert store.load_draft("loaded") == "loaded"

    assert store.forget_drafts(timedelta(seconds=0.2)) == 1
    assert store.load_draft("unused") is None
    assert store.load_draft("saved") == "again"
    assert store.load_draft("loaded") == "loaded"
