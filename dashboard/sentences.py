"""How pages write what an error says."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z]+(?![\w.(])")


def sentence(message: str) -> str:
    """Return the message as a sentence; a name that it begins with, such as n_estimators, stays as it is."""
    text = f"{message[:1].upper()}{message[1:]}" if _WORD.match(message) else message
    return text if text.endswith((".", "?", "!")) else f"{text}."
