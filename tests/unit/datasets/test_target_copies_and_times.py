"""What all but equals the target is told, and times that one 32-bit number cannot hold are two columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shared.datasets.columns.readings import read_columns
from shared.datasets.columns.seen_columns import see_column
from shared.datasets.table_warnings import table_warnings
from shared.domain import Reading

ROWS = 400
RANDOM = np.random.default_rng(5)
PRICE = RANDOM.normal(100, 20, ROWS)
COLOURS = np.array(["red", "green", "blue"])[np.arange(ROWS) % 3]


def warned(feature: object, target: object) -> str:
    return "; ".join(table_warnings(pd.DataFrame({"x": feature, "y": target}), "y").get("x", ()))


@pytest.mark.parametrize(
    ("feature", "target", "message"),
    [
        pytest.param(PRICE, PRICE, "equals the target 'y'", id="copy"),
        pytest.param(np.where(np.arange(ROWS) < 8, 0.0, PRICE), PRICE, "equals, in 98.0% of the rows", id="near copy"),
        pytest.param(PRICE * 1.1 + 3, PRICE, "follows, with a correlation of 1.0000", id="linear"),
        pytest.param(np.exp(PRICE / 10), PRICE, "follows, with a correlation of 1.0000", id="in the same order"),
        pytest.param(
            np.arange(ROWS) % 3 * 10,
            pd.Categorical(COLOURS),
            "has a value for each value of the target",
            id="one value a class",
        ),
    ],
)
def test_what_all_but_equals_the_target_is_told(feature, target, message):
    assert message in warned(feature, target)
    assert "leave it out unless it is known beforehand" in warned(feature, target)


@pytest.mark.parametrize(
    ("feature", "target"),
    [
        pytest.param(PRICE + RANDOM.normal(0, 4, ROWS), PRICE, id="a good feature"),
        pytest.param(RANDOM.integers(0, 3, ROWS), pd.Categorical(COLOURS), id="as many values as classes"),
        pytest.param((np.arange(ROWS) == 7) * 1, (np.arange(ROWS) == 9) * 1, id="nearly all one class"),
    ],
)
def test_a_feature_that_only_resembles_the_target_is_not(feature, target):
    assert "target" not in warned(feature, target)
    assert "'y'" not in warned(feature, target)


def read_as_time_passed(times: pd.Series) -> tuple[pd.DataFrame, dict[str, str]]:
    frame = pd.DataFrame({"at": times, "y": np.arange(len(times))})
    seen = [see_column(name, frame[name], "y", {}, frozenset()) for name in frame]
    return read_columns(frame, seen, {"at": Reading.ORDINAL, "y": Reading.NUMBER})


def test_times_that_32_bits_cannot_tell_apart_are_days_and_seconds():
    times = pd.Series(pd.to_datetime(["1970-01-01 00:00:01", "2024-05-17 10:00:01", "2024-05-17 10:00:02"]))

    made, notes = read_as_time_passed(times)

    assert made["at_days"].tolist() == [0, 19_860, 19_860]
    assert made["at_seconds"].tolist() == [1, 36_001, 36_002]
    assert "at" not in made
    assert notes == {"at_days": "whole days since 1970-01-01", "at_seconds": "seconds of the day"}


def test_times_that_32_bits_tell_apart_are_one_column():
    times = pd.Series(pd.to_datetime(["2024-05-17 10:00:01", "2024-05-17 10:00:02"]))

    made, notes = read_as_time_passed(times)

    assert made["at"].tolist() == [36_001, 36_002]
    assert notes == {"at": "in seconds since 2024-05-17"}
