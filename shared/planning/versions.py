"""The version of each library: what a launch asks for, and what is installed here.

A trial's id holds the version. Launching takes it from the file that an image is built with, since the dashboard's
image has no library installed; without that file from what is installed, and without that from the lock.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from shared.catalog import Library, library_catalog
from shared.domain import QueuedSweep
from shared.errors import BoostgridError

_ROOT = Path(__file__).resolve().parents[2]
#: written when an image is built, from the lock
VERSIONS_FILE = _ROOT / "library-versions.json"
LOCK_FILE = _ROOT / "requirements.txt"


class UnknownVersion(BoostgridError):
    """Raised when nothing here tells a library's version: not the image, not what is installed, not the lock."""


def installed_version(library: Library) -> str:
    """Return the version that is installed here, without importing it. Raises PackageNotFoundError."""
    return version(library_catalog(library).distribution)


def installed_versions() -> dict[str, str]:
    """Return the version of each library that is installed here, without importing any; what is missing is left out."""
    found = {}
    for library in Library:
        with contextlib.suppress(PackageNotFoundError):
            found[library.value] = installed_version(library)
    return found


def unsuited(sweep: QueuedSweep, versions: Mapping[str, str], task_version: int | None) -> str | None:
    """Return why a worker with these versions, which reads messages of that one, cannot do the sweep; None if it can.

    A worker of before said nothing of its messages: it reads those of no sweep that has a queue of its own.
    """
    label = library_catalog(sweep.library).label
    has = versions.get(sweep.library.value)
    if has is None:
        return f"{label} is not installed"
    if has != sweep.library_version:
        return f"{label} {has}, not {sweep.library_version}"
    if task_version != sweep.task_version:
        return f"messages of version {task_version or 'before'}, not {sweep.task_version}"
    return None


def launch_version(library: Library, versions_file: Path = VERSIONS_FILE, lock_file: Path = LOCK_FILE) -> str:
    """Return the version that a launch from here asks workers for. Raises UnknownVersion."""
    distribution = library_catalog(library).distribution
    try:
        return str(json.loads(versions_file.read_text())[library.value])
    except FileNotFoundError:
        pass  # not an image
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnknownVersion(
            f"{versions_file} does not tell the version of {library.value}: build the image again"
        ) from error
    try:
        return version(distribution)
    except PackageNotFoundError:
        pass
    try:
        return locked_versions(lock_file.read_text())[library.value]
    except (OSError, KeyError) as error:
        raise UnknownVersion(
            f"{distribution} is not installed here, and its version is part of every trial: install requirements.txt"
        ) from error


def locked_versions(lock: str) -> dict[str, str]:
    """Return the version of each library that the lock names."""
    pinned = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", lock, re.MULTILINE))
    distributions = {library.value: library_catalog(library).distribution for library in Library}
    return {library: pinned[name] for library, name in distributions.items() if name in pinned}


def other_versions(library: Library, wanted: str, reports: Iterable[Mapping[str, str]]) -> dict[str, int]:
    """Return how many workers have each other version, of the ``versions`` that the live ones report."""
    counts: dict[str, int] = {}
    for versions in reports:
        has = versions.get(library.value)
        if has is not None and has != wanted:
            counts[has] = counts.get(has, 0) + 1
    return dict(sorted(counts.items()))


if __name__ == "__main__":  # python -m shared.planning.versions requirements.txt > library-versions.json
    json.dump(locked_versions(Path(sys.argv[1]).read_text()), sys.stdout, indent=2)
