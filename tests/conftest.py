"""Fixtures that start services, and a worker on fakes; each module says what it needs."""

pytest_plugins = ["tests.rabbitmq_server", "tests.mongodb_server", "tests.worker_bench", "tests.support.engines_bench"]
