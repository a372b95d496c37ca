"""Ranges and lists as other programs and people write them: ``2..6``, ``range(1, 5)``, and the same in this grammar."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from shared.catalog import Parameter, ParamValue
from shared.catalog.model import ParameterKind
from shared.catalog.validation import check_value
from shared.wording import shown

#: nobody types a longer range, and patterns are not tried on megabytes
_LONGEST = 500

_NUMBER = r"[+-]?(?:\d+(?:_\d+)*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_START, _STOP = rf"(?<![\w.,+-])(?P<start>{_NUMBER})", rf"(?P<stop>{_NUMBER})(?![\w-]|\.\d|,\d)"
_DOTS = r"(?:\.{2,}|\N{HORIZONTAL ELLIPSIS})"
_DASH = "(?:->|=>|[-~\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{RIGHTWARDS ARROW}])"
_STEP = rf"(?:\s*,?\s*(?:steps?|by|every|in steps of|/|{_DOTS})\s*(?:of|=)?\s*(?P<step>{_NUMBER}))?"
_LOWER, _UPPER = r"(?:min|low|lower|start|from)\w*\s*[=:]\s*", r"\W{1,5}(?:max|high|upper|stop|end|to)\w*\s*[=:]\s*"

#: from two numbers to all between them
_RANGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_START}\s*,\s*(?P<second>{_NUMBER})\s*,\s*{_DOTS}\s*,\s*{_STOP}",
        rf"{_START}\s*,?\s*{_DOTS}\s*,?\s*{_STOP}{_STEP}",
        rf"(?:(?:from|between)\s+)?{_START}\s*(?:to|through|thru|until|till|bis|and)\s*{_STOP}{_STEP}",
        rf"{_START}\s*{_DASH}\s*{_STOP}{_STEP}",
        rf"{_START}\s*:\s*{_STOP}\s*,?\s*(?:step|by)\s*(?:of|=)?\s*(?P<step>{_NUMBER})",
        rf"{_LOWER}(?P<start>{_NUMBER}){_UPPER}(?P<stop>{_NUMBER})(?:\W{{1,5}}step\w*\s*[=:]\s*(?P<step>{_NUMBER}))?",
    )
)
_CALL = re.compile(r"(?P<name>[A-Za-z_][\w.]*)\s*\((?P<inside>.*)\)", re.DOTALL)
_CALL_BESIDE = re.compile(r"(?P<name>[A-Za-z_][\w.]*)\s*\((?P<inside>[^()]*)\)")
_WITHIN = re.compile(rf"(?<![\w.])(?:(?P<key>\w+)\s*=\s*)?(?P<value>{_NUMBER}|'[^']*'|\"[^\"]*\"|\w+)(?![\w.])")
_TWO = re.compile(rf"\s*{_NUMBER}\s*,\s*{_NUMBER}\s*")
_LIST = re.compile(r"[\[({](?P<items>[^\[\](){}]+)[\])}]")

_WRAPPERS = ("list", "tuple", "sorted", "set", "array", "asarray")
_LISTS = ("choice", "pchoice", "grid_search", "suggest_categorical", "categorical", "categoricaldistribution")
_SPACED = ("linspace", "logspace", "geomspace")


@dataclass(frozen=True, slots=True)
class Foreign:
    """A piece of a field's text that this grammar writes otherwise."""

    text: str
    #: of its first character, from 0
    position: int
    #: the same in this grammar, the likeliest first; they may not suit the parameter
    ours: tuple[str, ...]
    #: what is wrong with it
    fault: str = "is not how a range is written"
    #: what else it may be
    otherwise: str = ""
    #: whether it stands for what is between two numbers
    is_range: bool = True


def find(text: str, parameter: Parameter) -> Foreign | None:
    """Return the piece of a text that is a range or a list of another notation; None where there is none."""
    if len(text) > _LONGEST:
        return None
    call = _CALL.fullmatch(text.strip())
    for each in [call] if call else _CALL_BESIDE.finditer(text):
        foreign = _call(each["name"], each["inside"], parameter, 0 if call else each.start())
        if foreign is not None:
            return foreign
    for pattern in _RANGES:
        found = pattern.search(text)
        if found is not None:
            return _range(found, parameter)
    return None


def _range(found: re.Match[str], parameter: Parameter) -> Foreign:
    parts = found.groupdict()
    start, stop = Decimal(found["start"]), Decimal(found["stop"])
    step = Decimal(parts["step"]) if parts.get("step") else None
    if parts.get("second"):
        step = Decimal(found["second"]) - start
    minus = found["stop"]
    between = found.string[found.end("start") : found.start("stop")]
    # 3 -5 may be two values
    is_whole = parameter.kind is ParameterKind.INT and stop == int(stop)
    below: ParamValue = -int(stop) if is_whole else -float(stop)
    is_two = between.strip() == "-" and between.endswith("-") and check_value(parameter, below) is None
    return Foreign(
        found[0].strip(),
        found.start(),
        tuple(_between(start, stop, step, parameter)),
        otherwise=f", or a comma before -{minus} if these are two values" if is_two else "",
    )


