"""Every component at once, and people in front of it: who is let in, who is in charge, what is told to nobody."""

from __future__ import annotations

import base64
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e import autoscaling, edges, versions
from tests.e2e.kubectl import NAMESPACE, Failed, component, in_dashboard, kubectl, objects, ready_pods, until
from tests.e2e.steps import LONG, Steps
from tests.support import oidc
from tests.support.chromium import chromium, find_chromium
from tests.support.pages import press_launch, sign_in

#: in the order of docs/components.md
COMPONENTS = ("network-policies", "keda", "monitoring", "pod-deletion-cost", "oidc")
#: the NodePort of overlays/local
ADDRESS = "http://127.0.0.1:30085"
#: one of the ports that the dashboard may reach anywhere
_PROVIDER_PORT = 8443
_MONITORS = ("PodMonitor", "ServiceMonitor")

_AUDIT = """
import json
from shared.adapters.backends import open_store
from shared.settings import Settings
store = open_store(Settings())
print(json.dumps([[each.by, each.action, each.subject] for each in store.audit()]))
store.close()
"""


@contextmanager
def monitors_known() -> Iterator[None]:
    """Let the API server take the Prometheus operator's kinds, whatever is in them, while it does not know them."""
    known = {each["metadata"]["name"] for each in json.loads(kubectl("get", "crd", "-o", "json"))["items"]}
    made = []
    anything = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    for kind in _MONITORS:
        plural, group = f"{kind.lower()}s", "monitoring.coreos.com"
        name = f"{plural}.{group}"
        if name in known:
            continue
        crd = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": name},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"kind": kind, "plural": plural},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": anything}],
            },
        }
        kubectl("apply", "-f", "-", stdin=json.dumps(crd))
        kubectl("wait", "--for=condition=Established", f"crd/{name}", "--timeout=60s")
        made.append(name)
    try:
        yield
    finally:
        for name in made:
            kubectl("delete", "crd", name, "--timeout=60s")


@contextmanager
def provider() -> Iterator[str]:
    """Run an OpenID provider on this machine, where pods reach it, and give its issuer; put its Secret in place."""
    nodes = json.loads(kubectl("get", "nodes", "-o", "json"))["items"]
    (host, *_) = (each["address"] for each in nodes[0]["status"]["addresses"] if each["type"] == "InternalIP")
    callback = f"{ADDRESS}/oauth2callback"
    with oidc.provider(_PROVIDER_PORT, callback, host) as issuer:
        section = oidc.auth_section(issuer, callback)
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "oidc", "namespace": NAMESPACE},
            "stringData": {"secrets.toml": section},
        }
        kubectl("apply", "-f", "k8s/base/namespace.yaml")
        kubectl("apply", "-f", "-", stdin=json.dumps(secret))
        yield issuer


def say_where_roles_are(overlay: Path) -> None:
    """Name the claim in the overlay, as the component's README tells."""
    file = overlay / "kustomization.yaml"
    kustomization = yaml.safe_load(file.read_text())
    claim = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dashboard"}}
    patch = claim | {"data": {"BOOSTGRID_OIDC_ROLES_CLAIM": "realm_access.roles"}}
    kustomization["patches"].append({"patch": yaml.safe_dump(patch)})
    file.write_text(yaml.safe_dump(kustomization))


