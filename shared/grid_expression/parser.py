"""From a field's text to values.

expression = [ "[" ] item { "," item } [ "," ] [ "]" ]
item       = number | word | string | range | spaced
range      = number ":" number [ ":" number ]
spaced     = ( "linspace" | "logspace" | "geomspace" ) "(" number "," number "," number ")"
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext

from shared.catalog import Parameter, ParamValue
from shared.catalog.model import ParameterKind
from shared.catalog.validation import check_value, normalise_value, other_choice
from shared.grid_expression import foreign_ranges
from shared.grid_expression.spellings import not_whole, refuse_decimal_commas, thousands
from shared.grid_expression.text import example, range_example, step_example
from shared.grid_expression.tokens import GridExpressionError, Token, tokenize, without_brackets
from shared.wording import shortened, shown

#: the most values one field may have
MAX_VALUES = 10_000

#: the longest text: so many values of all their digits
_LONGEST = 25 * MAX_VALUES

#: whole numbers are stored in 64 bits
_LARGEST_WHOLE = 2**63 - 1

_NULLS = ("none", "null", "auto")
_BOOLS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_SPACED = ("linspace", "logspace", "geomspace")


def parse(text: str, parameter: Parameter) -> tuple[ParamValue, ...]:
    """Return the values that ``text`` lists for ``parameter``, each once, in the order written.

    Raises GridExpressionError, which says where the text is wrong and what to write instead.
    """
    if len(text) > _LONGEST:
        range_ = range_example(parameter)
        raise GridExpressionError(
            f"has {len(text):,} characters; {_LONGEST:,} is the most; write a range such as {range_}", 0
        )
    try:
        return _Parser(text, parameter).expression()
    except GridExpressionError as error:
        foreign = foreign_ranges.find(text, parameter)
        if foreign is None:
            raise
        ours = next((each for each in foreign.ours if _is_read(each, parameter)), None)
        has_range = foreign.is_range and parameter.kind in (ParameterKind.INT, ParameterKind.FLOAT)
        instead = range_example(parameter) if has_range else example(parameter)
        message = foreign_ranges.message(foreign, ours, instead, parameter)
        raise GridExpressionError(message, foreign.position) from error


def _is_read(text: str, parameter: Parameter) -> bool:
    try:
        _Parser(text, parameter).expression()
    except GridExpressionError:
        return False
    return True


def repeated(text: str, parameter: Parameter) -> tuple[ParamValue, ...]:
    """Return the values that ``text`` lists more than once, which parse keeps once. Raises GridExpressionError."""
    parser = _Parser(text, parameter)
    parser.expression()
    return tuple(parser.repeated)


class _Parser:
    """Recursive descent over one expression's tokens."""

    def __init__(self, text: str, parameter: Parameter) -> None:
        self._parameter, self._text = parameter, text
        self._tokens = tokenize(text, example(parameter))
        self._next = 0
        #: keyed by type too, so that 1 and True stay apart
        self._values: dict[tuple[type, ParamValue], ParamValue] = {}
        #: as the keys of a dict, which keep their order
        self.repeated: dict[ParamValue, None] = {}

    def expression(self) -> tuple[ParamValue, ...]:
        if self._parameter.kind is ParameterKind.FLOAT:
            refuse_decimal_commas(self._tokens)
        bracket = self._accept("[")
        if self._peek().kind in ("end", "]"):
            raise self._error(self._peek(), f"is empty; list at least one value, such as {self._example()}")
        self._item()
        while self._accept(","):
            if self._peek().kind in ("end", "]"):
                break
            self._item()
        if bracket and not self._accept("]"):
            raise self._error(self._peek(), "the bracket [ is not closed; add ] or leave both out")
        if self._peek().kind != "end":
            raise self._error(self._peek(), self._after_item())
        return tuple(self._values.values())

    def _item(self) -> None:
        token = self._take()
        if token.kind == "number":
            if self._peek().kind == ":":
                self._range(token)
            else:
                self._add(token, self._number_value(token))
        elif token.kind == "word" and token.text.lower() in _SPACED and self._peek().kind == "(":
            self._spaced(token)
        elif token.kind == "word" and self._peek().kind == "(":
            raise self._error(token, f"{shown(token.text)} is unknown; write values such as {self._example()}")
        elif token.kind in ("word", "string"):
            self._add(token, self._word_value(token))
        elif token.kind == ",":
            raise self._error(token, "a value is missing before this comma; add one or remove the comma")
        elif token.kind == "(":
            raise self._error(token, f"round brackets are for linspace and logspace; {without_brackets(self._text)}")
        elif token.kind == "[":
            raise self._error(token, f"brackets inside brackets mean nothing here; {without_brackets(self._text)}")
        else:
            raise self._error(token, f"a value is missing here; write one such as {self._example()}")

    def _range(self, first: Token) -> None:
        self._needs_numbers(first, "a range")
        numbers = [first]
        while self._accept(":"):
            numbers.append(self._expect_number(f"a range is start:stop:step, such as {step_example(self._parameter)}"))
        if len(numbers) > 3:
            raise self._error(numbers[3], "a range has three parts at most, start:stop:step")
        start, stop = numbers[0].number, numbers[1].number
        if len(numbers) == 3:
            step = numbers[2].number
        elif self._parameter.kind is ParameterKind.INT:
            step = Decimal(1)
        else:
            raise self._error(first, f"give this range a step, such as {start}:{stop}:{_step_for(start, stop)}")
        if step == 0:
            raise self._error(numbers[-1], "a step of 0 never arrives; write another step")
        if (stop - start) * step < 0:
            raise self._error(
                numbers[-1] if len(numbers) == 3 else first,
                f"steps of {step} never lead from {start} to {stop}; write {stop}:{start}:{abs(step)}"
                if step > 0
                else f"steps of {step} never lead from {start} to {stop}; write {start}:{stop}:{abs(step)}",
            )
        steps = (stop - start) / step
        self._needs_room(first, steps + 1)
        for number in range(int(steps) + 1):
            self._add(first, self._exact(first, start + number * step))

    def _spaced(self, name: Token) -> None:
        self._needs_numbers(name, name.text)
        usage = f"write {name.text}(start, stop, count), such as {range_example(self._parameter, name.text.lower())}"
        self._accept("(")
        arguments = [self._expect_number(usage)]
        while self._accept(","):
            arguments.append(self._expect_number(usage))
        if not self._accept(")") or len(arguments) != 3:
            raise self._error(self._peek() if len(arguments) == 3 else name, usage)
        start, stop, count = (argument.number for argument in arguments)
        if count != int(count) or count < 2:
            raise self._error(arguments[2], f"the count must be a whole number, 2 or more, not {count}")
        self._needs_room(arguments[2], count)
        is_even = name.text.lower() == "linspace"
        for end in arguments[:2] if not is_even else ():
            if end.number <= 0:
                raise self._error(end, self._not_an_exponent(name.text, start, stop, count))
        for number in _spaced_numbers(start, stop, int(count), is_even):
            self._add(name, round(number) if self._parameter.kind is ParameterKind.INT else float(number))

    def _not_an_exponent(self, name: str, start: Decimal, stop: Decimal, count: Decimal) -> str:
        message = f"{name}() takes the end values, which must be above 0, not exponents"
        if all(abs(end) <= 12 and end == int(end) for end in (start, stop)):
            message += f"; write {name}({float(10**start):g}, {float(10**stop):g}, {count})"
        return message

    def _number_value(self, token: Token) -> ParamValue:
        if self._parameter.kind is ParameterKind.CHOICE:
            return self._choice(token)
        return self._exact(token, token.number)

    def _exact(self, token: Token, number: Decimal) -> ParamValue:
        if self._parameter.kind is ParameterKind.FLOAT:
            return float(number)
        if number != int(number):
            raise self._error(token, not_whole(number, token.text))
        grouped = thousands(token.text)
        if grouped:
            raise self._error(token, f"{shown(token.text)} may be {int(number)} or {grouped}; write it without a point")
        return int(number)

    def _word_value(self, token: Token) -> ParamValue:
        word = token.text.lower()
        bare = token.kind == "word"
        parameter = self._parameter
        named = parameter.kind is ParameterKind.CHOICE and any(
            word == str(choice).lower() for choice in parameter.choices
        )
        if not bare and parameter.nullable and word in _NULLS and parameter.kind is not ParameterKind.CHOICE:
            raise self._error(token, f"{shown(token.text)} is a text in quotes; write none without them")
        if bare and parameter.nullable and word in _NULLS and not (named and word == "auto"):
            return None
        if parameter.kind is ParameterKind.CHOICE:
            return self._choice(token)
        if bare and word in _NULLS:
            raise self._error(
                token, f"{parameter.name!r} needs a value; {token.text!r} is not allowed here; write {self._example()}"
            )
        if parameter.kind is ParameterKind.BOOL:
            if bare and word in _BOOLS:
                return _BOOLS[word]
            raise self._error(token, f"{shown(token.text)} is not a switch; write true, false or both")
        if word in _SPACED:
            raise self._error(token, f"write {word}(start, stop, count), such as {range_example(parameter, word)}")
        raise self._error(token, f"{shown(token.text)} is not a number; write one such as {self._example()}")

    def _choice(self, token: Token) -> ParamValue:
        choices = self._parameter.choices
        for choice in choices:
            if token.text == str(choice):
                return choice
        alike = [choice for choice in choices if token.text.lower() == str(choice).lower()]
        if len(alike) == 1:
            return alike[0]
        hint = other_choice(self._parameter, token.text)
        raise self._error(token, f"{shown(token.text)} is not a choice of {self._parameter.name}; {hint}")

    def _add(self, token: Token, value: ParamValue) -> None:
        canonical: ParamValue = normalise_value(self._parameter, value)
        if isinstance(canonical, int) and abs(canonical) > _LARGEST_WHOLE:
            raise self._error(
                token, f"{shortened(token.text, 40)} is too large for a whole number; write a smaller one"
            )
        problem = check_value(self._parameter, canonical)
        if problem:
            raise self._error(token, problem)
        if (type(canonical), canonical) in self._values:
            self.repeated[canonical] = None
        self._values.setdefault((type(canonical), canonical), canonical)
        if len(self._values) > MAX_VALUES:
            raise self._error(token, f"more than {MAX_VALUES:,} values; write fewer, or a wider step")

    def _needs_room(self, token: Token, count: Decimal) -> None:
        if count >= MAX_VALUES + 1:
            raise self._error(token, f"{int(count):,} values are too many; {MAX_VALUES:,} is the most")

    def _needs_numbers(self, token: Token, what: str) -> None:
        if self._parameter.kind not in (ParameterKind.INT, ParameterKind.FLOAT):
            raise self._error(token, f"{self._parameter.name!r} does not take {what}; write {self._example()}")

    def _expect_number(self, usage: str) -> Token:
        token = self._take()
        if token.kind != "number":
            raise self._error(token, f"a number is missing here: {usage}")
        return token

    def _after_item(self) -> str:
        token = self._peek()
        if token.kind == "]":
            return "there is no [ for this ]; remove it"
        if token.kind == ",":
            return f"the bracket ] ends before this; {without_brackets(self._text)}"
        if token.kind == "number" and token.text[0] in "+-" and self._tokens[self._next - 1].kind == "number":
            return f"write a comma before {token.text}, or a range such as {range_example(self._parameter)}"
        return f"write a comma before {shown(token.text)}"

    def _example(self) -> str:
        return example(self._parameter)

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _accept(self, kind: str) -> bool:
        if self._peek().kind != kind:
            return False
        self._take()
        return True

    def _error(self, token: Token, message: str) -> GridExpressionError:
        return GridExpressionError(message, token.position)


def _spaced_numbers(start: Decimal, stop: Decimal, count: int, is_even: bool) -> Iterator[Decimal]:
    """Yield so many numbers from start to stop, evenly or each the same multiple of the last.

    In decimals, so that linspace(0.1, 0.5, 5) has 0.3 and not 0.30000000000000004, with all digits that a float has.
    """
    with localcontext(prec=40):  # so much more than a float has that what adds up over the count never shows
        steps = count - 1
        ratio = Decimal(1) if is_even else (stop / start) ** (1 / Decimal(steps))
        power = start
        for number in range(steps):
            yield start + (stop - start) * number / steps if is_even else power
            power *= ratio
    yield stop


def _step_for(start: Decimal, stop: Decimal) -> str:
    return f"{float(stop - start) / 4:.3g}" if stop != start else "1"
