"""The page of stored data sets: size, users, another name, deletion."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.app_pages.datasets import dataset_actions
from shared import operations
from shared.testing import InMemoryTaskQueue, make_spec
from tests.app.conftest import Down, save_sweep, texts

pytestmark = pytest.mark.slow


def store_table(dashboard, name="mine.csv", first=0.5):
    frame = pd.DataFrame({"x": [first, 2.5, 3.5] * 3, "y": [float(number) for number in range(9)]})
    return operations.store_frame(frame, name, dashboard.store)


def ask(dashboard, action, info):
    return dashboard.open("datasets", pending_dataset_action=(dataset_actions.Action(action), info.content_hash))


def test_without_any_it_says_what_there_is(dashboard):
    said = texts(dashboard.open("datasets"))
    assert "built-in sets can be chosen without being stored" in said
    assert "0 data sets" not in said


def test_sizes_and_users_are_listed(dashboard):
    info = store_table(dashboard)
    save_sweep(dashboard, "on-diabetes")
    said = texts(dashboard.open("datasets"))
    assert "2 data sets stored" in said
    assert (
        f"9 rows · 2 columns · {info.size_bytes / 1024:,.1f} KB · stored just now · `{info.content_hash[:12]}`" in said
    )
    assert "No sweep uses it." in said
    assert "Used by 1 sweep:" in said
    assert "built in: it is stored again when a sweep needs it" in said


def test_many_users_and_many_sets_are_cut_short(dashboard):
    for number in range(16):
        store_table(dashboard, f"mine{number}.csv", float(number))
    dataset = {"name": "mine15.csv", "target": "y", "task": "regression"}
    for _ in range(5):
        operations.launch(make_spec(dataset=dataset), dashboard.store, InMemoryTaskQueue())
    said = texts(dashboard.open("datasets"))
    assert "Used by 5 sweeps:" in said
    assert "and 2 more" in said
    assert "mine1.csv" in said
    assert "mine0.csv" not in said


def test_one_is_renamed(dashboard):
    info = store_table(dashboard)
    at = ask(dashboard, "rename", info)
    at.text_input(key="dataset_name_mine.csv").set_value("diabetes")
    at.button(key="confirm_rename").click().run()
    assert "is the name of a built-in data set; choose another." in texts(at)

    at.text_input(key="dataset_name_mine.csv").set_value("yours.csv")
    at.button(key="confirm_rename").click().run()
    assert not at.exception
    assert [each.name for each in dashboard.store.datasets()] == ["yours.csv"]
    assert "**yours.csv**" in texts(at)


def test_of_several_names_one_is_chosen(dashboard):
    store_table(dashboard, "old.csv")
    at = ask(dashboard, "rename", store_table(dashboard, "new.csv"))
    at.selectbox(key="renamed_dataset").select("old.csv").run()
    at.text_input(key="dataset_name_old.csv").set_value("older.csv")
    at.button(key="confirm_rename").click().run()
    assert set(dashboard.store.datasets()[0].all_names) == {"older.csv", "new.csv"}


def test_one_that_is_not_used_is_deleted_after_a_question(dashboard):
    info = store_table(dashboard)
    at = ask(dashboard, "delete", info)
    at.button(key="keep_dataset").click().run()
    assert len(dashboard.store.datasets()) == 1

    at = ask(dashboard, "delete", info)
    at.button(key="confirm_delete_dataset").click().run()
    assert not at.exception
    assert dashboard.store.datasets() == []


def test_one_in_use_is_not_and_its_sweeps_are_named(dashboard):
    sweep = save_sweep(dashboard, "on-diabetes")
    (info,) = dashboard.store.datasets()
    at = ask(dashboard, "delete", info)
    assert "is used by 1 sweep. Delete it first" in texts(at)
    assert sweep.sweep_id.rpartition("-")[2] in "".join(each.proto.label for each in at.get("page_link"))
    assert not [each for each in at.button if each.key == "confirm_delete_dataset"]


def test_one_that_is_gone_meanwhile_and_an_outage_are_said_in_the_dialog(dashboard, monkeypatch):
    info = store_table(dashboard)
    at = ask(dashboard, "delete", info)
    dashboard.store.delete_dataset(info.content_hash)
    at.button(key="confirm_delete_dataset").click().run()
    assert not at.exception
    assert "no stored data set has the name" in texts(at).lower()

    info = store_table(dashboard)
    at = ask(dashboard, "delete", info)
    with monkeypatch.context() as outage:
        outage.setattr(dashboard.store, "delete_dataset", Down("The store").delete_dataset)
        at.button(key="confirm_delete_dataset").click().run()
    assert "The store does not answer" in "".join([texts(at), *(str(each.proto) for each in at.error)])
    assert len(dashboard.store.datasets()) == 1


def test_an_outage_of_the_store_is_said(dashboard):
    dashboard.store = Down("The store")
    at = dashboard.open("datasets")
    assert not at.exception
    assert "The store" in "".join(str(each.proto) for each in at.error)


def test_sweeps_of_one_name_are_told_apart(dashboard):
    save_sweep(dashboard, "one-00000a")
    at = dashboard.open("datasets")
    assert [link.proto.label for link in at.get("page_link")][-1] == "A sweep"

    save_sweep(dashboard, "one-00000b")
    labels = {link.proto.label for link in dashboard.open("datasets").get("page_link")}
    assert labels >= {"A sweep · 00000a", "A sweep · 00000b"}
