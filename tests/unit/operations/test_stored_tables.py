"""Stored tables are found by name or by the beginning of their hash, renamed, and deleted unless a sweep uses them."""

from __future__ import annotations

import pandas as pd
import pytest

from shared import operations
from shared.errors import DatasetError, SweepNotFound
from shared.testing import InMemoryTaskQueue, make_spec, make_sweep


def store_table(store, name, first=0.5):
    frame = pd.DataFrame({"x": [first, 2.5, 3.5] * 3, "y": [float(number) for number in range(9)]})
    return operations.store_frame(frame, name, store)


def launch_on(info, store, **changes):
    dataset = {"name": info.name, "content_hash": info.content_hash, "target": "y", "task": "regression"}
    return operations.launch(make_spec(dataset=dataset, **changes), store, InMemoryTaskQueue())


def test_a_table_is_found_by_name_and_by_the_beginning_of_its_hash(store):
    one, other = store_table(store, "one.csv"), store_table(store, "other.csv", 1.5)
    for which in ("one.csv", " one.csv ", one.content_hash, one.content_hash[:8], one.content_hash[:8].upper()):
        assert operations.find_dataset(which, store) == one
    store_table(store, "one.csv", 1.5)
    assert operations.find_dataset("one.csv", store).content_hash == other.content_hash, "what it was stored under last"


@pytest.mark.parametrize("which", ["", "0", "one.cvs", "f" * 64])
def test_an_unknown_table_is_answered_with_what_there_is(store, which):
    store_table(store, "one.csv")
    with pytest.raises(
        DatasetError, match=r"no stored data set has the name or the content hash .*stored are one\.csv"
    ):
        operations.find_dataset(which, store)


def test_a_beginning_of_several_hashes_names_them(store):
    one = store_table(store, "one.csv")
    twin = one.model_copy(update={"content_hash": one.content_hash[:10] + "0" * 54, "names": {}, "name": "twin"})
    store.save_dataset(twin, b"")
    with pytest.raises(DatasetError, match=r"begins the content hash of 2 data sets: .*twin.*; write more of it"):
        operations.find_dataset(one.content_hash[:10], store)


def test_a_name_that_begins_another_tables_hash_is_refused(store):
    one = store_table(store, "one.csv")
    start = one.content_hash[:6]
    with pytest.raises(DatasetError, match=f"of another data set, 'one.csv', begins with the name '{start}', which"):
        store_table(store, start, 1.5)
    other = store_table(store, "other.csv", 1.5)
    with pytest.raises(DatasetError, match="choose another"):
        operations.rename_dataset("other.csv", start, store)
    assert operations.rename_dataset("other.csv", other.content_hash[:6], store).name == other.content_hash[:6]
    assert operations.find_dataset(other.content_hash[:6], store).content_hash == other.content_hash


def test_a_word_that_is_a_name_and_begins_a_hash_finds_neither(store):
    one = store_table(store, "2024")
    twin = one.model_copy(update={"content_hash": "2024" + "0" * 60, "names": {}, "name": "twin"})
    store.save_dataset(twin, b"")
    with pytest.raises(DatasetError, match=r"'2024' is the name of one data set .* and begins .*twin\); write more"):
        operations.find_dataset("2024", store)
    assert operations.find_dataset(one.content_hash, store).name == "2024"


@pytest.mark.parametrize("name", ["2024", "face", "👩\u200d🔬.csv", "mieten ä.csv", "שכר דירה"])
def test_ordinary_names_are_given(store, name):
    assert store_table(store, name).name == name


def test_without_any_table_that_is_said(store):
    with pytest.raises(DatasetError, match="none is stored"):
        operations.find_dataset("one.csv", store)


def test_a_sweep_is_found_by_the_beginning_of_its_id(store):
    for sweep_id in ("first-look-aaaaaa", "first-look-bbbbbb", "other-cccccc"):
        store.save_sweep(make_sweep(sweep_id))
    assert operations.find_sweep("other-cccccc", store).sweep_id == "other-cccccc"
    assert operations.find_sweep("o", store).sweep_id == "other-cccccc"
    assert operations.find_sweep("first-look-b", store).sweep_id == "first-look-bbbbbb"
    with pytest.raises(SweepNotFound, match=r"begins the ids of 2 sweeps: .*; write more of it"):
        operations.find_sweep("first", store)
    with pytest.raises(SweepNotFound, match=r"no sweep othr-cccccc\. Did you mean other-cccccc\?"):
        operations.find_sweep("othr-cccccc", store)
    with pytest.raises(SweepNotFound, match=r"There is no sweep \.$"):
        operations.find_sweep("", store)


def test_a_table_is_renamed_and_its_sweeps_go_on_finding_it(store):
    info = store_table(store, "one.csv")
    sweep = launch_on(info, store)
    renamed = operations.rename_dataset("one.csv", " two.csv ", store)
    assert (renamed.name, list(renamed.all_names)) == ("two.csv", ["two.csv"])
    assert operations.find_dataset("two.csv", store) == renamed
    assert operations.bind_dataset(sweep.spec, store).spec == sweep.spec
    with pytest.raises(DatasetError, match="no stored data set"):
        operations.find_dataset("one.csv", store)


