"""An address of a service that is none, or has its password written wrong, shows no part of that."""

from __future__ import annotations

import traceback

import pika
import pytest

from shared.adapters.mongodb.connection import Connection
from shared.adapters.rabbitmq.connection import _OPTIONS, Broker
from shared.errors import ServiceUnavailable

#: each sign alone ends a host, an @ before it or not
PASSWORDS = ["s3cr@t/x", "s3cr/t", "s3cr?t", "s3cr#t", "s3cr@t?x", "s3cr:t#x", "s3cr[t/"]


def told_by_rabbitmq(url: str) -> ServiceUnavailable:
    with pytest.raises(ServiceUnavailable) as told:
        Broker(url)
    return told.value


def told_by_mongodb(url: str) -> ServiceUnavailable:
    with pytest.raises(ServiceUnavailable) as told:
        _ = Connection(url, "boostgrid", {}).database
    return told.value


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_that_cuts_its_address_is_not_shown_as_a_host(password: str) -> None:
    rabbitmq = told_by_rabbitmq(f"amqp://user:{password}@127.0.0.1:1/")
    assert rabbitmq.reason == "RABBITMQ_URL is not an AMQP address"
    mongodb = told_by_mongodb(f"mongodb://user:{password}@127.0.0.1:1/")
    assert mongodb.reason == "MONGODB_URL is not a MongoDB URL"
    for error in (rabbitmq, mongodb):
        assert "percent-encoded" in error.hint
        assert "s3cr" not in "".join(traceback.format_exception(error)).lower()


def test_options_that_are_none_are_not_shown() -> None:
    error = told_by_rabbitmq("amqps://user:s3cret@host:1/?ssl_options=%7Bs3cret")
    assert "s3cret" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("url", ["S3cret", "user:S3cret@host", "http://user:S3cret@host", "amqp://[S3cret", "//S3cret"])
def test_what_is_no_address_is_not_shown(url: str) -> None:
    for error in (told_by_rabbitmq(url), told_by_mongodb(url)):
        assert "s3cret" not in "".join(traceback.format_exception(error)).lower()


def test_a_file_that_is_not_there_is_a_sentence() -> None:
    error = told_by_mongodb("mongodb://user:s3cret@127.0.0.1:1/?tls=true&tlsCAFile=/not/there")
    assert "a file that MONGODB_URL names cannot be read: No such file or directory" in str(error)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("tsl=true", "MONGODB_URL has an option 'tsl' that nothing reads). Write one of appname, "),
        ("tlss=true", "MONGODB_URL has an option 'tlss' that nothing reads). Did you mean tls?"),
        ("w=1&replicaste=rs0", "MONGODB_URL has an option 'replicaste' that nothing reads). Did you mean replicaset?"),
        ("tls=s3cret", "MONGODB_URL has an option 'tls' with a value that it cannot have"),
        ("tls", "MONGODB_URL is not a MongoDB URL"),
    ],
)
def test_an_option_of_mongodb_that_would_be_passed_over_is_refused(query: str, told: str) -> None:
    error = told_by_mongodb(f"mongodb://user:s3cret@127.0.0.1:1/?{query}")
    assert told in str(error)
    assert "s3cret" not in "".join(traceback.format_exception(error))


def test_an_option_of_rabbitmq_that_would_be_passed_over_is_refused() -> None:
    error = told_by_rabbitmq("amqps://user:s3cret@host/?heartbeet=5&ssl_option=s3cret")
    assert "RABBITMQ_URL has an option 'heartbeet' that nothing reads). Did you mean heartbeat?" in str(error)
    assert "s3cret" not in "".join(traceback.format_exception(error))


def test_the_options_of_rabbitmq_are_those_that_its_client_reads() -> None:
    read = {name.removeprefix("_set_url_") for name in dir(pika.URLParameters) if name.startswith("_set_url_")}
    assert read == _OPTIONS


def test_an_encoded_password_passes() -> None:
    assert Broker("amqp://user:s3cr%40t%2Fx@host:5671/").parameters.host == "host"