class People:
    """Those who sign in, each in a browser window of their own. What their pages held is kept, to be searched."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.seen: list[str] = []

    @contextmanager
    def page(self) -> Iterator[Page]:
        """Give the page of somebody who has not signed in yet."""
        context = self._browser.new_context(base_url=ADDRESS, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: self.seen.append(str(frame))))
        try:
            yield page
            self.seen.append(page.content())
        except (Error, AssertionError):
            print(f"  {page.url} shows: {page.inner_text('body')[:2000]}", flush=True)
            raise
        finally:
            context.close()

    def stranger_is_locked_out(self) -> None:
        """Whoever has not signed in sees one button, on every page."""
        with self.page() as page:
            for path in ("/", "/new", "/results", "/datasets", "/cluster"):
                page.goto(path)
                expect(page.get_by_role("button", name="Sign in")).to_be_visible()
                expect(page.get_by_role("button", name="Launch")).to_have_count(0)

    def viewer_changes_nothing(self) -> None:
        """A viewer sees who is in charge and may change none of it."""
        with self.page() as page:
            sign_in(page, "viewer", "/cluster")
            expect(page.get_by_text("KEDA is in charge")).to_be_visible()
            for button in ("Change to manual", "Set limits"):
                expect(page.get_by_role("button", name=button)).to_be_disabled()
            page.goto("/new")
            expect(page.get_by_text("a viewer may not launch sweep").first).to_be_visible()
            expect(page.get_by_role("button", name="Launch")).to_be_disabled()

    def operator_launches(self, name: str) -> None:
        """An operator launches what the form has at first, under a name."""
        with self.page() as page:
            sign_in(page, "operator", "/new")
            field = page.get_by_role("textbox", name="Name", exact=True)
            expect(page.get_by_role("button", name="Launch")).to_be_enabled()
            field.fill(name)
            field.press("Enter")
            expect(page).to_have_url(re.compile("draft="))
            press_launch(page, name)

    def operator_takes_over(self, workers: int) -> None:
        """An operator takes the number from KEDA, sets it, and gives it back."""
        with self.page() as page:
            sign_in(page, "operator", "/cluster")
            page.get_by_role("button", name="Change to manual").click()
            expect(page.get_by_text("Manual: the slider is in charge")).to_be_visible()
            slider = page.get_by_role("slider")
            expect(slider).to_be_enabled()
            now = int(slider.get_attribute("aria-valuenow") or slider.input_value())
            slider.focus()
            for _ in range(abs(workers - now)):
                page.keyboard.press("ArrowRight" if workers > now else "ArrowLeft")
            page.locator(".st-key-apply_workers button").click()
            until(f"{workers} workers wanted", lambda: wanted() == workers, 60)
            page.get_by_role("button", name="Change to automatic").click()
            expect(page.get_by_text("KEDA is in charge")).to_be_visible()


@contextmanager
def people() -> Iterator[People]:
    """Start the browser that all of them use."""
    executable = find_chromium()
    if executable is None:
        raise Failed("Chromium is not installed")
    with ExitStack() as running:
        folder = Path(tempfile.mkdtemp())
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        yield People(running.enter_context(chromium(executable, folder)))


def wanted() -> int:
    """Return how many workers the Deployment wants."""
    return int(kubectl("get", "deployment", "worker", "-o", "jsonpath={.spec.replicas}"))


def audit() -> list[tuple[str, str, str]]:
    """Return who did what to what, the newest first."""
    return [(by, action, subject) for by, action, subject in json.loads(in_dashboard("python", "-c", _AUDIT))]


def no_secret_is_told(seen: list[str]) -> int:
    """Search every log, event and object but the Secrets, and what browsers were sent. Raises Failed."""
    secrets = {oidc.CLIENT_SECRET, oidc.COOKIE_SECRET} | {
        value for each in objects("secrets") for value in _passwords(each)
    }
    told = {
        "events": kubectl("get", "events", "-o", "yaml"),
        "pages": "\n".join(seen),
        "objects": kubectl(
            "get", "pods,deployments,statefulsets,configmaps,scaledobjects,triggerauthentications,hpa", "-o", "yaml"
        ),
    }
    for pod in objects("pods"):
        name = pod["metadata"]["name"]
        told[f"log of {name}"] = kubectl("logs", name, "--all-containers", "--tail=-1")
    found = [f"a secret is in the {where}" for where, text in told.items() if any(each in text for each in secrets)]
    if found:
        raise Failed("; ".join(found))
    return len(secrets)


def _passwords(secret: dict[str, Any]) -> list[str]:
    values = {key: base64.b64decode(value).decode() for key, value in secret.get("data", {}).items()}
    return [value for key, value in values.items() if re.search("PASSWORD|SECRET|COOKIE", key)]


def play(steps: Steps) -> None:
    """Every component at once: people, roles, edges, KEDA under faults, and secrets that nobody tells."""
    steps.list_components(*COMPONENTS)
    say_where_roles_are(steps.root / "k8s/overlays/local")
    with monitors_known(), provider() as issuer, people() as them:
        with steps.step("apply with every component until everything is ready"):
            steps.apply()
            steps.everything_ready()
        with steps.step("a worker, though there is no work"):
            autoscaling.keep_one()
            steps.everything_ready()
        image = objects("deployments", component("dashboard"))[0]["spec"]["template"]["spec"]["containers"][0]
        with steps.step("every edge, with metrics"):
            print(f"  {edges.check(image['image'], nodeport=True, metrics=True)} connections tried", flush=True)
        with steps.step(f"check-oidc of {issuer}"):
            address = f"--address={ADDRESS}"
            print(f"  {in_dashboard('python', '-m', 'shared', 'check-oidc', address).strip()}", flush=True)
        with steps.step("a stranger, a viewer"):
            them.stranger_is_locked_out()
            them.viewer_changes_nothing()
        replicas = autoscaling.Replicas()
        with steps.step("KEDA: no work, no worker"):
            autoscaling.make_quick()
            autoscaling.idle(replicas)
        with steps.step("an operator's sweep and a long one, three workers"):
            them.operator_launches("by hand")
            sweep_id = steps.launch(LONG[0])
            autoscaling.up(replicas)
        with steps.step("a worker, the dashboard, the broker and the store killed in turn"):
            steps.some_done(sweep_id, 5)
            kubectl("delete", "pod", ready_pods("worker")[0], "--wait=false")
            kubectl("delete", "pod", "-l", component("dashboard"), "--wait=false")
            steps.everything_ready()
            for service in ("rabbitmq-0", "mongodb-0"):
                kubectl("delete", "pod", service, "--grace-period=0", "--force")
                steps.everything_ready()
        with steps.step("an operator sets the number by hand and gives it back"):
            them.operator_takes_over(2)
        with steps.step("the end of the sweep, no worker"):
            steps.finished(sweep_id)
            autoscaling.idle(replicas)
            autoscaling.quiet(replicas)
        print(f"  workers: {replicas.seen}", flush=True)
        steps.check(LONG[0], sweep_id)
        done = {(by, action) for by, action, _ in audit()}
        versions.expect(
            "the operator's actions in the audit",
            {action for by, action in done if by.startswith("operator")},
            {"launch sweep", "scale workers", "change autoscaling"},
        )
        with steps.step("secrets in logs, events, objects and pages"):
            print(f"  none of {no_secret_is_told(them.seen)} is told", flush=True)
