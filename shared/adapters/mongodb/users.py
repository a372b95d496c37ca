"""`python -m shared.adapters.mongodb.users`: makes the two users of a MongoDB, and looks after them.

It runs beside `mongod --auth` in one pod, since a server without users takes the first one from its own machine only
(the localhost exception). Whatever was killed in the midst of whatever, it finds out where things stand by logging in,
does what is missing, and proves each step by logging in again. So it may run at any time, and for ever.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Protocol

from pydantic import ValidationError
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from shared.errors import BoostgridError, ServiceUnavailable
from shared.logs import set_up_logs
from shared.settings import UsersSettings, explain

log = logging.getLogger("shared.adapters.mongodb.users")

#: the wait before the next look while something is missing, and once all is there, in seconds
_SOON_SECONDS, _LATER_SECONDS = 2.0, 30.0
_ANSWER_MS = 5_000
#: the server's codes for no: no such user, not authorized, wrong user or password, the user exists
_REFUSALS = frozenset({11, 13, 18, 51003})
#: a user counts as made once it is in the journal
_JOURNALED = {"w": 1, "j": True}


class UsersRefused(BoostgridError):
    """Raised when the server lets neither the given users in nor new ones be made; names the password to mend."""


class NotAllowed(BoostgridError):
    """Raised when the server does not let this user, or nobody at all, do that."""


@dataclass(frozen=True, slots=True)
class Login:
    """A user with its password."""

    user: str
    password: str = field(repr=False)


class UserServer(Protocol):
    """The few calls of the client. All raise ServiceUnavailable while the server is not up."""

    def lets_in(self, login: Login) -> bool:
        """Whether the server knows the user by this password."""

    def has(self, user: str, by: Login) -> bool:
        """Whether there is a user of that name. Raises NotAllowed."""

    def create(self, login: Login, role: str, database: str, by: Login | None) -> None:
        """Make a user; ``by`` None is nobody, whom a server without users allows it. Raises NotAllowed."""

    def set_password(self, login: Login, by: Login) -> None:
        """Give a user that is there this password. Raises NotAllowed."""


def make_users(server: UserServer, root: Login, own: Login, database: str) -> None:
    """Make what is missing of both users; return once the server lets Boostgrid's own in.

    Raises ServiceUnavailable while it is not up, UsersRefused where the passwords are not the volume's.
    """
    root_stands = server.lets_in(root) or _make_root(server, root)
    if server.lets_in(own):
        if not root_stands:
            log.warning(
                "MongoDB lets %s in, and refuses MONGODB_ROOT_PASSWORD: the Secret's is not the volume's",
                own.user,
                extra={"event": "users.root_refused"},
            )
        return
    if not root_stands:
        raise UsersRefused(
            "MongoDB has users already and refuses both MONGODB_ROOT_PASSWORD and MONGODB_PASSWORD: put the passwords "
            "with which its volume was made into the Secret"
        )
    if server.has(own.user, by=root):  # by another password: the Secret's is the one that shall be
        server.set_password(own, by=root)
    else:
        server.create(own, "readWrite", database, by=root)
    if not server.lets_in(own):
        raise UsersRefused(f"MongoDB has made {own.user} and does not let it in: see MongoDB's log")
    log.info("%s can log in", own.user, extra={"event": "users.made", "user": own.user})


def _make_root(server: UserServer, root: Login) -> bool:
    try:
        server.create(root, "root", "admin", by=None)
    except NotAllowed:  # there are users: nobody may make one any more
        return False
    log.info("made %s", root.user, extra={"event": "users.made", "user": root.user})
    return server.lets_in(root)


class MongoUserServer:
    """A server on this machine. Every call has a connection of its own, so that none is logged in by accident."""

    def __init__(self, port: int) -> None:
        self._url = f"mongodb://127.0.0.1:{port}/?directConnection=true"

    def lets_in(self, login: Login) -> bool:
        """Whether the server knows the user by this password."""
        try:
            self._command(login, {"ping": 1})
        except NotAllowed:
            return False
        return True

    def has(self, user: str, by: Login) -> bool:
        """Whether there is a user of that name."""
        return bool(self._command(by, {"usersInfo": user}).get("users"))

    def create(self, login: Login, role: str, database: str, by: Login | None) -> None:
        """Make a user, in the journal when this returns."""
        roles = [{"role": role, "db": database}]
        self._command(by, {"createUser": login.user, "pwd": login.password, "roles": roles, "writeConcern": _JOURNALED})

    def set_password(self, login: Login, by: Login) -> None:
        """Change a user's password, in the journal when this returns."""
        self._command(by, {"updateUser": login.user, "pwd": login.password, "writeConcern": _JOURNALED})

    def _command(self, login: Login | None, command: dict[str, Any]) -> dict[str, Any]:
        client: MongoClient[dict[str, Any]] = MongoClient(
            self._url,
            username=login and login.user,
            password=login and login.password,
            serverSelectionTimeoutMS=_ANSWER_MS,
            connectTimeoutMS=_ANSWER_MS,
            socketTimeoutMS=_ANSWER_MS,
        )
        try:
            with client:
                return client.admin.command(command)
        except OperationFailure as error:
            if error.code in _REFUSALS:
                raise NotAllowed(f"MongoDB refuses {next(iter(command))}") from error
            raise ServiceUnavailable("MongoDB", f"it answers with error {error.code}", "See its log.") from error
        except ConnectionFailure as error:
            raise ServiceUnavailable("MongoDB", "it is not up yet", "Wait for its start, or see its log.") from error
        except PyMongoError as error:
            raise ServiceUnavailable("MongoDB", type(error).__name__, "See its log.") from error


