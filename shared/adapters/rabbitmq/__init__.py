"""The queue in RabbitMQ (3.10 or newer, 4.x): the only place that knows pika."""

from shared.adapters.rabbitmq.queue import RabbitTaskQueue
from shared.adapters.rabbitmq.topology import Topology

__all__ = ["RabbitTaskQueue", "Topology"]
