"""Chooses the adapters behind the ports from the settings; every entry point opens them here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from shared.ports import Measure, Store, TaskQueue
from shared.settings import Settings


def open_metrics(settings: Settings, measure: Callable[[], Iterable[Measure]]) -> Callable[[], None]:
    """Answer scrapes with what ``measure`` gives, where a port is set; return what ends that."""
    if settings.metrics_port is None:
        return lambda: None
    from shared.adapters.prometheus import serve_metrics

    return serve_metrics(settings.metrics_host, settings.metrics_port, measure)


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
