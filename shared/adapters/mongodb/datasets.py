"""Data sets in MongoDB: the description in a document by content hash, the Parquet file in GridFS."""

from __future__ import annotations

from contextlib import suppress

from bson import ObjectId
from bson.errors import BSONError
from gridfs import GridFSBucket
from gridfs.errors import NoFile
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.adapters.mongodb.connection import Document
from shared.domain import DatasetInfo
from shared.errors import DatasetError


def save(database: Database[Document], info: DatasetInfo, parquet: bytes) -> None:
    """Store the table; one that is stored keeps its file and gets this description.

    The file has an id of its own: two uploads under one id would delete each other's chunks when one gives up. The
    first that names its file in the description wins, the other removes its own. A writer that dies in between leaves
    a file that nothing names.
    """
    if describe_anew(database, info):
        return
    files = GridFSBucket(database)
    file_id = files.upload_from_stream(info.content_hash, parquet)
    try:
        described = _describe(database, info, file_id)
    except BSONError:  # too large a description, which was not even sent
        files.delete(file_id)
        raise
    if not described:
        files.delete(file_id)
        describe_anew(database, info)


def describe_anew(database: Database[Document], info: DatasetInfo) -> bool:
    """Give a table that is stored this description; whether one is."""
    document = database.datasets.find_one({"_id": info.content_hash}, {"info": 1})
    if document is None:
        return False
    description = {"name": info.name, "info": info.over_stored(document["info"])}
    return database.datasets.update_one({"_id": info.content_hash}, {"$set": description}).matched_count == 1


def delete(database: Database[Document], content_hash: str) -> bool:
    """Delete the table and its file; whether it was stored.

    The description goes first: a reader finds the whole table or none. Whoever dies in between leaves a file that
    nothing names.
    """
    document = database.datasets.find_one_and_delete({"_id": content_hash})
    if document is None:
        return False
    with suppress(NoFile):
        GridFSBucket(database).delete(document["file_id"])
    return True


def load(database: Database[Document], content_hash: str) -> tuple[DatasetInfo, bytes]:
    """Return a table's description and Parquet file, or raise DatasetError."""
    document = database.datasets.find_one({"_id": content_hash})
    if document is None:
        raise DatasetError(f"The store has no data set {content_hash}; launching the sweep again stores it.")
    try:
        with GridFSBucket(database).open_download_stream(document["file_id"]) as stream:
            return DatasetInfo.from_stored(document["info"]), stream.read()
    except NoFile as error:
        raise DatasetError(f"The file of data set {content_hash} is gone from GridFS; restore it.") from error


def infos(database: Database[Document]) -> list[DatasetInfo]:
    """Return the descriptions of all stored tables, the newest first."""
    found = [DatasetInfo.from_stored(document["info"]) for document in database.datasets.find({}, {"info": 1})]
    return sorted(found, key=lambda info: (info.stored_at, info.content_hash), reverse=True)


def _describe(database: Database[Document], info: DatasetInfo, file_id: ObjectId) -> bool:
    """Store the description unless one is stored; whether it was."""
    # As text: a column may have any name, one that BSON gives a meaning ($ref) or forbids (NUL) too.
    description = {"name": info.name, "info": info.model_dump_json(), "file_id": file_id}
    try:
        result = database.datasets.update_one({"_id": info.content_hash}, {"$setOnInsert": description}, upsert=True)
    except DuplicateKeyError:
        return False
    return result.upserted_id is not None
