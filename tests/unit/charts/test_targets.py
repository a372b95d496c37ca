"""The distribution of a target: histograms and counts of classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard import charts
from shared.catalog import TaskType


def test_a_histogram_sends_counts_not_rows():
    values = pd.Series(np.random.default_rng(0).normal(size=5_000), name="price")
    chart = charts.target_distribution(values, TaskType.REGRESSION)
    assert len(chart.data[0].y) == 40
    assert sum(chart.data[0].y) == 5_000
    assert chart.layout.xaxis.title.text == "price"


def test_a_histogram_says_what_it_leaves_out():
    values = pd.Series([1.0, 2.0, np.nan, np.inf], name="price")
    chart = charts.target_distribution(values, TaskType.REGRESSION)
    assert sum(chart.data[0].y) == 2
    assert chart.layout.xaxis.title.text == "price (2 rows without a number)"


@pytest.mark.parametrize("values", [[7.0], [7.0] * 10, [0, 1], [True, False]])
def test_few_distinct_numbers_make_a_histogram(values):
    chart = charts.target_distribution(pd.Series(values, name="y"), TaskType.REGRESSION)
    assert sum(chart.data[0].y) == len(values)


def test_classes_are_counted_in_their_natural_order():
    numbers = charts.target_distribution(pd.Series([10, 2, 10, 1], name="y"), TaskType.MULTICLASS)
    assert list(numbers.data[0].x) == ["1", "2", "10"]
    assert list(numbers.data[0].y) == [1, 1, 2]
    words = charts.target_distribution(pd.Series(["no", "yes", None, "yes"], name="y"), TaskType.BINARY)
    assert list(words.data[0].x) == ["no", "yes"]


def test_many_classes_are_summed_up():
    values = pd.Series([str(number) for number in range(30) for _ in range(number + 1)], name="y")
    bars = charts.target_distribution(values, TaskType.MULTICLASS).data[0]
    assert len(bars.x) == 21
    assert (bars.x[0], bars.x[-1]) == ("29", "10 others")
    assert sum(bars.y) == len(values)


def test_long_names_of_classes_leave_room_for_their_bars_and_can_be_told_apart():
    values = pd.Series([f"a class with quite a long name {number}" for number in range(30)], name="y")
    chart = charts.target_distribution(values, TaskType.MULTICLASS)
    written = list(chart.layout.xaxis.ticktext)
    assert len(set(written)) == 21
    assert max(map(len, written)) <= 15
    assert list(chart.layout.xaxis.tickvals) == list(chart.data[0].x)
    assert "a class with quite a long name 0" in list(chart.data[0].x)  # for hovering
