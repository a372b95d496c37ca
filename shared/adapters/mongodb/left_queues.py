"""Queues that are still to be removed, in MongoDB."""

from __future__ import annotations

from datetime import UTC, datetime

from pymongo.collection import Collection

from shared.adapters.mongodb.connection import Document
from shared.adapters.passing_over import readable
from shared.domain import TaskAddress


def leave(collection: Collection[Document], address: TaskAddress) -> None:
    """Note the queue."""
    # when: by this process's clock, which is enough for an order
    first = {"sweep_id": address.sweep_id, "epoch": address.epoch, "left_at": datetime.now(UTC)}
    collection.update_one({"_id": _id(address)}, {"$setOnInsert": first}, upsert=True)


def left(collection: Collection[Document]) -> list[TaskAddress]:
    """Return them, the longest left first."""
    found = collection.find({}, {"sweep_id": 1, "epoch": 1}).sort([("left_at", 1), ("_id", 1)])
    return readable(TaskAddress, found)


def forget(collection: Collection[Document], address: TaskAddress) -> None:
    """Note that it is gone."""
    collection.delete_one({"_id": _id(address)})


def _id(address: TaskAddress) -> str:
    return f"{address.sweep_id}.{address.epoch}"
