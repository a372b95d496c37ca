"""What is wrong with a sign-in is a sentence each, without a secret in any of them."""

from __future__ import annotations

import importlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shared.adapters.oidc import OidcMisconfigured, check_provider, read_auth
from shared.command_line import main

SECRET, COOKIE = "s3cret-of-the-client", "c00kie-secret-0123456789abcdefghijk"
ENDPOINTS = dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), "https://id")


@pytest.fixture(autouse=True)
def authlib_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def found(name: str, *more: Any) -> Any:
        return name if name.startswith("authlib") else real(name, *more)

    monkeypatch.setattr(importlib, "import_module", found)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str | None = None, **changes: str | None) -> Path:
        keys = {
            "redirect_uri": "https://b.example.com/oauth2callback",
            "cookie_secret": COOKIE,
            "client_id": "boostgrid",
            "client_secret": SECRET,
            "server_metadata_url": "https://id.example.com/.well-known/openid-configuration",
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in (keys | changes).items() if value is not None]
        path = tmp_path / "secrets.toml"
        path.write_text("\n".join(["[auth]", *lines]) if text is None else text)
        return path

    return write


class Provider:
    """Answers with what the test sets."""

    def __init__(self, url: str) -> None:
        self.issuer = url
        self.url = f"{url}/.well-known/openid-configuration"
        self.status = 200
        self.body: Any = {"issuer": url, **ENDPOINTS}


@pytest.fixture
def provider() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Provider(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("key", ["redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url"])
def test_a_key_that_is_missing_is_named(written: Callable[..., Path], key: str) -> None:
    for value in (None, " "):
        with pytest.raises(OidcMisconfigured, match=rf"\[auth\] lacks {key}"):
            read_auth(written(**{key: value}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"[auth]\nclient_secret = {SECRET}", "is not TOML"),
        ("[other]", r"has no section \[auth\]"),
        ("auth = 1", r"has no section \[auth\]"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(written: Callable[..., Path], text: str, told: str) -> None:
    with pytest.raises(OidcMisconfigured, match=told) as error:
        read_auth(written(text))
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OidcMisconfigured, match=r"BOOSTGRID_OIDC_SECRETS: .*gone cannot be read \(No such file"):
        read_auth(tmp_path / "gone")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"redirect_uri": "b.example.com"}, "redirect_uri must be"),
        ({"redirect_uri": "https://b.example.com/"}, "redirect_uri must be"),
        ({"cookie_secret": "short-c00kie"}, "cookie_secret has fewer than 32 characters"),
        ({"expose_tokens": "id"}, "expose_tokens"),
        ({"server_metadata_url": "https://u:short-c00kie@id/x"}, "has a user or password"),
    ],
)
def test_a_value_that_cannot_work_is_told_without_it(
    written: Callable[..., Path], changes: dict[str, str], told: str
) -> None:
    with pytest.raises(OidcMisconfigured, match=told) as error:
        read_auth(written(**changes))
    assert not any(secret in str(error.value) for secret in (SECRET, COOKIE, "short-c00kie"))


def test_what_streamlit_needs_besides_is_named(written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'authlib'", name="authlib")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(OidcMisconfigured, match="needs the package authlib"):
        read_auth(written())


def test_a_provider_that_fits_has_no_problems(written: Callable[..., Path], provider: Provider) -> None:
    path = written(server_metadata_url=provider.url)
    assert check_provider(path) == []
    assert check_provider(path, "https://b.example.com") == []
    assert check_provider(path, "b.example.com") == []


@pytest.mark.parametrize("address", ["http://b.example.com", "https://b.example.com:8443", "localhost:8501"])
def test_another_address_than_the_redirects_is_told(
    written: Callable[..., Path], provider: Provider, address: str
) -> None:
    (problem,) = check_provider(written(server_metadata_url=provider.url), address)
    assert f"is seen at {address.partition('://')[2] or address}, and redirect_uri leads to" in problem


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": 404}, "answers with status 404"),
        ({"body": b"<html>"}, "gives no JSON object"),
        ({"body": ["a list"]}, "gives no JSON object"),
        ({"body": {"issuer": "https://other", **ENDPOINTS}}, "calls itself https://other"),
        ({"body": {}}, "calls itself nothing"),
    ],
)
def test_a_discovery_that_does_not_fit_is_told(
    written: Callable[..., Path], provider: Provider, changes: dict[str, Any], told: str
) -> None:
    for name, value in changes.items():
        setattr(provider, name, value)
    assert told in check_provider(written(server_metadata_url=provider.url))[0]


