"""MongoDB gets its two users whatever was killed in the midst of making them."""

from __future__ import annotations

import io
import logging
from unittest.mock import MagicMock

import pytest
from pymongo.errors import AutoReconnect, ConfigurationError, OperationFailure, ServerSelectionTimeoutError

from shared.adapters.mongodb import users
from shared.adapters.mongodb.users import (
    Login,
    MongoUserServer,
    NotAllowed,
    UsersRefused,
    change_root_password,
    make_users,
    watch,
)
from shared.errors import ServiceUnavailable
from shared.settings import UsersSettings

ROOT, OWN = Login("root", "root's"), Login("boostgrid", "own")


class FakeServer:
    """A mongod --auth with its localhost exception."""

    def __init__(self, **passwords: str) -> None:
        self.passwords = passwords
        self.roles: dict[str, tuple[str, str]] = {}
        self.up = True
        #: calls until it is killed
        self.calls_left: int | None = None

    def _call(self) -> None:
        if self.calls_left == 0:
            self.up = False
        if not self.up:
            raise ServiceUnavailable("MongoDB", "it is not up yet", "Wait.")
        if self.calls_left is not None:
            self.calls_left -= 1

    def _authenticate(self, by: Login | None) -> None:
        if (by is None and self.passwords) or (by is not None and self.passwords.get(by.user) != by.password):
            raise NotAllowed("no")

    def lets_in(self, login: Login) -> bool:
        self._call()
        return self.passwords.get(login.user) == login.password

    def has(self, user: str, by: Login) -> bool:
        self._call()
        self._authenticate(by)
        return user in self.passwords

    def create(self, login: Login, role: str, database: str, by: Login | None) -> None:
        self._call()
        self._authenticate(by)
        assert login.user not in self.passwords
        self.passwords[login.user] = login.password
        self.roles[login.user] = role, database

    def set_password(self, login: Login, by: Login) -> None:
        self._call()
        self._authenticate(by)
        assert login.user in self.passwords
        self.passwords[login.user] = login.password


def both() -> dict[str, str]:
    return {"root": ROOT.password, "boostgrid": OWN.password}


@pytest.mark.parametrize(
    "before",
    [{}, {"root": ROOT.password}, both(), both() | {"boostgrid": "an earlier one"}],
    ids=["fresh, or files without users", "one user of two", "all there", "the Secret has a new password"],
)
def test_both_users_are_there_afterwards_and_a_second_time_changes_nothing(before):
    server = FakeServer(**before)
    make_users(server, ROOT, OWN, "boostgrid")
    assert server.passwords == both()
    make_users(server, ROOT, OWN, "boostgrid")
    assert server.passwords == both()


def test_boostgrids_user_may_read_and_write_its_own_database_only():
    server = FakeServer()
    make_users(server, ROOT, OWN, "experiments")
    assert server.roles == {"root": ("root", "admin"), "boostgrid": ("readWrite", "experiments")}


@pytest.mark.parametrize("calls", range(6))
def test_a_server_that_is_killed_after_any_step_has_both_after_the_next_run(calls):
    server = FakeServer()
    server.calls_left = calls
    with pytest.raises(ServiceUnavailable):
        make_users(server, ROOT, OWN, "boostgrid")
    server.up, server.calls_left = True, None
    make_users(server, ROOT, OWN, "boostgrid")
    assert server.passwords == both()


def test_passwords_that_are_not_the_volumes_are_named():
    with pytest.raises(UsersRefused, match="refuses both MONGODB_ROOT_PASSWORD and MONGODB_PASSWORD: put the passw"):
        make_users(FakeServer(root="else", boostgrid="else"), ROOT, OWN, "boostgrid")


def test_another_administrator_is_no_reason_to_keep_boostgrid_out(caplog):
    make_users(FakeServer(root="else", boostgrid=OWN.password), ROOT, OWN, "boostgrid")
    assert "refuses MONGODB_ROOT_PASSWORD" in caplog.text


def test_a_server_that_says_it_made_the_user_is_not_believed(monkeypatch):
    server = FakeServer(root=ROOT.password)
    monkeypatch.setattr(server, "create", lambda *_, **__: None)
    with pytest.raises(UsersRefused, match="has made boostgrid and does not let it in"):
        make_users(server, ROOT, OWN, "boostgrid")


# watching


@pytest.fixture
def settings(monkeypatch, tmp_path):
    for name, value in {
        "MONGODB_ROOT_USERNAME": ROOT.user,
        "MONGODB_ROOT_PASSWORD": ROOT.password,
        "MONGODB_USERNAME": OWN.user,
        "MONGODB_PASSWORD": OWN.password,
        "BOOSTGRID_USERS_READY_FILE": str(tmp_path / "ready"),
    }.items():
        monkeypatch.setenv(name, value)
    return UsersSettings()


