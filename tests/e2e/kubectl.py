"""kubectl, as far as the story needs it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

NAMESPACE = "boostgrid"


class Failed(Exception):
    """Raised when a command fails, or something does not come to pass in time."""


def kubectl(*arguments: str, stdin: str | None = None, timeout: float = 180) -> str:
    """Run kubectl in the namespace and return what it prints. Raises Failed."""
    done = subprocess.run(
        ["kubectl", "-n", NAMESPACE, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout
    )
    if done.returncode:
        raise Failed(f"kubectl {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def objects(kind: str, selector: str = "") -> list[dict[str, Any]]:
    """Return the namespace's objects of a kind."""
    found: list[dict[str, Any]] = json.loads(kubectl("get", kind, "-l", selector, "-o", "json"))["items"]
    return found


def in_dashboard(*command: str, stdin: str = "") -> str:
    """Run a command inside the dashboard's pod and return what it prints. Raises Failed."""
    return kubectl("exec", "-i", "deployment/dashboard", "-c", "dashboard", "--", *command, stdin=stdin)


def until(what: str, condition: Callable[[], object], seconds: float, every: float = 2.0) -> None:
    """Wait until the condition holds; commands that fail meanwhile count as not yet. Raises Failed."""
    deadline = time.monotonic() + seconds
    trouble = ""
    while True:
        try:
            if condition():
                return
        except (Failed, subprocess.TimeoutExpired) as error:
            trouble = f" ({error})"
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds:g} s: {what}{trouble}")
        time.sleep(every)


def component(name: str) -> str:
    """Return the selector of a component's pods."""
    return f"app.kubernetes.io/name=boostgrid,app.kubernetes.io/component={name}"


def ready_pods(name: str) -> list[str]:
    """Return the component's pods that are ready and not on their way out."""
    return [
        pod["metadata"]["name"]
        for pod in objects("pods", component(name))
        if "deletionTimestamp" not in pod["metadata"]
        and any(
            each["type"] == "Ready" and each["status"] == "True" for each in pod.get("status", {}).get("conditions", [])
        )
    ]
