"""A text that is too much for a spec is refused before it takes anybody's time."""

from __future__ import annotations

import pytest
import yaml

from shared.catalog import Library, library_catalog
from shared.domain import MOST_SPEC_BYTES, SweepSpec
from shared.errors import InvalidSpec
from shared.grid_expression import GridExpressionError, parse
from tests.support.work import calls_of, calls_until_refused

pytestmark = pytest.mark.slow

HEAD = """
name: Large
library: xgboost
dataset: {name: diabetes, target: target, task: regression}
metrics: [rmse]
"""


def refusal(content: bytes, calls: int = 5_000) -> str:
    """Return the first error of a spec, which is told after no more than so many calls."""
    made, told = calls_until_refused(lambda: SweepSpec.from_bytes(content), InvalidSpec)
    assert made < calls
    assert len(str(told)) < 4_000
    return str(told.errors[0])


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
            HEAD + "param_grid:\n" + "".join(f"  p{number}: [1]\n" for number in range(3_000)),
            "param_grid: has 3,000 names, and XGBoost has",
        ),
        (
            HEAD + "param_grid:\n" + "".join(f"- p{number}: [1]\n" for number in range(3_000)),
            "param_grid.0.p0: is not a parameter of XGBoost",
        ),
        (HEAD + "".join(f"p{number}: 1\n" for number in range(3_000)), "param_grid: is missing"),
        (HEAD + f"param_grid: {{max_depth: [{'linspace(1,' * 5_000}]}}", "param_grid.max_depth: "),
        (HEAD + f"param_grid: {{max_depth: {'linspace(1,' * 5_000}}}", "param_grid.max_depth: "),
    ],
)
def test_many_faults_are_little_work_beside_reading_the_text(text, message):
    reading = calls_of(lambda: yaml.load(text.replace("(", "_"), Loader=yaml.SafeLoader))
    assert refusal(text.encode(), 5_000 + 3 * reading // 2).startswith(message)


def test_a_field_takes_no_text_of_megabytes():
    parameter = library_catalog(Library.XGBOOST).parameter("max_depth")
    made, told = calls_until_refused(lambda: parse("1, " * 1_000_000, parameter), GridExpressionError)
    assert made < 1_000
    assert "has 3,000,000 characters; 250,000 is the most; write a range" in str(told)
