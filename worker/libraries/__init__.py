"""The three libraries behind one Protocol; each is imported when it is first opened."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from shared.catalog import Library
from worker.libraries.base import BoostingLibrary


def open_library(library: Library) -> BoostingLibrary:
    """Return the library's adapter, importing the library: seconds of CPU the first time."""
    return cast(BoostingLibrary, import_module(f"worker.libraries.{library.value}").ADAPTER)
