"""With a provider that is down the dashboard starts, and a sign-in leads back to its page with the reason."""

from __future__ import annotations

import http.client
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import oidc
from tests.support.dashboard_process import DashboardProcess

pytestmark = pytest.mark.slow


def test_it_starts_says_so_and_leads_back(tmp_path: Path) -> None:
    if not oidc.streamlit_can_sign_in():
        pytest.skip("streamlit[auth] is not installed")
    from joserfc import jwt
    from joserfc.jwk import OctKey

    port, nobody = oidc.free_port(), oidc.free_port()
    callback = f"http://127.0.0.1:{port}/oauth2callback"
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(oidc.auth_section(f"http://127.0.0.1:{nobody}", callback))
    settings = {"BOOSTGRID_OIDC_SECRETS": str(secrets)}
    with DashboardProcess(tmp_path / "home", "--workers", "0", "--port", str(port), settings=settings) as started:
        url = started.url()
        assert f"The provider at 127.0.0.1:{nobody} does not answer" in started.output
        key = OctKey.import_key(oidc.COOKIE_SECRET)
        token = jwt.encode({"alg": "HS256"}, {"provider": "default", "exp": int(time.time()) + 60}, key)
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request("GET", f"/auth/login?provider={token}", headers={"Referer": f"{url}/results?sweep=a"})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Location"]) == (302, "/results?sweep=a&sign_in=provider")
        assert answer.read() == b""
        connection.close()
    for secret in (oidc.CLIENT_SECRET, oidc.COOKIE_SECRET):
        assert secret not in started.output
