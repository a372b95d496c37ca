"""Which stored table a spec means by a name, a hash or both."""

from __future__ import annotations

import pandas as pd
import pytest

from shared import operations
from shared.catalog import TaskType
from shared.datasets import load_named
from shared.domain import DatasetRef
from shared.errors import DatasetError
from shared.testing import InMemoryStore
from tests.support.launched import diabetes_spec


def test_table_of_ones_own_is_found_by_hash_and_by_name(store, queue):
    frame = pd.DataFrame({"x": range(10), "y": range(10)})
    info = operations.store_frame(frame, "mine", store)
    for content_hash in (info.content_hash, None):
        dataset = DatasetRef(name="mine", content_hash=content_hash, target="y", task=TaskType.REGRESSION)
        sweep = operations.launch(diabetes_spec(dataset=dataset), store, queue)
        assert sweep.spec.dataset.content_hash == info.content_hash


def table(*values):
    return pd.DataFrame({"x": range(10), "y": [*range(9), *values]})


def own(name, content_hash=None):
    dataset = DatasetRef(name=name, content_hash=content_hash, target="y", task=TaskType.REGRESSION)
    return diabetes_spec(dataset=dataset)


def test_a_table_is_found_by_each_of_its_names(store, queue):
    first = operations.store_frame(table(1), "v1.csv", store)
    second = operations.store_frame(table(1), "final.csv", store)
    assert (second.content_hash, second.name, list(second.all_names)) == (
        first.content_hash,
        "final.csv",
        ["v1.csv", "final.csv"],
    )
    for name in ("v1.csv", "final.csv"):
        assert operations.launch(own(name), store, queue).spec.dataset.content_hash == first.content_hash


def test_a_name_means_what_was_stored_under_it_last(store, queue):
    monday, tuesday = (operations.store_frame(table(value), "train.csv", store) for value in (1, 2))
    assert operations.bind_dataset(own("train.csv"), store).spec.dataset.content_hash == tuesday.content_hash
    again = operations.store_frame(table(1), "train.csv", store)
    assert again.stored_at > tuesday.stored_at > monday.stored_at
    assert operations.bind_dataset(own("train.csv"), store).spec.dataset.content_hash == monday.content_hash
    operations.store_frame(table(2), "another.csv", store)  # of another name
    assert operations.bind_dataset(own("train.csv"), store).spec.dataset.content_hash == monday.content_hash
    assert [info.content_hash for info in store.datasets()] == [tuesday.content_hash, monday.content_hash]


def test_an_unknown_name_lists_what_is_stored(store):
    operations.store_frame(table(1), "rents.csv", store)
    with pytest.raises(
        DatasetError, match=r"'rent.csv'; did you mean 'rents.csv'\? stored are rents.csv; built in are"
    ):
        operations.bind_dataset(own("rent.csv"), store)


def test_a_built_in_name_with_the_hash_of_a_table_of_ones_own_is_refused(store, queue):
    info = operations.store_frame(table(1), "mine.csv", store)
    with pytest.raises(
        DatasetError, match=r"that of 'mine\.csv' and the name that of the built-in set 'diabetes'; write"
    ):
        operations.launch(own("diabetes", info.content_hash), store, queue)
    assert store.summaries() == []


def test_a_table_equal_to_a_built_in_set_keeps_both_names(store, queue):
    built_in = operations.store_named("diabetes", store)
    info = operations.store_frame(load_named("diabetes"), "mine.csv", store)
    assert info.content_hash == built_in.content_hash
    assert (info.target, info.task) == ("target", TaskType.REGRESSION)
    for name in ("mine.csv", "diabetes"):
        dataset = DatasetRef(name=name, content_hash=info.content_hash, target="target", task=TaskType.REGRESSION)
        assert (
            operations.bind_dataset(diabetes_spec(dataset=dataset), store).spec.dataset.content_hash
            == info.content_hash
        )
    assert operations.store_named("diabetes", store) == info


def test_a_store_that_keeps_a_first_description_tells_the_name_in_it():
    class KeepsTheFirst(InMemoryStore):
        def save_dataset(self, info, parquet):
            if not any(stored.content_hash == info.content_hash for stored in self.datasets()):
                super().save_dataset(info, parquet)

    store = KeepsTheFirst()
    operations.store_frame(table(1), "v1.csv", store)
    assert list(operations.store_frame(table(1), "final.csv", store).all_names) == ["v1.csv"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_table_needs_a_name(store, name):
    with pytest.raises(DatasetError, match="name"):
        operations.store_frame(table(1), name, store)


def test_the_name_of_a_table_has_no_blanks_around_it(store):
    assert operations.store_frame(table(1), " mine.csv ", store).name == "mine.csv"


def test_of_a_wide_table_some_columns_are_listed(store):
    frame = pd.DataFrame({f"gene_{number}": [1.0, 2.0] for number in range(3_000)})
    operations.store_frame(frame, "wide.csv", store)
    with pytest.raises(DatasetError, match=r"did you mean 'gene_77'.* and 2,990 more") as caught:
        operations.bind_dataset(
            diabetes_spec(dataset=own("wide.csv").dataset.model_copy(update={"target": "gene77"})), store
        )
    assert len(str(caught.value)) < 300


def warnings_of(spec, store):
    warnings = []
    operations.bind_dataset(spec, store, warnings)
    return [f"{each.field}: {each.message}" for each in warnings]


def test_the_hash_of_a_table_of_another_name_is_refused_and_both_are_named(store, queue):
    info = operations.store_frame(table(1), "sales_copy.csv", store)
    operations.store_frame(table(2), "zeros.csv", store)
    with pytest.raises(
        DatasetError, match=r"that of 'sales_copy\.csv' and the name that of another table, 'zeros\.csv'; write name: s"
    ):
        operations.launch(own("zeros.csv", info.content_hash), store, queue)
    assert store.summaries() == []


def test_an_earlier_content_of_the_name_is_used_and_said(store, queue):
    monday, tuesday = (operations.store_frame(table(value), "train.csv", store) for value in (1, 2))
    (said,) = warnings_of(own("train.csv", monday.content_hash), store)
    assert said.startswith(f"dataset.name: 'train.csv' means another table now ({tuesday.content_hash[:12]}...")
    sweep = operations.launch(own("train.csv", monday.content_hash), store, queue)
    assert sweep.spec.dataset.content_hash == monday.content_hash
    assert warnings_of(own("train.csv", tuesday.content_hash), store) == []
    assert warnings_of(own("train.csv"), store) == []


def test_the_old_name_of_a_renamed_table_is_accepted_with_its_hash_and_said(store):
    info = operations.store_frame(table(1), "old.csv", store)
    operations.rename_dataset("old.csv", "new.csv", store)
    (said,) = warnings_of(own("old.csv", info.content_hash), store)
    assert said == "dataset.name: no data set is stored as 'old.csv'; by its content_hash it is 'new.csv'"
