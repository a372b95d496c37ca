"""Codes such as 007 and 01234, which a reader of numbers would make 7 and 1234."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def may_have_codes(content: bytes, start: int, separator: str, names: list[str]) -> bool:
    """Whether a field of some columns may be of digits alone and begin with a zero; told fast, from the bytes."""
    if not names:
        return False
    mark = re.escape(separator.encode())
    # each with what it begins with in front, which is found faster than a choice of several
    for before in (mark, rb"\n", rb"\r", rb'"', b" ", b"\t"):
        if re.compile(before + rb"0[0-9]+[ \t]*(?:" + mark + rb"|[\r\n\"]|\Z)").search(content, max(0, start - 1)):
            return True
    return False


def whole_numbers(frame: pd.DataFrame, names: list[str]) -> list[str]:
    """Return which of the columns hold whole numbers alone, as codes do."""
    from pandas.api import types

    return [
        name
        for name in names
        if types.is_integer_dtype(frame[name].dtype)
        or (types.is_float_dtype(frame[name].dtype) and bool((frame[name].dropna() % 1 == 0).all()))
    ]


def are_codes(texts: pd.Series[Any]) -> bool:
    """Whether some texts are of digits alone and begin with a zero."""
    return bool(texts.str.strip().str.fullmatch(r"0\d+").any())