def test_a_discovery_that_lacks_an_endpoint_is_told(written: Callable[..., Path], provider: Provider) -> None:
    del provider.body["jwks_uri"]
    assert check_provider(written(server_metadata_url=provider.url)) == [
        "The provider's discovery document lacks jwks_uri."
    ]


def test_a_clock_that_differs_is_told(written: Callable[..., Path], provider: Provider) -> None:
    path = written(server_metadata_url=provider.url)
    (behind,) = check_provider(path, clock=lambda: time.time() + 300)
    assert " s behind this one" in behind
    (ahead,) = check_provider(path, clock=lambda: time.time() - 300)
    assert " s ahead of this one" in ahead


def test_a_provider_that_is_down_is_told(written: Callable[..., Path]) -> None:
    url = "http://127.0.0.1:9/.well-known/openid-configuration"
    (problem,) = check_provider(written(server_metadata_url=url))
    assert problem.startswith("The provider at 127.0.0.1:9 does not answer (")


def test_an_address_of_another_kind_is_not_opened(written: Callable[..., Path]) -> None:
    (problem,) = check_provider(written(server_metadata_url="file:///etc/passwd"))
    assert problem == "server_metadata_url is no http or https address."


def test_the_command_tells_all_of_it_and_fails(
    written: Callable[..., Path], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["check-oidc", "--address", "https://elsewhere"]
    unset = CliRunner().invoke(main, command)
    assert (unset.exit_code, "BOOSTGRID_OIDC_SECRETS is not set" in unset.output) == (1, True)
    monkeypatch.setenv("BOOSTGRID_OIDC_SECRETS", str(written(server_metadata_url=provider.url)))
    wrong = CliRunner().invoke(main, command)
    assert (wrong.exit_code, "is seen at elsewhere" in wrong.output) == (1, True)
    assert not any(secret in wrong.output for secret in (SECRET, COOKIE))
    right = CliRunner().invoke(main, ["check-oidc"])
    assert (right.exit_code, right.output) == (0, "The provider answers, and the settings fit it.\n")


@pytest.mark.parametrize("key", ["redirect_uri", "server_metadata_url"])
@pytest.mark.parametrize(
    "address",
    [
        "https://[::1/oauth2callback",
        f"https://h:{SECRET}/oauth2callback",
        "https://h:99999/oauth2callback",
        "http://h /oauth2callback",
        f"https://user:{SECRET}@h/oauth2callback",
    ],
)
def test_an_address_that_is_none_is_a_sentence_without_it(written: Callable[..., Path], key: str, address: str) -> None:
    with pytest.raises(OidcMisconfigured, match=key) as told:
        read_auth(written(**{key: address}))
    assert SECRET not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__ or told.value.__context__ is None


def test_an_address_of_the_dashboard_that_is_none_is_a_sentence(
    written: Callable[..., Path], provider: Provider
) -> None:
    problems = check_provider(written(server_metadata_url=provider.url), "https://[::1")
    assert problems == [
        "The address under which the dashboard is seen is none: write it as https://boostgrid.example.com."
    ]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 200_000, "gives no JSON object"),
        (b"", "does not answer"),
    ],
)
def test_whatever_answers_is_a_sentence(written: Callable[..., Path], sent: bytes, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(sent)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/.well-known/openid-configuration"
        (problem,) = check_provider(written(server_metadata_url=url))
        thread.join(10)
    assert said in problem
