"""Chooses the adapters behind the two ports from the settings; every entry point opens them here."""

from __future__ import annotations

from shared.ports import Store, TaskQueue
from shared.settings import Settings


def open_store(settings: Settings) -> Store:
    """Return the MongoDB store where a URL is set, else the embedded one. Raises ServiceUnavailable."""
    if settings.mongodb_url is not None:
        from shared.adapters.mongodb import MongoStore  # the clients are heavy: only what is used is imported

        return MongoStore(
            settings.mongodb_url.get_secret_value(), settings.mongodb_database, authority=settings.mongodb_ca
        )
    from shared.adapters.embedded import EmbeddedStore

    return EmbeddedStore(settings.home / "boostgrid.sqlite")


def open_queue(settings: Settings) -> TaskQueue:
    """Return the RabbitMQ queue where a URL is set, else the embedded one. Raises ServiceUnavailable."""
    if settings.rabbitmq_url is not None:
        from shared.adapters.rabbitmq import RabbitTaskQueue

        return RabbitTaskQueue(settings.rabbitmq_url.get_secret_value(), authority=settings.rabbitmq_ca)
    from shared.adapters.embedded import EmbeddedTaskQueue

    return EmbeddedTaskQueue(settings.home / "boostgrid.sqlite")
