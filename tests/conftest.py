"""Fixtures that start services, and a worker on fakes; each module says what it needs."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

# a busy machine is no failure
settings.register_profile("any machine", settings(), deadline=None)
settings.load_profile("any machine")

pytest_plugins = [
    "tests.support.rabbitmq_server",
    "tests.support.mongodb_server",
    "tests.support.worker_bench",
    "tests.support.engines_bench",
]


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """What a command that runs in a test's own process sets up for its logs ends with the test."""
    loggers = [logging.getLogger(name) for name in (None, "pika", "pymongo")]
    before = [(logger, logger.level) for logger in loggers]
    yield
    for logger, level in before:
        logger.setLevel(level)
