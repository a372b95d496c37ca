"""What stands behind the ports: SQLite files, MongoDB, RabbitMQ, and worker processes of this machine."""
