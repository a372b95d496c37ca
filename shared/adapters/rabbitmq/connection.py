"""Reaching the broker: its address, patience, and errors in words that never hold the password."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import urlsplit

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import (
    AMQPConnectionError,
    AMQPError,
    ChannelClosedByBroker,
    ConnectionBlockedTimeout,
    ConnectionClosedByBroker,
    IncompatibleProtocolError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)
from tenacity import (
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_after_delay,
    stop_when_event_set,
    wait_random_exponential,
)

from shared.adapters.addresses import options_of, password_cuts, unknown_option
from shared.errors import BLOCKED, ServiceUnavailable, blocked_hint

T = TypeVar("T")

#: what a broken connection, a missing broker or a refused request raise
BROKER_ERRORS = (AMQPError, OSError)
#: default of Broker.patience
PATIENCE_SECONDS = 30.0
_CONNECT_SECONDS = 5.0
#: how long an answer to a question is waited for, in seconds
ANSWER_SECONDS = 5.0
#: how long the broker may take to confirm that a connection is closed, in seconds
_GOODBYE_SECONDS = 1.0
#: what pika reads of an address; it passes over the rest
_OPTIONS = frozenset(
    {
        "blocked_connection_timeout",
        "channel_max",
        "client_properties",
        "connection_attempts",
        "frame_max",
        "heartbeat",
        "locale",
        "retry_delay",
        "socket_timeout",
        "ssl_options",
        "stack_timeout",
        "tcp_options",
    }
)
#: the broker's name for a queue that exists with other arguments
_PRECONDITION_FAILED = 406


class BrokerSilent(AMQPConnectionError):
    """Raised when the broker keeps the connection and says nothing, or settles nothing."""


class Broker:
    """Where the broker is, and how to get through to it."""

    #: the longest pause between two attempts, in seconds
    longest_wait = 5.0

    def __init__(self, url: str, patience: float = PATIENCE_SECONDS, authority: str | None = None) -> None:
        self.parameters = _parameters(url)
        if authority is not None:
            self.parameters.ssl_options = _trusting(authority, self.parameters)
        #: how long a caller is kept waiting for a broker that does not answer, in seconds
        self.patience = patience

    def connect(self) -> pika.BlockingConnection:
        """Open a connection: one attempt. Raises BROKER_ERRORS."""
        try:
            return pika.BlockingConnection(self.parameters)
        except AMQPConnectorException as error:
            raise broker_error(error) from error

    def patiently(self, attempt: Callable[[], T], give_up: threading.Event | None = None) -> T:
        """Return what ``attempt`` returns, tried again with back-off while the broker is away.

        Raises ServiceUnavailable when its patience ends, when ``give_up`` is set, or at once where waiting cannot help.
        """
        given_up = give_up or threading.Event()
        try:
            return Retrying(
                retry=retry_if_exception(_may_pass),
                wait=wait_random_exponential(multiplier=0.1, max=self.longest_wait),
                stop=stop_after_delay(self.patience) | stop_when_event_set(given_up),
                sleep=sleep_using_event(given_up),
                reraise=True,
            )(attempt)
        except BROKER_ERRORS as error:
            raise self.unavailable(error) from error

    def unavailable(self, error: BaseException | None) -> ServiceUnavailable:
        """Return the error to raise for a broker that failed with ``error``."""
        where = f"{self.parameters.host}:{self.parameters.port}"
        hint = f"Check that RabbitMQ runs and that RABBITMQ_URL names it ({where})."
        if isinstance(error, ProbableAuthenticationError):
            hint = f"Check the user and the password in RABBITMQ_URL for {where}."
        elif isinstance(error, ProbableAccessDeniedError):
            vhost = self.parameters.virtual_host
            hint = f"Check that the virtual host {vhost!r} in RABBITMQ_URL exists and lets the user in."
        elif isinstance(error, ChannelClosedByBroker) and error.reply_code == _PRECONDITION_FAILED:
            hint = "The queue exists with other arguments: let its tasks finish, delete it, and start again."
        elif isinstance(error, ConnectionBlockedTimeout):
            hint = f"RabbitMQ at {where} is short of memory or disk and blocks publishers: free some."
        elif isinstance(_innermost(error), ssl.SSLCertVerificationError):
            hint = (
                "Check that RABBITMQ_CA is the authority that signed its certificate, and that the certificate has "
                f"the name in RABBITMQ_URL ({self.parameters.host}) and is valid today."
            )
        elif isinstance(_innermost(error), ssl.SSLError):
            hint = f"Check that {where} in RABBITMQ_URL is RabbitMQ's port for TLS; amqp:// asks for none."
        elif _ended_at_once(error):
            hint += " If it speaks TLS only, write amqps:// and its port for TLS."
        elif isinstance(_innermost(error), TimeoutError):
            hint = blocked_hint(where, "RABBITMQ_URL")
        elif isinstance(error, BrokerSilent):
            hint = f"Check the alarms of RabbitMQ at {where}, and that most of its nodes run."
        return ServiceUnavailable("RabbitMQ", describe(error), hint)


def broker_error(error: BaseException) -> BaseException:
    """Return what pika says of a connection that never opened as one of BROKER_ERRORS: its own is in no family."""
    if isinstance(error, AMQPConnectorException):
        return BrokerSilent("it accepts connections and says nothing")
    return error


@contextlib.contextmanager
def answering(connection: pika.BlockingConnection, seconds: float | None = None) -> Iterator[None]:
    """End the connection with BrokerSilent where what is asked over it takes longer, ANSWER_SECONDS by default.

    pika's BlockingConnection waits for an answer as long as heartbeats let it, minutes by default, and has no limit of
    its own: the timer is one of the connection that it wraps.
    """
    inner = connection._impl  # type: ignore[attr-defined]
    silent = BrokerSilent("it does not answer")
    timer = inner._adapter_call_later(
        ANSWER_SECONDS if seconds is None else seconds, lambda: inner._terminate_stream(silent)
    )
    try:
        yield
    finally:
        if connection.is_open:
            inner._adapter_remove_timeout(timer)


def leave(connection: pika.BlockingConnection) -> None:
    """Close the connection if it is open, without waiting long for a broker that is silent."""
    if connection.is_open:
        with contextlib.suppress(*BROKER_ERRORS), answering(connection, _GOODBYE_SECONDS):
            connection.close()


def describe(error: BaseException | None) -> str:
    """Return the cause of a broker error in a few words; pika's own text is often empty or a nest of others."""
    if error is None:
        return "the connection is lost"
    if isinstance(error, ProbableAuthenticationError):
        return "it refuses the user or the password"
    if isinstance(error, ProbableAccessDeniedError):
        return "it refuses access to the virtual host"
    if isinstance(error, ConnectionBlockedTimeout):
        return "it blocks publishers"
    if isinstance(error, ChannelClosedByBroker | ConnectionClosedByBroker):
        return error.reply_text
    inner = _innermost(error)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"its certificate is not believed: {inner.verify_message}"
    if isinstance(inner, ssl.SSLError):
        return "what answers speaks no TLS that is understood here"
    if isinstance(inner, TimeoutError):
        return BLOCKED
    if _ended_at_once(error):
        return "it ends the connection at once"
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    return str(inner) or type(inner).__name__


