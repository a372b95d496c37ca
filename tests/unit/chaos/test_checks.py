"""What judges a storm sees what it is there to see."""

from collections import Counter

import pytest

from shared.catalog import Library, library_catalog
from shared.domain import AttemptCause, ErrorCause
from shared.testing import InMemoryStore, make_attempt, make_outcome, make_spec, make_sweep
from tests.chaos import checks
from tests.chaos.kinds import FAILING, KINDS, MERGED, Kind
from tests.chaos.person import Launched

GRID = {"n_estimators": [10, 20], "learning_rate": [0.1, 0.3]}
KIND = Kind("four trials", {"param_grid": GRID, "metrics": ["rmse", "r2"]})
LAUNCHED = Launched(KIND, 0, "a-sweep-000000")
SCORES = (0.4, 0.5, 0.6)


def outcomes(count=4):
    return [make_outcome(number, params=point) for number, point in enumerate(KIND.points()[:count])]


def stored(*recorded):
    store = InMemoryStore()
    store.save_sweep(make_sweep(spec=make_spec(param_grid=GRID)))
    store.record(LAUNCHED.sweep_id, recorded)
    return store


def undisturbed(**changed):
    return {KIND.key(point): {"rmse": SCORES, "r2": SCORES} | changed for point in KIND.points()}


def test_points_of_one_model_are_one_trial():
    assert len(MERGED.points()) == 24
    assert len(MERGED.expected()) == 15  # 3 leaves, or what the depth allows: 2 of them at depth 2 and 3 at depth 3
    assert sum(FAILING.expected().values()) == 3
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_a_whole_ledger_is_right():
    assert checks.ledger(LAUNCHED, stored(*outcomes())) == []


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (outcomes(3), "is missing"),
        ([*outcomes(), make_outcome("5", params={"n_estimators": 30, "learning_rate": 0.1})], "is foreign"),
        ([*outcomes(), make_outcome("5", params=KIND.points()[0])], "has 2 outcomes"),
        ([*outcomes(3), make_outcome(3, failed=ErrorCause.ENGINE_DIED, params=KIND.points()[3])], "is failed"),
        ([*outcomes(3), make_outcome(3, dropped_after=2, params=KIND.points()[3])], "was dropped"),
    ],
)
def test_a_ledger_that_is_not_is_said(recorded, said):
    assert any(said in each for each in checks.ledger(LAUNCHED, stored(*recorded)))


def test_a_sweep_that_was_deleted_is_gone():
    deleted = Launched(KIND, 0, LAUNCHED.sweep_id, deleted=True)
    store = stored(*outcomes())
    assert checks.ledger(deleted, store) == ["a-sweep-000000 was deleted and is there"]
    store.delete_sweep(LAUNCHED.sweep_id)
    assert checks.ledger(deleted, store) == []


def test_an_attempt_that_no_storm_explains_is_said():
    store = stored(*outcomes())
    store.append_attempts([make_attempt(1, AttemptCause.LOST), make_attempt(2, AttemptCause.OUT_OF_MEMORY)])
    count = Counter()
    (wrong,) = checks.causes(LAUNCHED, store, count)
    assert "ended by out_of_memory" in wrong
    assert count == {"lost": 1, "out_of_memory": 1}


def test_scores_are_equal_to_the_bit():
    store = stored(*(each.model_copy() for each in outcomes()))
    mine = checks.scores(LAUNCHED, store)
    assert checks.same_scores(LAUNCHED, store, mine) == []
    other = {key: {**each, "r2": tuple(score + 1e-16 for score in each["r2"])} for key, each in mine.items()}
    assert len(checks.same_scores(LAUNCHED, store, other)) == 4


def test_the_best_of_the_whole_grid_is_the_one_shown():
    store = stored(*outcomes())
    mine = checks.scores(LAUNCHED, store)
    better = dict(list(mine.items())[:3]) | {KIND.key(KIND.points()[3]): {"rmse": (0.1, 0.1, 0.1), "r2": SCORES}}
    assert any("of the whole grid 0.1" in each for each in checks.same_scores(LAUNCHED, store, better))


def test_a_dropped_trial_has_scores_of_its_own_folds():
    store = stored(*outcomes(3), make_outcome(3, score=0.7, dropped_after=2, params=KIND.points()[3]))
    assert any("the dropped" in each for each in checks.same_scores(LAUNCHED, store, undisturbed()))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_outcomes_have_the_names_of_the_grid(kind):
    library = library_catalog(Library(kind.spec["library"]))
    assert set(kind.spec["param_grid"]) <= {parameter.name for parameter in library.parameters}