def watch(settings: UsersSettings, server: UserServer, wait: Callable[[float], bool]) -> None:
    """Make the users again and again until ``wait`` says that it is time to leave.

    The file tells the pod's probe that Boostgrid's user is there. It stays: a server that restarts keeps its users.
    """
    root = Login(settings.root_username, settings.root_password.get_secret_value())
    own = Login(settings.username, settings.password.get_secret_value())
    said = ""
    pause = 0.0
    while not wait(pause):
        try:
            make_users(server, root, own, settings.mongodb_database)
            if settings.users_ready_file is not None:
                settings.users_ready_file.touch()
        except (BoostgridError, OSError) as error:
            pause = _SOON_SECONDS
            if str(error) != said:  # the same trouble is told once
                log.warning("%s", error, extra={"event": "users.missing"})
            said = str(error)
            continue
        if said or pause != _LATER_SECONDS:
            log.info("all users are there", extra={"event": "users.ready"})
        said, pause = "", _LATER_SECONDS


def change_root_password(settings: UsersSettings, server: UserServer, new: str) -> None:
    """Give the administrator another password than the settings'; the Secret follows. Raises UsersRefused."""
    root = Login(settings.root_username, settings.root_password.get_secret_value())
    if not new:
        raise UsersRefused("no password was given: write it to standard input")
    try:
        server.set_password(Login(root.user, new), by=root)
    except NotAllowed as error:
        raise UsersRefused("MongoDB refuses MONGODB_ROOT_PASSWORD, the one that shall be changed") from error


def main(arguments: Sequence[str] = ()) -> int:
    """Read the settings and watch until SIGTERM; return the exit code."""
    parser = ArgumentParser(prog="python -m shared.adapters.mongodb.users", description="Makes MongoDB's users.")
    parser.add_argument(
        "--change-root-password", action="store_true", help="read a new one from standard input, set it, and end"
    )
    asked = parser.parse_args(arguments)
    try:
        settings = UsersSettings()
    except ValidationError as error:
        print(f"users: {explain(error)}", file=sys.stderr)
        return 2
    set_up_logs(settings)
    server = MongoUserServer(settings.mongodb_port)
    if asked.change_root_password:
        try:
            change_root_password(settings, server, sys.stdin.readline().strip())
        except BoostgridError as error:
            print(f"users: {error}", file=sys.stderr)
            return 1
        return 0
    leave = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        leave.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    watch(settings, server, leave.wait)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
