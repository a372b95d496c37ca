"""Fixtures that start services; each module says what it needs."""

pytest_plugins = ["tests.rabbitmq_server", "tests.mongodb_server"]
