"""Uploaded files in MongoDB: a document by the hash of the content names its file in GridFS."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from gridfs import GridFSBucket
from gridfs.errors import NoFile
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.adapters.mongodb.connection import Document
from shared.errors import DatasetError


def save(database: Database[Document], content: bytes) -> str:
    """Keep the file once and return its hash.

    As with tables, each writer's file has an id of its own, the first that names its file wins, and a writer that dies
    in between leaves a file that nothing names.
    """
    upload_hash = hashlib.sha256(content).hexdigest()
    if database.uploads.find_one({"_id": upload_hash}, {"_id": 1}) is not None:
        return upload_hash
    files = GridFSBucket(database)
    file_id = files.upload_from_stream(upload_hash, content)
    try:
        database.uploads.insert_one({"_id": upload_hash, "file_id": file_id})
    except DuplicateKeyError:
        # a call that is repeated after a lost answer finds its own
        document = database.uploads.find_one({"_id": upload_hash}) or {}
        if document.get("file_id") != file_id:
            files.delete(file_id)
    return upload_hash


def load(database: Database[Document], upload_hash: str) -> bytes:
    """Return the file, or raise DatasetError."""
    document = database.uploads.find_one({"_id": upload_hash})
    if document is None:
        raise DatasetError(f"The store has no uploaded file {upload_hash}; upload it again.")
    try:
        with GridFSBucket(database).open_download_stream(document["file_id"]) as stream:
            return stream.read()
    except NoFile as error:
        raise DatasetError(f"The uploaded file {upload_hash} is gone from GridFS; upload it again.") from error


def delete(database: Database[Document], upload_hash: str) -> bool:
    """Delete the file; whether it was kept. The document goes first: a reader finds the whole file or none."""
    document = database.uploads.find_one_and_delete({"_id": upload_hash})
    if document is None:
        return False
    with suppress(NoFile):
        GridFSBucket(database).delete(document["file_id"])
    return True
