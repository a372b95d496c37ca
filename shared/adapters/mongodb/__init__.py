"""The store in MongoDB; the only place that knows pymongo, gridfs and bson."""

from shared.adapters.mongodb.store import MongoStore

__all__ = ["MongoStore"]
