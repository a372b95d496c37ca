"""The words of a grid expression, and where each stands."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from shared.errors import BoostgridError
from shared.wording import shortened, shown


class GridExpressionError(BoostgridError):
    """Raised when a field's text is not a list of values; knows where, and says what to write instead."""

    def __init__(self, message: str, position: int) -> None:
        #: ``position`` counts characters of the text from 0
        self.message, self.position = message, position
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression."""

    #: ``number``, ``word``, ``string``, ``end`` or the sign itself
    kind: str
    #: as written; a string's without its quotes
    text: str
    #: of its first character, from 0
    position: int

    @property
    def number(self) -> Decimal:
        """The value of a number, exact, so that 0.1:0.3:0.1 ends at 0.3."""
        return Decimal(self.text)


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<number>[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+)?)(?![\w.])
  | (?P<word>[A-Za-z_][\w.-]*)
  | (?P<string>"(?:[^"]|"")*"|'(?:[^']|'')*')
  | (?P<sign>[:,()\[\]])
    """,
    re.VERBOSE | re.ASCII,
)

#: the whole part of a number before a comma, or before a blank between thousands
_WHOLE_BEFORE = re.compile(
    r"(?<![\w.,])(?P<whole>[+-]?\d+)(?P<between>,|[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}])$"
)
#: values that are separated by semicolons, as where a comma stands before fractions
_DECIMAL_COMMA = re.compile(r"(?<![\d,])([+-]?\d+),(\d+)(?![\d,])")


def tokenize(text: str, example: str) -> list[Token]:
    """Return the tokens of ``text``, the last one of kind ``end``; raise GridExpressionError on anything else.

    ``example`` are values that may be written instead.
    """
    plain = text.replace("\N{MINUS SIGN}", "-")
    tokens: list[Token] = []
    position = 0
    while position < len(plain):
        match = _TOKEN.match(plain, position)
        if match is None:
            raise GridExpressionError(_unreadable(plain, position, example), position)
        kind, found = match.lastgroup, match.group()
        if kind == "number":
            _check_zeros(plain, found, position)
            _check_magnitude(found, position)
            tokens.append(Token("number", found, position))
        elif kind == "string":
            tokens.append(Token("string", found[1:-1].replace(found[0] * 2, found[0]), position))
        elif kind == "word":
            tokens.append(Token("word", found, position))
        elif kind == "sign":
            tokens.append(Token(found, found, position))
        position = match.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def _check_zeros(text: str, number: str, position: int) -> None:
    """Refuse leading zeros: 010 is 8 to some readers and 10 to others, and 0,05 is one number to many people."""
    if not re.match(r"[+-]?0[\d_]", number):
        return
    before = _WHOLE_BEFORE.search(text, 0, position)
    if before and number.isdecimal():
        start, whole, between = before.start(), before["whole"], before["between"]
        written = shown(f"{whole}{between}{number}")
        if between != ",":
            if len(number) == 3:
                raise GridExpressionError(f"{written} has a blank inside; write {whole}{number}", start)
        elif len(number) == 3 and whole.lstrip("+-").strip("0") and len(whole.lstrip("+-")) <= 3:
            message = f"{written} has a comma inside; write {whole}{number}, or {whole}.{number} if it is a fraction"
            raise GridExpressionError(message, start)
        else:
            raise GridExpressionError(f"{written} has a decimal comma; write {whole}.{number}", start)
    plain = re.sub(r"^([+-]?)[0_]+(?=\d)", r"\1", number)
    raise GridExpressionError(f"{shortened(number, 40)} has a leading zero; write {shortened(plain, 40)}", position)


def _check_magnitude(number: str, position: int) -> None:
    as_float = float(number)
    if not math.isfinite(as_float):
        raise GridExpressionError(
            f"{shortened(number, 40)} is beyond the range of numbers; write a smaller one", position
        )
    if as_float == 0 and Decimal(number) != 0:
        raise GridExpressionError(f"{shortened(number, 40)} is too close to 0 to be told from it; write 0", position)


def _unreadable(text: str, position: int, example: str) -> str:
    if text[position] in "\"'":
        return f"the quote {text[position]} is not closed; add it or leave both out"
    if text[position] in ";|":
        return f"{text[position]} means nothing here; separate values with commas{_with_commas(text, text[position])}"
    if text[position] in "{}":
        return f"curly brackets mean nothing here; {without_brackets(text)}"
    if text[position] == "%":
        return "% means nothing here; write a share of 1, such as 0.5"
    if text[position] in "*/^":
        sign = "**" if text.startswith("**", position) else text[position]
        example = "0.333" if sign == "/" else "1e-3"
        return f"{sign} means nothing here; write the number itself, such as {example}"
    piece = re.match(r"[^\s,:()\[\]]+", text[position:])
    found = piece.group() if piece else text[position]
    if found.startswith(("..", "\N{HORIZONTAL ELLIPSIS}")):
        return f"{shown(found)} leaves values out; list them all, or write a range as start:stop:step"
    if found[0].isdigit() or found[0] in "+-.":
        return f"{shown(found)} is not a number; write it as 100, 0.1 or 1e-3"
    return f"{shown(found)} is not understood; write values such as {example}"


def without_brackets(text: str) -> str:
    """Return that the values are to be written without brackets, and these where they are few."""
    values = ", ".join(filter(None, map(str.strip, re.sub(r"[\[\](){}]", ",", text).split(","))))
    is_plain = len(values) <= 60 and re.fullmatch(r"[\w.+\-, :]+", values) is not None
    return f"write the values without them{': ' + values if is_plain else ''}"


def _with_commas(text: str, mark: str) -> str:
    """Return the values of a text that another mark separates as they are to be written, if they are few."""
    values = [_DECIMAL_COMMA.sub(r"\1.\2", value.strip()) for value in text.strip(" []").split(mark)]
    written = ", ".join(filter(None, values))
    return f": {written}" if written and len(written) <= 60 else ", such as 3, 5, 7"
