"""Fixtures that start services, and a worker on fakes; each module says what it needs."""

pytest_plugins = [
    "tests.support.rabbitmq_server",
    "tests.support.mongodb_server",
    "tests.support.worker_bench",
    "tests.support.engines_bench",
]