def _innermost(error: BaseException | None) -> BaseException | None:
    """Return what pika's error is about: it nests the errors of the steps to a connection."""
    while error is not None and error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return getattr(error, "exception", error)


def _ended_at_once(error: BaseException | None) -> bool:
    """Whether the connection was lost before the broker said anything, as with TLS on its side only."""
    return isinstance(error, IncompatibleProtocolError) or isinstance(_innermost(error), IncompatibleProtocolError)


def _may_pass(error: BaseException) -> bool:
    permanent = isinstance(error, ProbableAuthenticationError | ProbableAccessDeniedError | ChannelClosedByBroker)
    unbelieved = isinstance(_innermost(error), ssl.SSLCertVerificationError)
    return isinstance(error, BROKER_ERRORS) and not permanent and not unbelieved


def _trusting(authority: str, parameters: pika.URLParameters) -> pika.SSLOptions:
    """Return the options of a connection that believes certificates of this authority only."""
    if parameters.ssl_options is None:
        raise ServiceUnavailable(
            "RabbitMQ",
            "RABBITMQ_CA is set, and RABBITMQ_URL asks for no TLS",
            "Write it as amqps://user:password@host:5671/.",
        )
    try:
        return pika.SSLOptions(ssl.create_default_context(cadata=authority), parameters.host)
    except (ssl.SSLError, ValueError):
        raise ServiceUnavailable(
            "RabbitMQ", "RABBITMQ_CA holds no certificate", "Give the authority's certificate as PEM text."
        ) from None


def _parameters(url: str) -> pika.URLParameters:
    try:
        if urlsplit(url).scheme not in ("amqp", "amqps") or password_cuts(url):
            raise _bad_address()
        options = options_of(url)
        for name in sorted(options.keys() - _OPTIONS):
            raise unknown_option("RabbitMQ", "RABBITMQ_URL", name, _OPTIONS)
        parameters = pika.URLParameters(url)
    except (ValueError, TypeError, AttributeError, SyntaxError):  # of options, which pika reads as Python
        raise _bad_address() from None  # the cause's text may show the password
    # what the URL's own query says goes first
    if "socket_timeout" not in options:
        parameters.socket_timeout = _CONNECT_SECONDS
    if "stack_timeout" not in options:
        parameters.stack_timeout = _CONNECT_SECONDS
    if "blocked_connection_timeout" not in options:
        parameters.blocked_connection_timeout = PATIENCE_SECONDS
    return parameters


def _bad_address() -> ServiceUnavailable:
    return ServiceUnavailable(
        "RabbitMQ",
        "RABBITMQ_URL is not an AMQP address",
        "Write it as amqp://user:password@host:5672/ or amqps://..., with special characters percent-encoded.",
    )
