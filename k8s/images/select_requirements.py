"""Prints the part of a lock that some extras of the project need, with its hashes: what an image installs.

    python select_requirements.py requirements.txt pyproject.toml shared worker --without plotly

One lock serves the images and the local run. Its own comments say which package came for which (``# via``), so the
part is found without a network, without a second lock and with nothing but Python. Markers stay: pip judges them.
``--without`` leaves out what a package asks for and the image never uses, and all that came for that alone; install
the result with ``pip --no-deps``.
"""

from __future__ import annotations

import re
import tomllib
from argparse import ArgumentParser
from collections.abc import Collection, Iterable
from pathlib import Path

#: how the lock names what comes straight from pyproject.toml
_PROJECT = "(pyproject.toml)"


class NotInLock(ValueError):
    """Raised when an extra asks for a package that the lock does not have; `make lock` renews it."""


def normalized(name: str) -> str:
    """Return a distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def entries(lock: str) -> list[tuple[str, str]]:
    """Return (name, text) of each requirement of the lock; one name has several where markers differ."""
    found: list[tuple[str, str]] = []
    for line in lock.splitlines(keepends=True):
        if match := re.match(r"([A-Za-z0-9._-]+)==", line):
            found.append((normalized(match[1]), line))
        elif found and line[:1].isspace():
            name, text = found[-1]
            found[-1] = (name, text + line)
    return found


def came_for(text: str) -> set[str]:
    """Return the packages for which a requirement is in the lock."""
    comments = re.findall(r"^\s+#\s+(?:via\b)?(.*)$", text, re.MULTILINE)
    return {normalized(each.strip()) for each in comments if each.strip() and _PROJECT not in each}


def roots(pyproject: str, extras: Iterable[str]) -> set[str]:
    """Return what those extras ask for. Raises KeyError for an extra that is not there."""
    declared = tomllib.loads(pyproject)["project"]["optional-dependencies"]
    names = [re.match(r"[A-Za-z0-9._-]+", each) for extra in extras for each in declared[extra]]
    return {normalized(match[0]) for match in names if match}


def select(lock: str, pyproject: str, extras: Iterable[str], without: Collection[str] = ()) -> str:
    """Return the lock's requirements that the extras need, directly or not. Raises NotInLock, KeyError."""
    found = entries(lock)
    wanted = roots(pyproject, extras)
    if missing := wanted - {name for name, _ in found}:
        raise NotInLock(f"the lock lacks {', '.join(sorted(missing))}: renew it with `make lock`")
    left_out = {normalized(name) for name in without}
    wanted -= left_out
    while more := {name for name, text in found if came_for(text) & wanted} - wanted - left_out:
        wanted |= more
    return "".join(text for name, text in found if name in wanted)


def main() -> None:
    """Print what the command line asks for."""
    parser = ArgumentParser(description="Prints the part of a lock that some extras need.")
    parser.add_argument("lock", type=Path)
    parser.add_argument("pyproject", type=Path)
    parser.add_argument("extras", nargs="+")
    parser.add_argument("--without", action="append", default=[], metavar="PACKAGE")
    asked = parser.parse_args()
    print(select(asked.lock.read_text(), asked.pyproject.read_text(), asked.extras, asked.without), end="")


if __name__ == "__main__":
    main()
