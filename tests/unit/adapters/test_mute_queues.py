"""What is noted of queues that do not answer: which are named, when they are asked again, and by whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pika.exceptions import AMQPConnectionError

from shared.adapters.rabbitmq import mute_queues
from shared.adapters.rabbitmq.connection import BrokerSilent
from shared.adapters.rabbitmq.mute_queues import MuteQueues
from shared.domain import TaskAddress
from tests.support.task_queues import ADDRESS, OTHER


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mute_queues, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(mute_queues, "_LONGEST_PAUSE", 0.04)


class Asked:
    """Raises what it is to raise, and notes who asked."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.threads: list[str] = []

    def __call__(self, address: TaskAddress) -> None:
        self.threads.append(threading.current_thread().name)
        if self.error is not None:
            raise self.error


def becomes_true(condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


Open = Callable[[Asked], MuteQueues]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Makes them; closes them afterwards."""
    made: list[MuteQueues] = []

    def make(asked: Asked) -> MuteQueues:
        made.append(MuteQueues(asked))
        return made[-1]

    yield make
    for each in made:
        each.close()


def silent(queues: MuteQueues) -> None:
    with pytest.raises(BrokerSilent), queues.noted(ADDRESS):
        raise BrokerSilent("it does not answer")


def test_one_that_did_not_answer_is_asked_elsewhere_until_it_does(opened: Open) -> None:
    asked = Asked(BrokerSilent("it does not answer"))
    queues = opened(asked)
    assert queues.may_ask(ADDRESS)
    silent(queues)
    assert not queues.may_ask(ADDRESS)
    assert queues.may_ask(OTHER)
    assert becomes_true(lambda: not queues.may_ask(ADDRESS) and len(asked.threads) >= 2)
    assert threading.current_thread().name not in asked.threads
    asked.error = None
    assert becomes_true(lambda: queues.may_ask(ADDRESS))
    assert queues.known() == frozenset()


@pytest.mark.parametrize(
    ("error", "known"), [(BrokerSilent("it does not answer"), True), (AMQPConnectionError("refused"), False)], ids=str
)
def test_it_is_named_once_the_broker_answered_and_it_did_not(error: Exception, known: bool, opened: Open) -> None:
    asked = Asked(error)
    queues = opened(asked)
    silent(queues)
    assert queues.known() == frozenset()  # the whole broker may be silent
    assert becomes_true(lambda: not queues.may_ask(ADDRESS) and len(asked.threads) >= 2)
    assert queues.known() == (frozenset({ADDRESS}) if known else frozenset())


def test_what_goes_wrong_otherwise_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture, opened: Open) -> None:
    asked = Asked(RuntimeError("can't start new thread"))
    queues = opened(asked)
    silent(queues)
    assert becomes_true(lambda: not queues.may_ask(ADDRESS) and len(asked.threads) >= 2)
    assert "could not ask a queue again" in caplog.text


def test_one_that_nobody_wants_to_ask_any_more_is_not_named_for_ever(
    monkeypatch: pytest.MonkeyPatch, opened: Open
) -> None:
    asked = Asked(BrokerSilent("it does not answer"))
    queues = opened(asked)
    silent(queues)
    assert becomes_true(lambda: queues.may_ask(ADDRESS) or queues.known())
    monkeypatch.setattr(mute_queues, "_BELIEVED_SECONDS", 0.0)
    assert becomes_true(lambda: not queues.known())
    assert not queues.may_ask(ADDRESS)
    monkeypatch.setattr(mute_queues, "_REMEMBERED_SECONDS", 0.0)
    assert becomes_true(lambda: queues.known() or queues.may_ask(ADDRESS))


def test_once_closed_it_is_asked_no_more(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    asked = Asked(BrokerSilent("it does not answer"))
    queues = opened(asked)
    silent(queues)
    queues.close()
    said = len(caplog.records)
    time.sleep(0.05)  # longer than its pause
    assert not queues.may_ask(ADDRESS)
    assert (asked.threads, len(caplog.records)) == ([], said)


def test_where_no_thread_can_be_started_it_is_asked_later(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(None)
    queues = opened(asked)
    silent(queues)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refused)
        time.sleep(0.05)  # longer than its pause
        assert not queues.may_ask(ADDRESS)
    assert becomes_true(lambda: queues.may_ask(ADDRESS))
    assert len(asked.threads) == 1


def refused(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
