import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import analysis
from dashboard.analysis import AxisKind


@pytest.mark.parametrize(
    ("values", "kind", "positions", "breaks"),
    [
        ([0, 0.01, 0.1, 1], AxisKind.BROKEN, [-3.6, -2, -1, 0], [-2.8]),
        ([-1, 0, 1, 10, 100], AxisKind.BROKEN, [-2.6, -1.6, 0, 1, 2], [-2.1, -0.8]),
        ([0.1, 1, 10, None], AxisKind.BROKEN, [-1, 0, 1, 2.6], [1.8]),
        ([0, 1, 10, None], AxisKind.BROKEN, [-1.6, 0, 1, 2.6], [-0.8, 1.8]),
        ([2, 4, 6, None], AxisKind.BROKEN, [2, 4, 6, 9.2], [7.6]),
        ([0.1, 1, 10], AxisKind.LOG, [0.1, 1, 10], []),
        ([0, 1, 2], AxisKind.LINEAR, [0, 1, 2], []),
        ([-1, 3, 5, 7], AxisKind.LINEAR, [-1, 3, 5, 7], []),
        ([5], AxisKind.LINEAR, [5], []),
        ([5, None], AxisKind.CATEGORIES, [0, 1], [0.5]),
        (["a", "b"], AxisKind.CATEGORIES, [0, 1], [0.5]),
        ([True, False], AxisKind.CATEGORIES, [0, 1], [0.5]),
        ([0.5, "a"], AxisKind.CATEGORIES, [0, 1], [0.5]),
        ([], AxisKind.CATEGORIES, [], []),
    ],
)
def test_what_has_no_place_among_powers_has_one_of_its_own_beyond_a_break(values, kind, positions, breaks):
    axis = analysis.value_axis(values)
    assert axis.kind is kind
    assert axis.positions == pytest.approx(positions)
    assert axis.breaks == pytest.approx(breaks)


@pytest.mark.parametrize(
    ("values", "geometric"),
    [
        ([0.001, 0.01, 0.1], True),
        ([0.01, 0.03, 0.1, 0.3], True),
        ([100, 200, 400, 800], True),
        ([50, 100, 200, 500, 1000], True),
        ([0.1, 0.01], True),
        ([3, 5, 7, 9], False),
        ([100, 200, 300, 400], False),
        (list(range(1, 11)), False),
        ([0.5, 0.7, 1.0], False),
        ([0.0, 0.1, 1.0, 10.0], False),
        ([-1.0, 10.0, 100.0], False),
        ([1, 2], False),
        ([5], False),
        ([], False),
        (["a", "b"], False),
        ([True, False], False),
        ([None, 1, 10, 100], True),
    ],
)
def test_a_grid_is_geometric_where_it_is_more_even_on_a_logarithmic_axis(values, geometric):
    assert analysis.is_geometric(values) is geometric


@given(st.floats(1e-6, 1e6), st.floats(2.1, 10), st.integers(3, 8))
def test_every_geometric_series_is_geometric(first, ratio, length):
    assert analysis.is_geometric([first * ratio**power for power in range(length)])


@given(st.integers(1, 1000), st.integers(1, 1000), st.integers(3, 50))
def test_no_arithmetic_series_is_geometric(first, step, length):
    assert not analysis.is_geometric([first + step * number for number in range(length)])
