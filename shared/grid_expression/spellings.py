"""Numbers as other countries, spreadsheets and Python write them, and what to write instead."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal

from shared.grid_expression.tokens import GridExpressionError, Token
from shared.wording import shortened, shown

_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")

#: a list in one text of a list, which is likelier a fraction
_PAIR = re.compile(r"\s*[+-]?\d+,(0|[1-9]\d*)\s*")


def refuse_decimal_commas(tokens: Sequence[Token]) -> None:
    """Raise GridExpressionError where a comma without a blank may be that of a fraction: 0,5 is not 0 and 5.

    It separates values where another number has a point, between more than two numbers, and inside brackets of a call.
    """
    if any(token.kind == "number" and "." in token.text for token in tokens):
        return
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.kind == "(") - (token.kind == ")")
        if token.kind != "," or depth or not _is_squeezed(tokens, place):
            continue
        if _is_squeezed(tokens, place - 2) or _is_squeezed(tokens, place + 2):
            continue
        whole, fraction = tokens[place - 1], tokens[place + 1]
        pair, number = f"{whole.text},{fraction.text}", f"{whole.text}.{fraction.text}"
        raise GridExpressionError(
            f"{shown(pair)} may be the fraction {number} or two values; write {number}, or {whole.text}, "
            f"{fraction.text} with a blank between",
            whole.position,
        )


def _is_squeezed(tokens: Sequence[Token], place: int) -> bool:
    """Whether there is a comma with digits on both sides of it."""
    if not 0 < place < len(tokens) - 1 or tokens[place].kind != ",":
        return False
    before, after = tokens[place - 1], tokens[place + 1]
    return (
        before.kind == after.kind == "number"
        and before.position + len(before.text) == tokens[place].position == after.position - 1
        and before.text[-1].isdigit()
        and after.text[0].isdigit()
        and before.text.lstrip("+-").isdigit()
    )


def one_text_of_two(text: str) -> str | None:
    """Return what is wrong with one text of a list that holds two whole numbers; None of another."""
    if not _PAIR.fullmatch(text):
        return None
    apart = text.strip().replace(",", ", ")
    return f"{shown(text)} is one text with a comma; write {apart} as two values, or a fraction with a point"


def thousands(text: str) -> str | None:
    """Return what a whole number is whose point may stand between thousands; None of another."""
    return text.replace(".", "") if _THOUSANDS.fullmatch(text) else None


def not_whole(number: Decimal, text: str) -> str:
    """Return what to write instead of a number that is not whole; ``text`` is where it comes from."""
    below = math.floor(number)
    grouped = thousands(text)
    more = f", or {grouped} if the point stands between thousands" if grouped else ""
    return f"{shortened(str(number), 40)} is not a whole number; write {below} or {below + 1}{more}"
