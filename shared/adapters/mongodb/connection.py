"""One client for each process, its indexes, and its errors in our words."""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from bson.errors import BSONError
from pymongo import IndexModel, MongoClient
from pymongo.common import URI_OPTIONS_VALIDATOR_MAP
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.uri_parser import split_options
from pymongo.write_concern import WriteConcern
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from shared.adapters.addresses import password_cuts, unknown_option
from shared.adapters.migrations import (
    RECHECK_SECONDS,
    Migration,
    bring_up_to_date,
    known_version,
    readable_version,
)
from shared.adapters.mongodb.collisions import codes_of, is_collision
from shared.adapters.mongodb.reaching import dropped_at
from shared.adapters.mongodb.versions import MIGRATIONS, DatabaseVersion
from shared.errors import BLOCKED, RecordRefused, ServiceUnavailable, blocked_hint
from shared.wording import shown

Document = dict[str, Any]

#: how long to look for a server that takes writes, in milliseconds; the caller says what then
_SELECTION_MS = 3_000
#: how long to wait for an answer, in milliseconds; deleting a very large sweep takes most of it
_ANSWER_MS = 60_000
#: how long a majority may take to confirm a write before it counts as unanswered, in milliseconds
MAJORITY_MS = 10_000
#: where a bulk's report lists what went wrong
_PROBLEMS = ("writeErrors", "writeConcernErrors")
#: what a server says of a document that is too large, or that an update would make too large
_TOO_LARGE = {10334, 17419, 17420}
#: the same of a document in a bulk, as FerretDB passes it on from PostgreSQL: untranslated
_TOO_LARGE |= {302776349}
_HINT = "Check that it runs and has a primary, and that MONGODB_URL has its address, user and password."
#: for a server whose certificate is not believed
_CERTIFICATE_HINT = (
    "Check that MONGODB_CA is the authority that signed its certificate, and that the certificate has the name in "
    "MONGODB_URL and is valid today."
)
#: what the driver says of a server that ends a connection as soon as it is spoken to
_HUNG_UP = ("Connection reset by peer", "connection closed")


@contextlib.contextmanager
def _trusting(authority: str | None) -> Iterator[dict[str, Any]]:
    """Give the client's options for an authority. It takes a file only, which it reads when it is made."""
    if authority is None:
        yield {}
        return
    try:
        ssl.create_default_context(cadata=authority)
    except (ssl.SSLError, ValueError):
        raise ServiceUnavailable(
            "MongoDB", "MONGODB_CA holds no certificate", "Give the authority's certificate as PEM text."
        ) from None
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(authority)
        file.flush()
        yield {"tls": True, "tlsCAFile": file.name}


