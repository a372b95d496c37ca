"""Requests end in time and in words, whatever the API server does."""

from __future__ import annotations

import time

import pytest
from kubernetes.client import Configuration

from dashboard.cluster.kubernetes.api import KubernetesApi, NotNow, Refused
from tests.support.false_api import FalseApi, Mute


@pytest.fixture
def server():
    with FalseApi() as server:
        yield server


def api_of(server, **changes: float) -> KubernetesApi:
    return KubernetesApi(server.configuration(), **({"read_seconds": 0.5, "answer_seconds": 1.0} | changes))


def status(code: int, reason: str, message: str) -> dict[str, object]:
    return {"kind": "Status", "code": code, "reason": reason, "message": message}


def test_a_list_is_read_from_the_servers_memory_with_a_limit_in_time(server):
    server.answer = lambda *_: (200, {"items": [{"metadata": {"name": "a"}}]})

    assert api_of(server).list("/api/v1/namespaces/b/pods", labelSelector="x in (y, z)") == [
        {"metadata": {"name": "a"}}
    ]

    (method, path) = server.requests[0]
    assert method == "GET"
    assert "resourceVersion=0" in path
    assert "timeoutSeconds=10" in path
    assert "labelSelector=x%20in%20%28y%2C%20z%29" in path


def test_a_list_without_items_is_empty(server):
    server.answer = lambda *_: (200, {"items": None})
    assert api_of(server).list("/api/v1/pods") == []


def test_no_is_told_with_the_servers_words(server):
    server.answer = lambda *_: (403, status(403, "Forbidden", "pods is forbidden: User ..."))
    with pytest.raises(Refused, match="pods is forbidden") as refused:
        api_of(server).get("/api/v1/pods")
    assert (refused.value.status, refused.value.reason) == (403, "Forbidden")


def test_too_many_requests_is_told_with_the_pause_that_the_server_asks_for(server):
    server.answer = lambda *_: (429, status(429, "TooManyRequests", "slow down"), {"Retry-After": "7"})
    began = time.monotonic()
    with pytest.raises(NotNow, match="slow down") as told:
        api_of(server).get("/api/v1/pods")
    assert told.value.retry_after == 7.0
    assert len(server.requests) == 1, "the client must not try again by itself"
    assert time.monotonic() - began < 5


def test_an_unknown_login_names_the_kubeconfig(server):
    server.answer = lambda *_: (401, status(401, "Unauthorized", "Unauthorized"))
    with pytest.raises(NotNow, match="kubeconfig"):
        api_of(server).get("/api/v1/pods")


def test_a_slow_server_is_given_up(server):
    server.delay = 30.0
    began = time.monotonic()
    with pytest.raises(NotNow, match=r"no answer within 0\.5 s"):
        api_of(server).get("/api/v1/pods")
    assert time.monotonic() - began < 20


def test_a_server_that_drips_is_given_up(server):
    server.answer = lambda *_: (200, b"x" * 1000)
    server.drip = 0.05
    began = time.monotonic()
    with pytest.raises(NotNow, match="does not end"):
        api_of(server, answer_seconds=0.5).get("/api/v1/pods")
    assert time.monotonic() - began < 5


def test_a_mute_server_is_given_up():
    with Mute() as server:
        began = time.monotonic()
        with pytest.raises(NotNow, match="no answer within"):
            api_of(server).get("/api/v1/pods")
        assert time.monotonic() - began < 20


def test_nobody_there_is_told():
    with Mute() as gone:
        configuration = gone.configuration()
    with pytest.raises(NotNow, match="refused"):
        KubernetesApi(configuration).get("/api/v1/pods")


@pytest.mark.parametrize("page", [b"<html>Sign in</html>", b"[" * 100_000])
def test_a_proxys_page_is_no_answer(server, page):
    server.answer = lambda *_: (200, page)
    with pytest.raises(NotNow, match="no JSON"):
        api_of(server).get("/api/v1/pods")


@pytest.mark.parametrize("words", [b"", b"[" * 100_000])
def test_a_server_error_without_words_is_told_by_its_number(server, words):
    server.answer = lambda *_: (503, words)
    with pytest.raises(NotNow, match="HTTP 503"):
        api_of(server).get("/api/v1/pods")


def test_a_certificate_nobody_vouches_for_is_told(server):
    configuration = Configuration(host=server.configuration().host.replace("http:", "https:"))
    with pytest.raises(NotNow):
        KubernetesApi(configuration).get("/api/v1/pods")
