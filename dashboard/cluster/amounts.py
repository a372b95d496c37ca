"""CPU, memory and sizes as people read them. Pure."""

from __future__ import annotations

from dashboard.cluster.state import ClusterProcess, LastEnd

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def size(amount: float) -> str:
    """Return bytes with their unit: ``512 MiB``, ``1.5 GiB``."""
    unit = 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.3g} {_UNITS[unit]}" if amount < 999.5 else f"{amount:,.0f} {_UNITS[unit]}"


def cpu_sentence(process: ClusterProcess) -> str:
    """Return ``CPU 1.8 of 2``; what is asked for where nobody measures; empty where nothing is known."""
    allowed = process.limits.cpu if process.limits.cpu is not None else process.requests.cpu
    used = process.used.cpu if process.used else None
    if used is None:
        return "" if process.requests.cpu is None else f"asks for {process.requests.cpu:g} CPU"
    return f"CPU {used:{'.2g' if used < 99.5 else ',.0f'}}" + ("" if allowed is None else f" of {allowed:g}")


def memory_sentence(process: ClusterProcess) -> str:
    """Return ``memory 1.2 GiB of 4 GiB``; what is asked for where nobody measures; empty where nothing is known."""
    allowed = process.limits.memory if process.limits.memory is not None else process.requests.memory
    used = process.used.memory if process.used else None
    if used is None:
        return "" if process.requests.memory is None else f"asks for {size(process.requests.memory)}"
    return f"memory {size(used)}" + ("" if allowed is None else f" of {size(allowed)}")


def end_sentence(end: LastEnd) -> str:
    """Return how the life before ended: ``OOMKilled (exit code 137) of its 4 GiB``."""
    where = f"{end.container}: " if end.container else ""
    limit = f"; its limit is {size(end.memory_limit)}" if end.memory_limit is not None else ""
    return f"{where}{end.reason}, exit code {end.exit_code}{limit}"
