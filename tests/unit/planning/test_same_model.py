"""Points that are one model say why, and the reasons of a grid are those of its points."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalog import Library, library_catalog
from shared.planning import full_params, points
from shared.planning.same_model import WRITTEN_AGAIN, merging_reasons, why_same
from shared.testing import make_spec

SEED = 7
LEAVES = "a tree of max_depth levels has at most 2^max_depth leaves"
EQUIVALENCES = [(library, each) for library in Library for each in library_catalog(library).equivalences]


@pytest.mark.parametrize(
    ("library", "one", "other", "whys"),
    [
        (Library.LIGHTGBM, {"max_depth": 2, "num_leaves": 4}, {"max_depth": 2, "num_leaves": 31}, (LEAVES,)),
        (Library.LIGHTGBM, {"max_depth": 0}, {"max_depth": -1}, ("a max_depth of 0 or less sets no limit",)),
        (
            Library.LIGHTGBM,
            {"subsample": 0.5},
            {},
            ("subsample has no effect unless subsample_freq is 1 or more",),
        ),
        (
            Library.XGBOOST,
            {"random_state": 1},
            {"random_state": 2},
            ("random_state has no effect unless rows or columns are sampled",),
        ),
        (Library.XGBOOST, {"max_depth": 2, "max_leaves": 4}, {"max_depth": 2, "max_leaves": 9}, (LEAVES,)),
        (Library.XGBOOST, {"learning_rate": None}, {}, ()),
        (
            Library.CATBOOST,
            {"grow_policy": "Lossguide", "max_leaves": None},
            {"grow_policy": "Lossguide", "max_leaves": 31},
            ("an empty max_leaves is 31",),
        ),
        (
            Library.CATBOOST,
            {"grow_policy": "Lossguide", "depth": 3, "max_leaves": None},
            {"grow_policy": "Lossguide", "depth": 3, "max_leaves": 20},
            ("a tree has at most 2^depth leaves",),
        ),
    ],
)
def test_two_points_are_one_model_for_what_makes_their_values_equal(library, one, other, whys):
    assert full_params(library, one, SEED) == full_params(library, other, SEED)
    assert why_same(library, one, other, SEED) == why_same(library, other, one, SEED) == whys


@st.composite
def grids_around_an_equivalence(draw):
    """A library with one or two small grids of parameters that an equivalence reads, and of some others."""
    library, equivalence = draw(st.sampled_from(EQUIVALENCES))
    catalog = library_catalog(library)
    inputs = sorted({name for each in catalog.equivalences for name in (each.parameter, *each.reads)})
    names = {equivalence.parameter, *equivalence.reads[:2], *draw(st.sets(st.sampled_from(inputs), max_size=2))}

    def values(name):
        parameter = catalog.parameter(name)
        known = [*parameter.suggested, *parameter.choices, parameter.default, *([None] if parameter.nullable else [])]
        small = [1, 2, 4, 64] if "leaves" in name or "depth" in name else []
        return st.lists(st.sampled_from(list(dict.fromkeys(known + small))), min_size=1, max_size=3, unique=True)

    grid = st.fixed_dictionaries({name: values(name).map(tuple) for name in sorted(names)})
    return library, draw(st.lists(grid, min_size=1, max_size=2))


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(grids_around_an_equivalence())
def test_the_reasons_of_a_grid_are_those_of_its_points(drawn):
    library, grids = drawn
    spec = make_spec().model_copy(update={"library": library, "param_grid": tuple(grids), "seed": SEED})
    models = defaultdict(list)
    for point in points(spec):
        models[tuple(full_params(library, point, SEED).values())].append(point)
    pairs = [pair for alike in models.values() for pair in itertools.combinations(alike, 2)]
    seen = set()
    for one, other in pairs:
        whys = why_same(library, one, other, SEED) or (WRITTEN_AGAIN,)
        assert whys != (WRITTEN_AGAIN,) or one == other
        seen.update(whys)
    assert set(merging_reasons(library, grids, SEED)) == seen


def test_only_what_merges_points_of_the_grid_is_a_reason():
    grid = {"max_depth": (4,), "num_leaves": (4, 8, 16), "subsample": (0.5,), "random_state": (1, 2)}
    assert merging_reasons(Library.LIGHTGBM, [grid], SEED) == ()
    assert merging_reasons(Library.LIGHTGBM, [grid | {"max_depth": (3,)}], SEED) == (LEAVES,)


def test_grids_that_overlap_by_a_default_are_a_reason():
    grids = [{"max_depth": (3, 6)}, {"gamma": (0.0, 1.0)}]
    assert merging_reasons(Library.XGBOOST, grids, SEED) == (WRITTEN_AGAIN,)
    assert merging_reasons(Library.XGBOOST, [{"max_depth": (3,)}, {"gamma": (0.0, 1.0)}], SEED) == ()


def test_grids_that_are_one_model_across_each_other_are_a_reason():
    grids = [{"max_depth": (3,), "num_leaves": (8,)}, {"max_depth": (3,), "num_leaves": (9,)}]
    assert merging_reasons(Library.LIGHTGBM, grids, SEED) == (LEAVES,)


def test_millions_of_points_have_their_reasons_without_being_walked(monkeypatch):
    walked = []
    monkeypatch.setattr(
        "shared.planning.same_model.reasons.full_params", lambda *args: (walked.append(args), full_params(*args))[1]
    )
    grid = {
        "booster": ("gbtree", "gblinear", "dart"),
        "max_depth": tuple(range(1, 200)),
        "max_leaves": tuple(range(200)),
        "learning_rate": tuple(number / 100 for number in range(1, 101)),
    }
    whys = merging_reasons(Library.XGBOOST, [grid], SEED)
    assert whys[-1] == LEAVES
    assert "max_depth has no effect unless booster is gbtree or dart" in whys
    assert len(walked) < 20_000