def turns(count, before_each=lambda turn: None):
    """Return a ``wait`` that ends after so many turns, and what it was asked to wait."""
    waited: list[float] = []

    def wait(seconds):
        if len(waited) == count:
            return True
        waited.append(seconds)
        before_each(len(waited))
        return False

    return wait, waited


def test_a_server_that_is_not_up_yet_is_waited_for_and_told_of_once(settings, caplog):
    server = FakeServer()
    server.up = False

    def start_it(turn):
        assert not settings.users_ready_file.exists()
        server.up = turn == 4

    wait, _ = turns(4, start_it)
    with caplog.at_level(logging.INFO):
        watch(settings, server, wait)
    assert settings.users_ready_file.exists()
    assert server.passwords == both()
    assert caplog.text.count("MongoDB does not answer") == 1
    assert caplog.text.count("all users are there") == 1


def test_users_that_a_kill_lost_are_made_again(settings):
    server = FakeServer()
    wait, waited = turns(2, lambda turn: server.passwords.clear())
    watch(settings, server, wait)
    assert server.passwords == both()
    assert waited[1] >= 10, "who has all looks now and then"


def test_without_a_file_to_write_it_says_so_and_goes_on(settings, tmp_path, caplog):
    settings = settings.model_copy(update={"users_ready_file": tmp_path / "no folder" / "ready"})
    wait, waited = turns(2)
    watch(settings, FakeServer(), wait)
    assert "No such file" in caplog.text
    assert len(waited) == 2


def test_a_missing_password_is_told_in_one_line(settings, monkeypatch, capsys):
    monkeypatch.setenv("MONGODB_PASSWORD", "")
    assert users.main() == 2
    assert "users: MONGODB_PASSWORD: field required" in capsys.readouterr().err


def test_the_administrators_password_is_changed_by_who_knows_the_old_one(settings):
    server = FakeServer(**both())
    change_root_password(settings, server, "another")
    assert server.passwords["root"] == "another"
    with pytest.raises(UsersRefused, match="refuses MONGODB_ROOT_PASSWORD"):
        change_root_password(settings, server, "a third")


def test_the_new_password_comes_from_standard_input(settings, monkeypatch, capsys):
    server = FakeServer(**both())
    monkeypatch.setattr(users, "MongoUserServer", lambda port: server)
    monkeypatch.setattr("sys.stdin", io.StringIO("another\n"))
    assert users.main(["--change-root-password"]) == 0
    assert server.passwords["root"] == "another"
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert users.main(["--change-root-password"]) == 1
    assert "no password was given" in capsys.readouterr().err


# the client


@pytest.fixture
def command(monkeypatch):
    client = MagicMock()
    client.return_value.__enter__.return_value = client.return_value
    monkeypatch.setattr(users, "MongoClient", client)
    return client.return_value.admin.command


@pytest.mark.parametrize("code", [11, 18])
def test_a_server_that_refuses_a_login_does_not_let_in(command, code):
    command.side_effect = OperationFailure("no", code)
    assert MongoUserServer(27017).lets_in(OWN) is False


@pytest.mark.parametrize("code", [13, 51003])
def test_nobody_may_make_a_user_where_there_are_some(command, code):
    command.side_effect = OperationFailure("command createUser requires authentication", code)
    with pytest.raises(NotAllowed):
        MongoUserServer(27017).create(ROOT, "root", "admin", by=None)


def test_a_user_is_looked_up_by_name(command):
    command.return_value = {"users": [{"user": "boostgrid"}]}
    assert MongoUserServer(27017).has("boostgrid", by=ROOT)
    for nobody in ({"users": []}, {"ok": 1.0}):  # MongoDB's answer, and FerretDB's
        command.return_value = nobody
        assert not MongoUserServer(27017).has("boostgrid", by=ROOT)


@pytest.mark.parametrize(
    "trouble",
    [
        ServerSelectionTimeoutError("none"),
        AutoReconnect("reset"),
        OperationFailure("shutting down", 91),
        ConfigurationError("?"),
    ],
)
def test_a_server_that_cannot_answer_is_not_taken_for_one_that_refuses(command, trouble):
    command.side_effect = trouble
    with pytest.raises(ServiceUnavailable):
        MongoUserServer(27017).lets_in(OWN)


def test_a_user_counts_once_it_is_in_the_journal(command):
    MongoUserServer(27017).create(OWN, "readWrite", "boostgrid", by=ROOT)
    MongoUserServer(27017).set_password(OWN, by=ROOT)
    for (sent,) in (call.args for call in command.call_args_list):
        assert sent["writeConcern"] == {"w": 1, "j": True}
