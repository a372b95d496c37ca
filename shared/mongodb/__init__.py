"""The result store in MongoDB; the only place that knows pymongo, gridfs and bson."""

from shared.mongodb.store import MongoResultStore

__all__ = ["MongoResultStore"]
