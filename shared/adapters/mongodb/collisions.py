"""Writes of several documents that meet another's.

A server on a database with locks (FerretDB on PostgreSQL) takes a document's lock with each write of a statement: two
statements that write the same documents in another order wait for each other, and one of them is given up. What it had
written is undone, so it may be made again. MongoDB itself never says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from pymongo import UpdateOne
from pymongo.collection import Collection as MongoCollection
from pymongo.errors import BulkWriteError, OperationFailure
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

Document = dict[str, object]
T = TypeVar("T")

#: "deadlock detected": PostgreSQL's state 40P01 as documentdb has it
COLLISION = 16908292
DUPLICATE_KEY = 11000
#: a statement that loses as often as this is stuck, not unlucky
_TRIES = 20


def is_collision(error: BaseException) -> bool:
    """Whether the write was given up for another's, and nothing else went wrong with it."""
    if isinstance(error, BulkWriteError):
        codes = codes_of(error)
        return COLLISION in codes and codes <= {COLLISION, DUPLICATE_KEY}
    return isinstance(error, OperationFailure) and error.code == COLLISION


def again(statement: Callable[[], T]) -> T:
    """Return what the statement returns, made anew for as long as it collides."""
    return Retrying(
        retry=retry_if_exception(is_collision),
        stop=stop_after_attempt(_TRIES),
        wait=wait_random_exponential(multiplier=0.02, max=0.5),
        reraise=True,
    )(statement)


def write_all(
    collection: MongoCollection[Document], updates: Iterable[tuple[str, UpdateOne]], tolerated: Collection[int] = ()
) -> set[str]:
    """Write in one bulk in the order of ``_id``, and what collides again; each update comes with the id that it writes.

    Writers that all keep to one order hardly ever collide. Returns the ids whose write met a tolerated error code.
    Raises BulkWriteError for any other.
    """
    left = sorted(updates, key=lambda update: update[0])
    met: set[str] = set()

    def write() -> None:
        nonlocal left
        try:
            collection.bulk_write([update for _, update in left], ordered=False)
        except BulkWriteError as error:
            if not codes_of(error) <= {COLLISION, *tolerated}:
                raise
            problems = error.details["writeErrors"]
            met.update(left[each["index"]][0] for each in problems if each["code"] != COLLISION)
            left = [left[each["index"]] for each in problems if each["code"] == COLLISION]
            if left:
                raise

    again(write)
    return met


def codes_of(error: BulkWriteError) -> set[int]:
    """Return what went wrong, a write concern's failure as 0: the code above them, 65, says nothing."""
    codes = {int(each["code"]) for each in error.details["writeErrors"]}
    return codes | {0} if error.details["writeConcernErrors"] else codes
