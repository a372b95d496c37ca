"""A text that is too much for a spec is refused before it takes anybody's time."""

from __future__ import annotations

import time

import pytest
import yaml

from shared.catalog import Library, library_catalog
from shared.domain import MOST_SPEC_BYTES, SweepSpec
from shared.errors import InvalidSpec
from shared.grid_expression import GridExpressionError, parse

pytestmark = pytest.mark.slow

HEAD = """
name: Large
library: xgboost
dataset: {name: diabetes, target: target, task: regression}
metrics: [rmse]
"""


def refusal(content: bytes, seconds: float = 0.5) -> str:
    """Return the first error of a spec, which is told in so much of the processor's time."""
    began = time.process_time()
    with pytest.raises(InvalidSpec) as caught:
        SweepSpec.from_bytes(content)
    assert time.process_time() - began < seconds
    assert len(str(caught.value)) < 4_000
    return str(caught.value.errors[0])


def seconds_to_load(text: str) -> float:
    """Return what PyYAML takes of the processor for as long a text."""
    began = time.process_time()
    yaml.load(text, Loader=yaml.SafeLoader)
    return time.process_time() - began


@pytest.mark.parametrize(
    "text",
    [
        HEAD + f"param_grid: {{max_depth: [{', '.join(map(str, range(500_000)))}]}}",
        HEAD + "param_grid:\n" + "".join(f"  p{number}: [1]\n" for number in range(200_000)),
        HEAD.replace("Large", "a" * 3_000_000) + "param_grid: {max_depth: [3]}",
        "a b c " * 500_000,
        "é" * MOST_SPEC_BYTES,
    ],
)
def test_a_text_of_megabytes_is_refused_before_it_is_read(text):
    assert refusal(text.encode()) == (
        "spec: has more than 0.5 MB, the most of a spec; write ranges such as linspace(0.01, 0.3, 100) instead of long "
        "lists"
    )


def test_a_text_is_measured_without_a_file_too():
    with pytest.raises(InvalidSpec, match=r"has more than 0\.5 MB"):
        SweepSpec.from_yaml("#" * (MOST_SPEC_BYTES + 1))


def test_what_is_not_text_is_told():
    assert refusal(b"\xff\xfename: x") == "spec: is not UTF-8 text; save it as UTF-8"


def test_the_largest_lists_are_read():
    values = [0.001 + number * 1e-7 for number in range(10_000)]
    text = HEAD + "param_grid:\n  learning_rate:\n" + "".join(f"  - {value!r}\n" for value in values)
    assert SweepSpec.from_bytes(text.encode()).param_grid[0]["learning_rate"] == tuple(values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEAD + "param_grid:\n" + "".join(f"  p{number}: [1]\n" for number in range(6_000)),
            "param_grid: has 6,000 names, and XGBoost has",
        ),
        (
            HEAD + "param_grid:\n" + "".join(f"- p{number}: [1]\n" for number in range(6_000)),
            "param_grid.0.p0: is not a parameter of XGBoost",
        ),
        (HEAD + "".join(f"p{number}: 1\n" for number in range(6_000)), "param_grid: is missing"),
        (HEAD + f"param_grid: {{max_depth: [{'linspace(1,' * 10_000}]}}", "param_grid.max_depth: "),
        (HEAD + f"param_grid: {{max_depth: {'linspace(1,' * 10_000}}}", "param_grid.max_depth: "),
    ],
)
def test_many_faults_take_no_longer_than_a_few(text, message):
    usual = seconds_to_load(text.replace("(", "_"))
    assert refusal(text.encode(), 0.5 + 2 * usual).startswith(message)


def test_a_field_takes_no_text_of_megabytes():
    began = time.process_time()
    with pytest.raises(GridExpressionError, match=r"has 3,000,000 characters; 250,000 is the most; write a range"):
        parse("1, " * 1_000_000, library_catalog(Library.XGBOOST).parameter("max_depth"))
    assert time.process_time() - began < 1
