"""The three libraries behind one Protocol; each is imported when it is first opened."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import cast

from shared.catalog import Library
from worker.engine.libraries.base import BoostingLibrary

#: what a library imports, where it is found, for an interface that no engine uses: 60 to 130 MB and over a second each
_UNUSED = {Library.XGBOOST: ("sklearn",), Library.LIGHTGBM: ("sklearn", "pandas"), Library.CATBOOST: ()}


def open_library(library: Library) -> BoostingLibrary:
    """Return the adapter, importing the library the first time: for the whole process, its native interface alone."""
    with _absent(_UNUSED[library]):
        return cast(BoostingLibrary, import_module(f"worker.engine.libraries.{library.value}").ADAPTER)


@contextmanager
def _absent(packages: tuple[str, ...]) -> Iterator[None]:
    """Let imports find none of these packages, but for those that are imported already."""
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None there means: not to be found
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