def _between(
    start: Decimal, stop: Decimal, step: Decimal | None, parameter: Parameter, is_log: bool = False
) -> Iterator[str]:
    """Yield what says all values from the one to the other, or some of them where no step is told."""
    if step is not None and step:
        yield f"{_text(start)}:{_text(stop)}:{_text(step)}"
    elif parameter.kind is ParameterKind.INT and start == int(start) and stop == int(stop):
        width = max(1, int(abs(stop - start)) // 4) if abs(stop - start) > 10 else 1
        down = -1 if stop < start else 1
        yield f"{_text(start)}:{_text(stop)}" if width * down == 1 else f"{_text(start)}:{_text(stop)}:{width * down}"
    elif parameter.kind is ParameterKind.FLOAT:
        wide = min(start, stop) > 0 and (is_log or max(start, stop) >= 10 * min(start, stop))
        yield f"{'logspace' if wide else 'linspace'}({_text(start)}, {_text(stop)}, 5)"


def _call(name: str, inside: str, parameter: Parameter, position: int = 0) -> Foreign | None:
    last = name.lower().rpartition(".")[2]
    ours: tuple[str, ...] = ()
    if last in _WRAPPERS and (inner := _CALL.fullmatch(inside.strip())):
        deeper = _call(inner["name"], inner["inside"], parameter)
        return Foreign(name, position, deeper.ours, "is unknown") if deeper else None
    if last in _WRAPPERS or last in _LISTS:
        listed = _LIST.search(inside)
        ours = (", ".join(filter(None, map(str.strip, listed["items"].split(",")))),) if listed else ()
        return Foreign(name, position, ours, "is unknown", is_range=False)
    numbers = [Decimal(each["value"]) for each in _WITHIN.finditer(inside) if re.fullmatch(_NUMBER, each["value"])]
    if last in ("range", "arange"):
        ours = _counted_out(numbers, parameter)
        return Foreign(name, position, ours, "is unknown", ", which has its stop")
    if last in _SPACED:
        if name.lower() == last and not _TWO.fullmatch(inside):  # ours, and what is wrong in it is told
            return None
        count = numbers[2] if len(numbers) > 2 else Decimal(5 if name.lower() == last else 50)
        ends = numbers[:2]
        otherwise = ""
        if last == "logspace" and len(ends) == 2 and name.lower() != last:
            otherwise = ", whose ends are values, not exponents"
            ends = [Decimal(10) ** end for end in ends] if all(abs(end) <= 12 for end in ends) else []
        ours = (f"{last}({_text(ends[0])}, {_text(ends[1])}, {count})",) if len(ends) == 2 else ()
        fault = "is unknown" if name.lower() != last else "has a start, a stop and a count"
        return Foreign(name, position, ours, fault, otherwise)
    if re.search(r"uniform|randint|normal|suggest_(int|float)|reciprocal|lograndint", last) and len(numbers) >= 2:
        is_log = "log" in last or bool(re.search(r"log\s*=\s*true", inside, re.IGNORECASE))
        has_step = len(numbers) > 2 and (last.startswith("q") or "step" in inside or last == "suggest_int")
        ours = tuple(_between(numbers[0], numbers[1], numbers[2] if has_step else None, parameter, is_log))
        return Foreign(name, position, ours, "draws at random, which a grid does not")
    return None


def _counted_out(numbers: list[Decimal], parameter: Parameter) -> tuple[str, ...]:
    """Return Python's range, whose stop is not in it, as one whose stop is."""
    if not 1 <= len(numbers) <= 3:
        return ()
    start, stop = (Decimal(0), numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step = numbers[2] if len(numbers) == 3 else Decimal(1)
    if step == 0 or (stop - start) * step <= 0 or (stop - start) / step > 10**6:
        return ()
    last = start + (math.ceil((stop - start) / step) - 1) * step
    is_plain = step == 1 and parameter.kind is ParameterKind.INT
    return (f"{_text(start)}:{_text(last)}" if is_plain else f"{_text(start)}:{_text(last)}:{_text(step)}",)


def _text(number: Decimal) -> str:
    whole = number == int(number)
    return str(int(number)) if whole and abs(number) < 10**15 else f"{float(number):.12g}"


def message(foreign: Foreign, ours: str | None, example: str, parameter: Parameter) -> str:
    """Return what is wrong with the piece and what to write: ``ours``, or the parameter's own example."""
    if parameter.kind not in (ParameterKind.INT, ParameterKind.FLOAT) and foreign.is_range:
        return f"{parameter.name!r} does not take a range; write one or more of {example}"
    if ours is None:
        what = "whole numbers" if parameter.kind is ParameterKind.INT else "values"
        return f"{shown(foreign.text)} {foreign.fault}; write {what} such as {example}"
    return f"{shown(foreign.text)} {foreign.fault}; write {ours}{foreign.otherwise}"
