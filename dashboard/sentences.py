"""How pages write what an error says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.wording import agreeing, counted

_WORD = re.compile(r"[a-z]+(?![\w.(])")


def sentence(message: str) -> str:
    """Return the message as a sentence; a name that it begins with, such as n_estimators, stays as it is."""
    text = f"{message[:1].upper()}{message[1:]}" if _WORD.match(message) else message
    return text if text.endswith((".", "?", "!")) else f"{text}."


def version_notice(label: str, wanted: str, others: Mapping[str, int], live: int) -> str:
    """Return what it means that some of the live workers have another version of the library."""
    have = [f"{count} {agreeing(count, 'has', 'have')} {label} {version}" for version, count in others.items()]
    return (
        f"Of {counted(live, 'live worker')} {' and '.join(have)}; a launch from here asks for {wanted}, which those "
        "do not take. Bring them to the same image or requirements.txt."
    )
