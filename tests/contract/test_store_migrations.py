"""A made-up version 2 of each store: who migrates it, and an old and a new worker on one sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.adapters.embedded import EmbeddedStore
from shared.adapters.migrations import Migration, migrating
from shared.adapters.mongodb import MongoStore
from shared.domain import TASK_SCHEMA_VERSION, Sweep, TrialOutcome
from shared.errors import ServiceUnavailable, StoreTooNew
from shared.ports import Store
from shared.testing import InMemoryTaskQueue, make_outcome, make_roomy_sweep, make_sweep, make_task_of
from tests.support.stores import A, counts, everything
from tests.support.worker_bench import Bench


@dataclass
class Made:
    """One kind of store, as the Boostgrid of each version opens it."""

    #: opens it with the migrations that this version knows
    open: Callable[[int], Store]
    #: what the migration to 2 adds, as it is there now; None before
    added: Callable[[Store], object]
    #: who has migrated it, and to which version
    runs: list[int]


class NewerOutcome(TrialOutcome):
    """An outcome of version 2."""

    note: str = ""


class NewerSweep(Sweep):
    """A sweep of version 2."""

    paused: bool = False


@pytest.fixture(params=["embedded", pytest.param("mongodb", marks=pytest.mark.slow)])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Made]:
    runs: list[int] = []
    opened: list[Store] = []

    def noted(version: int, run):
        def migrate(handle, keep_lease) -> None:
            runs.append(version)
            run(handle)

        return Migration(version, "a note on each outcome", migrate)

    if request.param == "embedded":

        def add(connection) -> None:
            names = [row["name"] for row in connection.execute("PRAGMA table_info(outcomes)")]
            if "note" not in names:
                connection.execute("ALTER TABLE outcomes ADD COLUMN note TEXT NOT NULL DEFAULT 'none'")

        def added(store) -> object:
            rows = store._rows("SELECT note FROM outcomes ORDER BY number", ())
            return [row["note"] for row in rows]

        def opens(migrations) -> Store:
            return EmbeddedStore(tmp_path / "b.sqlite", migrations)
    else:
        url, name = (request.getfixturevalue(each) for each in ("mongodb_url", "mongodb_database"))

        def add(database) -> None:
            database.outcomes.update_many({"note": {"$exists": False}}, {"$set": {"note": "none"}})

        def added(store) -> object:
            return [each.get("note") for each in store._connection.database.outcomes.find().sort("_id")]

        def opens(migrations) -> Store:
            return MongoStore(url, name, migrations)

    steps = [noted(2, add), noted(3, lambda handle: None)]

    def open_version(version: int) -> Store:
        opened.append(opens(steps[: version - 1]))
        return opened[-1]

    yield Made(open_version, added, runs)
    for each in opened:
        each.close()


def test_the_first_of_the_new_version_migrates_and_the_old_one_goes_on(made: Made) -> None:
    old = made.open(1)
    old.save_sweep(make_sweep(A))
    old.record(A, [make_outcome(1)])
    new, another = made.open(2), made.open(2)
    assert new.sweep(A) == another.sweep(A) == old.sweep(A)
    assert made.runs == [2]
    assert made.added(new) == ["none"]
    old.record(A, [make_outcome(2)])
    assert counts(new, A) == counts(old, A) == (2, 0)
    assert counts(made.open(1), A) == (2, 0)  # one of the old version that starts only now


def test_a_store_of_two_versions_ahead_is_told_by_name(made: Made) -> None:
    made.open(3).save_sweep(make_sweep(A))
    assert made.runs == [2, 3]
    with pytest.raises(StoreTooNew, match=r"is of version 3, and this Boostgrid knows version 1.*Update"):
        made.open(1).sweep(A)
    assert made.open(2).sweep(A) == made.open(3).sweep(A)


def test_an_open_store_notices_that_it_became_too_new(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("shared.adapters.embedded.database", "shared.adapters.mongodb.connection"):
        monkeypatch.setattr(f"{module}.RECHECK_SECONDS", 0.0)
    old = made.open(1)
    old.save_sweep(make_sweep(A))
    made.open(2).sweep(A)
    assert old.sweep(A)
    made.open(3).sweep(A)
    with pytest.raises(StoreTooNew):
        old.sweep(A)


def test_a_migrator_that_died_is_followed_by_another(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("shared.adapters.embedded.versions", "shared.adapters.mongodb.versions"):
        monkeypatch.setattr(f"{module}.LEASE_SECONDS", 2.0)
    made.open(1).save_sweep(make_sweep(A))
    with monkeypatch.context() as dying:
        dying.setattr(migrating, "_migrate", _die)
        for kind in ("embedded.versions.FileVersion", "mongodb.versions.DatabaseVersion"):
            dying.setattr(f"shared.adapters.{kind}.release", lambda self, holder: None)
        with pytest.raises(KeyboardInterrupt):
            made.open(2).sweep(A)
    with monkeypatch.context() as impatient:
        impatient.setattr(migrating, "_WAIT_SECONDS", 0.1)
        with pytest.raises(ServiceUnavailable, match="brings it from version 1 to 2"):
            made.open(2).sweep(A)
    assert made.open(1).sweep(A)  # those of the old version go on meanwhile
    assert made.open(2).sweep(A)  # waits for the lease to run out
    assert made.runs == [2]


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_old_and_a_new_worker_share_a_sweep(made: Made, tmp_path: Path) -> None:
    old = made.open(1)
    sweep = make_roomy_sweep(A, size=20, queued=True, task_version=TASK_SCHEMA_VERSION)
    old.save_sweep(sweep)
    queue = InMemoryTaskQueue()
    address = sweep.address
    queue.publish(address, (make_task_of(sweep, number) for number in range(20)))

    def evaluate_anew(request, tell):
        return tuple(make_outcome(trial_id=trial.trial_id, params=dict(trial.params)) for trial in request.trials)

    class NewerStore:
        """Writes what version 2 writes."""

        def __init__(self, store):
            self.store = store

        def __getattr__(self, name):
            return getattr(self.store, name)

        def record(self, sweep_id, outcomes):
            newer = [
                NewerOutcome(**{name: getattr(each, name) for name in type(each).model_fields}, note="new")
                for each in outcomes
            ]
            self.store.record(sweep_id, newer)

    benches = [
        Bench(tmp_path / "old", evaluate=evaluate_anew, store=old, queue=queue),
        Bench(tmp_path / "new", evaluate=evaluate_anew, store=NewerStore(made.open(2)), queue=queue),
    ]
    for _ in range(400):
        for bench in benches:
            bench.worker.step()
        status = queue.status([address])
        if status.ready == status.unacknowledged == 0:
            break
    for bench in benches:
        bench.close()
    assert made.runs == [2]
    assert all(bench.requests for bench in benches)  # both had some
    assert sum(len(bench.requests) for bench in benches) == 20
    for version in (1, 2):
        store = made.open(version)
        assert counts(store, A) == (20, 0)
        assert len({each.trial_id for each in everything(store, A)}) == 20


def test_the_old_version_keeps_what_the_new_one_wrote_beside(made: Made) -> None:
    old, new = made.open(1), made.open(2)
    known = make_sweep(A)
    new.save_sweep(NewerSweep(**{name: getattr(known, name) for name in type(known).model_fields}, paused=True))
    before = old.sweep(A)
    after = before.model_copy(update={"cancelled": True, "epoch": 7, "published": False})
    assert old.change_sweep(before, after)
    assert old.sweep(A) == after
    assert '"paused":true' in _stored_sweep(new).replace(" ", "")


def _stored_sweep(store) -> str:
    if isinstance(store, EmbeddedStore):
        return store._rows("SELECT body FROM sweeps", ())[0]["body"]
    return str(store._connection.database.sweeps.find_one()["sweep"]).replace("'", '"').replace("True", "true")
