"""Writes that a server with locks gives up are made again: those, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure, WriteError

from shared.adapters.mongodb.collisions import COLLISION, DUPLICATE_KEY, again, is_collision, write_all

_OTHER = 121


class Locked:
    """A collection whose server gives up some writes: the codes that each id meets, one a try."""

    def __init__(self, codes: dict[str, Sequence[int]], concern: bool = False) -> None:
        self._codes = {key: list(each) for key, each in codes.items()}
        self._concern = concern
        self.orders: list[list[str]] = []

    def bulk_write(self, updates: Sequence[UpdateOne], ordered: bool) -> None:
        """Fail for the ids that still have a code to meet."""
        assert not ordered
        ids = [update._filter["_id"] for update in updates]
        self.orders.append(ids)
        met = [(index, self._codes[key].pop(0)) for index, key in enumerate(ids) if self._codes.get(key)]
        if met or self._concern:
            concern = [{"code": 64, "errmsg": "waiting for replication timed out"}] if self._concern else []
            errors = [{"index": index, "code": code, "errmsg": "no"} for index, code in met]
            raise BulkWriteError({"writeErrors": errors, "writeConcernErrors": concern})


def updates(*ids: str) -> list[tuple[str, UpdateOne]]:
    return [(key, UpdateOne({"_id": key}, {"$set": {"x": 1}}, upsert=True)) for key in ids]


def test_documents_are_written_in_the_order_of_their_ids() -> None:
    collection: Any = Locked({})
    write_all(collection, updates("c", "a", "b"))
    assert collection.orders == [["a", "b", "c"]]


def test_only_what_collided_is_written_again() -> None:
    collection: Any = Locked({"a": [COLLISION], "c": [COLLISION, COLLISION]})
    assert write_all(collection, updates("a", "b", "c", "d")) == set()
    assert collection.orders == [["a", "b", "c", "d"], ["a", "c"], ["c"]]


def test_what_met_a_tolerated_error_is_returned_and_not_written_again() -> None:
    collection: Any = Locked({"a": [DUPLICATE_KEY], "b": [COLLISION, DUPLICATE_KEY]})
    assert write_all(collection, updates("a", "b", "c"), tolerated=[DUPLICATE_KEY]) == {"a", "b"}
    assert Counter(key for order in collection.orders for key in order) == {"a": 1, "b": 2, "c": 1}


@pytest.mark.parametrize(
    "collection",
    [Locked({"a": [_OTHER]}), Locked({"a": [DUPLICATE_KEY]}), Locked({"a": [COLLISION]}, concern=True)],
    ids=["validation", "duplicate key", "write concern"],
)
def test_any_other_error_is_the_callers(collection: Any) -> None:
    with pytest.raises(BulkWriteError):
        write_all(collection, updates("a", "b"))
    assert len(collection.orders) == 1


def test_a_write_that_collides_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.adapters.mongodb.collisions.wait_random_exponential", lambda **_: lambda state: 0)
    collection: Any = Locked({"a": [COLLISION] * 1_000})
    with pytest.raises(BulkWriteError):
        write_all(collection, updates("a"))
    assert 2 < len(collection.orders) < 1_000


def test_a_statement_that_collides_is_made_again() -> None:
    errors: list[Exception] = [WriteError("deadlock detected", COLLISION), OperationFailure("deadlock", COLLISION)]

    def statement() -> str:
        if errors:
            raise errors.pop()
        return "written"

    assert again(statement) == "written"
    assert not is_collision(OperationFailure("no", 13))
