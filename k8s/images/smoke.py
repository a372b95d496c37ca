"""The end of an image's build: does what the image is for, as its user, on a root file system that is read-only to it.

    python smoke.py worker      # trains a model with each library
    python smoke.py dashboard   # starts, answers, launches a sweep of each library, and leaves on SIGTERM

A build cannot remount its root, so it is made sure first that the user can write nowhere but where a pod has volumes.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

#: where a pod has volumes, and what the kernel provides
_WRITABLE = ("/tmp", "/scratch", "/dev", "/proc", "/sys")  # noqa: S108
_LIBRARIES = ("xgboost", "lightgbm", "catboost")
#: what is only imported where a setting asks for it
_ON_DEMAND = {"worker": ("prometheus_client",), "dashboard": ("prometheus_client", "authlib")}
_SPEC = """\
name: smoke
library: {library}
dataset: {{name: diabetes, target: target, task: regression}}
param_grid: {{{rounds}: [3, 5]}}
metrics: [rmse]
folds: 2
"""
_PORT = 8599
#: for one library, or for the start of the server on a busy machine, in seconds
_PATIENCE = 180.0


def writable_outside() -> list[str]:
    """Return the folders and files in which this user could write and no pod has a volume."""
    found = []
    for folder, below, files in os.walk("/"):
        if folder == "/":
            below[:] = [each for each in below if f"/{each}" not in _WRITABLE]
        paths = [folder, *(f"{folder}/{name}" for name in files)]
        found += [path for path in paths if not Path(path).is_symlink() and os.access(path, os.W_OK)]
    return found


def launch(library: str, home: str, *options: str) -> str:
    """Launch a little sweep of the library and return what the command line printed. Raises CalledProcessError."""
    rounds = "iterations" if library == "catboost" else "n_estimators"
    done = subprocess.run(
        [sys.executable, "-m", "shared", "launch", "-", *options],
        input=_SPEC.format(library=library, rounds=rounds),
        env=os.environ | {"BOOSTGRID_HOME": home},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_PATIENCE,
    )
    return done.stdout


def worker(home: str) -> None:
    """Train with each library, in the worker's own way."""
    for library in _LIBRARIES:
        said = launch(library, home, "--workers", "1")
        if "2 succeeded, 0 failed" not in said:
            sys.exit(f"{library} did not train: {said}")
        print(f"{library}: {said.splitlines()[2]}")


def dashboard(home: str) -> None:
    """Start the server and end it; launch a sweep of each library without having any."""
    for library in _LIBRARIES:
        print(f"{library}: {launch(library, home, '--no-follow').strip()} is launched")
    command = [sys.executable, "-m", "dashboard", f"--port={_PORT}", "--no-workers", "--no-browser"]
    server = subprocess.Popen(command, env=os.environ | {"BOOSTGRID_HOME": home}, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _PATIENCE
        while not _answers():
            if server.poll() is not None or time.monotonic() > until:
                sys.exit("the dashboard does not start; its messages are above")
            time.sleep(0.2)
        server.send_signal(signal.SIGTERM)
        if server.wait(_PATIENCE) != 0:
            sys.exit(f"the dashboard ended with {server.returncode} on SIGTERM")
    finally:
        server.kill()
    print("the dashboard answers and leaves on SIGTERM")


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/_stcore/health", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    if open_to_all := writable_outside():
        sys.exit(f"uid {os.getuid()} can write to {', '.join(open_to_all[:10])}: the root is not read-only to it")
    for package in _ON_DEMAND[sys.argv[1]]:
        importlib.import_module(package)
    with tempfile.TemporaryDirectory() as scratch:
        {"worker": worker, "dashboard": dashboard}[sys.argv[1]](scratch)