class Connection:
    """Opens the database on first use, anew in a forked child, and makes its indexes once in each process."""

    def __init__(
        self,
        url: str,
        database: str,
        indexes: Mapping[str, list[IndexModel]],
        migrations: Sequence[Migration[Database[Document]]] = MIGRATIONS,
        authority: str | None = None,
    ) -> None:
        self._url, self._name, self._indexes, self._migrations = url, database, indexes, migrations
        #: PEM of who signs the server's certificate; None: the system's authorities, where the URL asks for TLS
        self._authority = authority
        self._lock = threading.Lock()
        self._client: MongoClient[Document] | None = None
        self._indexed = False
        self._recheck_at = 0.0
        self._pid = os.getpid()

    @property
    def database(self) -> Database[Document]:
        """The database; writes wait for a majority's journal, reads see only what a majority has.

        They ask the primary, whatever the URL says: what a secondary tells may be of before what was just written.
        """
        with self._lock:
            if self._pid != os.getpid():
                # A forked child must not touch its parent's sockets, not even to close them.
                self._client, self._indexed, self._pid = None, False, os.getpid()
            database = self._open().get_database(
                self._name,
                write_concern=WriteConcern(w="majority", j=True, wtimeout=MAJORITY_MS),
                read_concern=ReadConcern("majority"),
                read_preference=ReadPreference.PRIMARY,
            )
            version = DatabaseVersion(database, lambda: _server_time(database))
            if not self._indexed:
                readable_version(version, known_version(self._migrations))  # before anything is changed
                for collection, models in self._indexes.items():
                    database[collection].create_indexes(models)
                self._indexed, self._recheck_at = True, 0.0
            if time.monotonic() >= self._recheck_at:  # a rollout may have changed it meanwhile
                bring_up_to_date(version, database, self._migrations)
                self._recheck_at = time.monotonic() + RECHECK_SECONDS
            return database

    def server_time(self) -> datetime:
        """Return the primary's clock, which stamps all writes."""
        return _server_time(self.database)

    def visible_until(self) -> datetime:
        """Return up to when, by the primary's clock, what was written is visible to readers."""
        hello = self.database.client.admin.command("hello")
        now: datetime = hello["localTime"]
        # of a replica set; a server by itself shows what it has
        seen: datetime | None = hello.get("lastWrite", {}).get("majorityWriteDate")
        return now if seen is None else min(now, seen)

    def close(self) -> None:
        """Close the sockets of this process; the next use opens new ones."""
        with self._lock:
            if self._client is not None and self._pid == os.getpid():
                self._client.close()
            self._client = None

    def unavailable(self, error: PyMongoError) -> ServiceUnavailable:
        """Return the error in our words, without the URL's password."""
        text = str(error)
        if isinstance(error, BulkWriteError):
            text = "; ".join({str(each["errmsg"]) for kind in _PROBLEMS for each in error.details.get(kind, [])})
        # The server list of a time-out, with its topology description, fills a screen.
        reason = text.split(" (configured timeouts")[0].split(", full error")[0].split(", Timeout:")[0]
        if isinstance(error, ServerSelectionTimeoutError) and (dropped := dropped_at(self._addresses())):
            return ServiceUnavailable("MongoDB", BLOCKED, blocked_hint(dropped, "MONGODB_URL"))
        hint = _HINT
        if "certificate verify failed" in text.lower():
            hint = _CERTIFICATE_HINT
        elif "ssl handshake failed" in text.lower():
            hint = (
                "Check that it speaks TLS at the address in MONGODB_URL; without tls=true and MONGODB_CA it is asked "
                "for none."
            )
        elif isinstance(error, AutoReconnect) and any(words in text for words in _HUNG_UP):
            hint = f"{_HINT} If it speaks TLS only, add tls=true."
        return ServiceUnavailable("MongoDB", self._without_password(reason), hint)

    def _open(self) -> MongoClient[Document]:
        if self._client is None:
            if not self._url.startswith(("mongodb://", "mongodb+srv://")) or password_cuts(self._url):
                raise _bad_address()  # the driver takes what has no scheme for a host, and shows it
            try:
                _check_options(self._url)
                with _trusting(self._authority) as tls:
                    self._client = MongoClient(
                        self._url,
                        appname="boostgrid",
                        tz_aware=True,
                        serverSelectionTimeoutMS=_SELECTION_MS,
                        connectTimeoutMS=_SELECTION_MS,
                        socketTimeoutMS=_ANSWER_MS,
                        **tls,
                    )
            except (InvalidURI, ConfigurationError, ValueError):
                # pymongo's message may quote any part of the URL, the password too: neither it nor the cause is kept.
                raise _bad_address() from None
            except OSError as error:
                raise ServiceUnavailable(
                    "MongoDB",
                    f"a file that MONGODB_URL names cannot be read: {error.strerror or 'it is none of this kind'}",
                    "Check tlsCAFile and tlsCertificateKeyFile, or give the authority in MONGODB_CA.",
                ) from None
        return self._client

    def _addresses(self) -> list[tuple[str, int | None]]:
        client = self._client
        return list(client.topology_description.server_descriptions()) if client is not None else []

    def _without_password(self, text: str) -> str:
        credentials = self._url.partition("://")[2].rpartition("@")[0]
        password = credentials.partition(":")[2]
        for secret in filter(None, {self._url, credentials, password, unquote(password)}):
            text = text.replace(secret, "***")
        return text


def _bad_address() -> ServiceUnavailable:
    return ServiceUnavailable(
        "MongoDB",
        "MONGODB_URL is not a MongoDB URL",
        "Write it as mongodb://user:password@host:27017/, with special characters percent-encoded.",
    )


def _check_options(url: str) -> None:
    """Refuse what the driver would warn of and pass over: a misspelt ``tls`` would send everything in the open."""
    for pair in filter(None, urlsplit(url).query.split("&")):
        name = pair.partition("=")[0]
        try:
            split_options(pair, warn=False)
        except InvalidURI:
            raise _bad_address() from None
        except ConfigurationError:
            raise unknown_option("MongoDB", "MONGODB_URL", name, URI_OPTIONS_VALIDATOR_MAP) from None
        except (ValueError, TypeError):
            raise ServiceUnavailable(
                "MongoDB",
                f"MONGODB_URL has an option {shown(name)} with a value that it cannot have",
                "MongoDB's documentation of connection strings lists its values.",
            ) from None


def _server_time(database: Database[Document]) -> datetime:
    now: datetime = database.client.admin.command("hello")["localTime"]
    return now


class Connected(Protocol):
    """What has a connection."""

    _connection: Connection


P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=Connected)


def answered(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Repeat an idempotent method whose connection broke or whose write collided; translate pymongo's errors."""

    @functools.wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_attempt(3),
            wait=wait_exponential(multiplier=0.05, max=1),
            reraise=True,
        )
        try:
            return retrying(method, self, *args, **kwargs)
        except PyMongoError as error:
            unavailable = self._connection.unavailable(error)
            if _is_refusal(error):
                raise RecordRefused(unavailable.service, unavailable.reason) from error
            raise unavailable from error
        except (BSONError, OverflowError, UnicodeEncodeError) as error:  # the driver's, before anything is sent
            raise RecordRefused("MongoDB", str(error)) from error

    return call


def _is_refusal(error: PyMongoError) -> bool:
    if isinstance(error, BulkWriteError):
        return bool(codes_of(error) & _TOO_LARGE)
    return isinstance(error, OperationFailure) and error.code in _TOO_LARGE


def _is_passing(error: BaseException) -> bool:
    # Server selection has already waited for a server as long as a caller may be kept.
    broken = isinstance(error, AutoReconnect) and not isinstance(error, ServerSelectionTimeoutError)
    return broken or is_collision(error)
