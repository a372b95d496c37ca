"""A tenth of a grid that is spread over all of it, whatever its size: computed, never stored."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from math import gcd, prod

#: one of so many points is in the spread part
_ONE_OF = 10
#: steps that are compared, where the spread part is small enough for a worse one to be seen
_STEPS_COMPARED = 24
_MOST_COMPARED = 400

_GOLDEN = (5**0.5 - 1) / 2


class Spread:
    """The points of a grid of ``lengths`` that come first, by their number (the last coordinate varies fastest).

    They are a lattice: each is as far from the one before it, around the corner of each coordinate, by a share of its
    length that is another for each, and irrational but for rounding. So every value of a coordinate comes about as
    often, in any beginning of them, and so does every pair. A number tells at once whether it is one of them.
    """

    def __init__(self, lengths: Sequence[int], one_of: int = _ONE_OF) -> None:
        self._lengths = tuple(length for length in lengths if length > 1)
        self._size = prod(self._lengths)
        #: how many they are; none where a tenth is less than one
        self.count = -(-self._size // one_of) if self._size >= one_of else 0
        self._start = sum(
            length // 2 * prod(self._lengths[at + 1 :]) for at, length in enumerate(self._lengths)
        )  # the middle
        self._step = _step(self._lengths, self._start, self.count) if self.count else 1
        self._back = pow(self._step, -1, self._size) if self.count else 0

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers, in the order in which they are spread."""
        return _numbers(self._start, self._step, self._size, self.count)

    def others(self, first: int, after: int) -> Iterator[bool]:
        """Yield of each number from ``first`` to before ``after`` whether it is not one of them."""
        back, size, count = self._back, self._size, self.count
        place = (first - self._start) * back % size
        for _ in range(first, after):
            yield place >= count
            place += back
            if place >= size:
                place -= size

    def __contains__(self, number: int) -> bool:
        """Whether the point of that number is one of them."""
        return (number - self._start) * self._back % self._size < self.count


def is_chosen(number: int) -> bool:
    """Whether the thing of that number is in a tenth of a stream of them whose length nobody knows."""
    return (number * _GOLDEN + 0.5) % 1 < 1 / _ONE_OF


def _numbers(start: int, step: int, size: int, count: int) -> Iterator[int]:
    return ((start + place * step) % size for place in range(count))


@functools.lru_cache(maxsize=256)
def _step(lengths: tuple[int, ...], start: int, count: int) -> int:
    """Return how far the points are apart."""
    size = prod(lengths)
    ideal = _coprime(_ideal_step(lengths), size)
    if count > _MOST_COMPARED:
        return ideal
    others = (_coprime(int(number * _GOLDEN % 1 * size), size) for number in range(1, _STEPS_COMPARED))
    return min(
        dict.fromkeys([ideal, *others]),
        key=lambda step: _unevenness(list(_numbers(start, step, size, count)), lengths),
    )


def _ideal_step(lengths: Sequence[int]) -> int:
    step, unit, below = 0, 1, 0.0
    for length, share in zip(reversed(lengths), _shares(len(lengths)), strict=True):
        digit = round(share * length - below) % length
        step += digit * unit
        below = (digit + below) / length
        unit *= length
    return step


def _coprime(step: int, size: int) -> int:
    """Return the next step with which all points are visited before the first one comes again."""
    return next(each for each in itertools.count(max(1, step)) if gcd(each, size) == 1)


def _unevenness(numbers: Sequence[int], lengths: Sequence[int]) -> float:
    """Return by how much values come more often than others, with the pairs of values that do not come and could."""
    columns: list[list[int]] = []
    lengths = lengths[::-1]
    for length in lengths:
        columns.append([number % length for number in numbers])
        numbers = [number // length for number in numbers]
    differ = 0.0
    for column, length in zip(columns, lengths, strict=True):
        counts = Counter(column)
        differ += max(counts.values()) - (min(counts.values()) if len(counts) == length else 0)
    for (one, many), (other, more) in itertools.combinations(zip(columns, lengths, strict=True), 2):
        most = min(len(one), many * more)
        differ += 10 * (1 - len(set(zip(one, other, strict=True))) / most)
    return differ


@functools.cache
def _shares(dimensions: int) -> tuple[float, ...]:
    """Return the powers of the root of x^(d+1) = x + 1: the golden ratio's kin for d dimensions (Roberts' R_d)."""
    root = 1.5
    for _ in range(64):
        root = (1 + root) ** (1 / (dimensions + 1))
    return tuple(root ** -(power + 1) for power in range(dimensions))
