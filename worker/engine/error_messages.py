"""What a library says of an error, without what differs from one time to the next: equal failures read alike."""

from __future__ import annotations

import re

#: where the libraries' native stack traces begin
_STACK = re.compile(r"\n\s*Stack trace:.*", re.DOTALL | re.IGNORECASE)
#: ``[21:33:09] /workspace/src/tree/updater_colmaker.cc:111: `` and ``catboost/private/libs/options/x.cpp:55: ``
_PREFIX = re.compile(r"^\s*(\[\d\d:\d\d:\d\d\]\s*)?([\w./-]+\.(cc|cpp|cu|cuh|h|hpp|pyx):\d+:\s*)?")
#: LightGBM's ``at /__w/LightGBM/src/io/config_auto.cpp, line 353 .``
_SOURCE = re.compile(r"\s+at \S+\.(?:cc|cpp|cu|h|hpp), line \d+\s*\.?")
#: a time of day; one in quotes is a value of the table
_TIMES = re.compile(
    r"\[\d\d:\d\d:\d\d(?:\.\d+)?\]\s*"
    r"|(?<!['\"\w])\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?(?!['\"\w])"
    r"|(?<!['\"\w:.])\d\d:\d\d:\d\d(?:[.,]\d+)?(?!['\"\w:])"
)
_ADDRESSES = re.compile(r"0x[0-9a-fA-F]{4,}")
_PROCESSES = re.compile(r"\b(pid|process|thread)(\s*(?:id)?\s*[=:#]?\s*)\d+", re.IGNORECASE)


def sentence(message: str) -> str:
    """Return the library's sentence in one line; stack trace, times, addresses and processes are left to the log."""
    told = _STACK.sub("", message)
    told = _PREFIX.sub("", told)
    told = _SOURCE.sub("", told)
    told = _TIMES.sub("", told)
    told = _ADDRESSES.sub("0x…", told)
    told = _PROCESSES.sub(r"\1\2…", told)
    return " ".join(told.split())