def test_of_several_names_the_one_that_is_given_is_replaced_by_hash_the_latest(store):
    store_table(store, "old.csv")
    info = store_table(store, "new.csv")
    assert set(operations.rename_dataset("old.csv", "older.csv", store).all_names) == {"older.csv", "new.csv"}
    renamed = operations.rename_dataset(info.content_hash[:10], "newest.csv", store)
    assert (renamed.name, set(renamed.all_names)) == ("newest.csv", {"older.csv", "newest.csv"})
    merged = operations.rename_dataset("older.csv", "newest.csv", store)
    assert (merged.name, set(merged.all_names)) == ("newest.csv", {"newest.csv"})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "has no name"),
        ("diabetes", "is the name of a built-in data set"),
        ("other.csv", r"is the name of another data set \(\w{12}\.\.\.\); choose another"),
        ("n" * 201, "more than 200; shorten it"),
        ("Diabetes", "'Diabetes' is the name of a built-in data set, 'diabetes'; choose another"),
        ("b44935fca672", "'b44935fca672' looks like the beginning of a content hash; choose another"),
        ("B44935FCA672" * 4, "looks like the beginning of a content hash"),
        ("\u200b\u200b", r"has only signs that nobody sees, such as U\+200B; remove it"),
        ("\u202etxt.exe", r"has the sign U\+202E, which turns the direction of the text; remove it"),
        ("a\u2066b", r"has the sign U\+2066"),
        ("a\nb", r"has the control character U\+000A; remove it"),
        ("a\x00b", r"has the control character U\+0000; remove it"),
    ],
)
def test_names_that_cannot_be_given_are_refused(store, name, message):
    store_table(store, "one.csv")
    store_table(store, "other.csv", 1.5)
    with pytest.raises(DatasetError, match=message):
        operations.rename_dataset("one.csv", name, store)
    assert operations.find_dataset("one.csv", store).name == "one.csv"


def test_a_built_in_set_keeps_its_name(store):
    operations.store_named("diabetes", store)
    with pytest.raises(DatasetError, match="'diabetes' is a built-in data set, which keeps its name"):
        operations.rename_dataset("diabetes", "mine", store)


def test_a_table_that_is_deleted_while_it_is_renamed_is_said(store, monkeypatch):
    store_table(store, "one.csv")
    monkeypatch.setattr(store, "describe_dataset", lambda info: False)
    with pytest.raises(DatasetError, match="was deleted meanwhile"):
        operations.rename_dataset("one.csv", "two.csv", store)


def test_a_table_in_use_is_not_deleted_and_its_sweeps_are_named(store):
    info = store_table(store, "one.csv")
    sweeps = [launch_on(info, store), launch_on(info, store)]
    launch_on(store_table(store, "other.csv", 1.5), store)
    assert {each.sweep_id for each in operations.dataset_users(store)[info.content_hash]} == {
        each.sweep_id for each in sweeps
    }
    with pytest.raises(DatasetError, match=r"'one\.csv' is used by 2 sweeps: .*; delete them first") as refused:
        operations.delete_dataset("one.csv", store)
    assert all(sweep.sweep_id in str(refused.value) for sweep in sweeps)

    for sweep in sweeps:
        operations.delete(sweep.sweep_id, store, InMemoryTaskQueue())
    assert operations.delete_dataset("one.csv", store).content_hash == info.content_hash
    assert [each.name for each in store.datasets()] == ["other.csv"]


def test_a_launch_at_the_same_moment_keeps_its_table(store, monkeypatch):
    info = store_table(store, "one.csv")
    whole = store.load_dataset(info.content_hash)
    delete = store.delete_dataset

    def launched_meanwhile(content_hash):
        store.save_sweep(
            make_sweep(
                "late",
                spec=make_spec(
                    dataset={"name": "one.csv", "content_hash": content_hash, "target": "y", "task": "regression"}
                ),
            )
        )
        return delete(content_hash)

    monkeypatch.setattr(store, "delete_dataset", launched_meanwhile)
    with pytest.raises(DatasetError, match="is used by 1 sweep: late; delete it first"):
        operations.delete_dataset("one.csv", store)
    assert store.load_dataset(info.content_hash) == whole


def test_a_launch_whose_table_is_deleted_meanwhile_leaves_no_sweep(store, monkeypatch):
    info = store_table(store, "one.csv")
    save = store.save_sweep

    def deleted_meanwhile(sweep):
        store.delete_dataset(info.content_hash)
        save(sweep)

    monkeypatch.setattr(store, "save_sweep", deleted_meanwhile)
    with pytest.raises(DatasetError, match=r"one\.csv is no longer stored"):
        launch_on(info, store)
    assert store.summaries() == []
