"""A SQLite file of which a part is damaged is named by every command that meets the damage, never by a traceback."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shared.adapters.embedded import EmbeddedStore
from shared.command_line import main
from shared.domain import DatasetInfo
from shared.testing import make_outcome, make_sweep
from tests.support.stores import T0

SWEEP = "a-sweep-000000"
HASH = "d" * 64
PAGE = 4_096
COMMANDS = [
    ["check", "{home}/spec.yaml"],
    ["launch", "{home}/spec.yaml", "--no-follow"],
    ["follow", SWEEP],
    ["resume", SWEEP, "--no-follow"],
    ["retry", SWEEP, "--no-follow"],
    ["cancel", SWEEP],
    ["delete", SWEEP, "-y"],
    ["list"],
    ["spec", SWEEP],
    ["best", SWEEP],
    ["export", SWEEP],
    ["datasets"],
    ["store", "{home}/table.csv"],
    ["fetch", HASH, "-o", "{home}/out.parquet"],
    ["rename-dataset", HASH, "another.csv"],
    ["delete-dataset", HASH, "-y"],
]
SPEC = """
name: A sweep
library: xgboost
dataset: {name: diabetes, target: target, task: regression}
param_grid: {n_estimators: [10]}
metrics: [rmse]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a sweep, its outcomes and a table."""
    monkeypatch.setenv("BOOSTGRID_HOME", str(tmp_path))
    for name in ("MONGODB_URL", "RABBITMQ_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "table.csv").write_text("a,b\n1,2\n3,4\n")
    store = EmbeddedStore(tmp_path / "boostgrid.sqlite")
    store.save_sweep(make_sweep(SWEEP))
    store.record(SWEEP, [make_outcome(number) for number in range(50)])
    info = DatasetInfo(content_hash=HASH, name="t.csv", rows=1, columns={"a": "n"}, size_bytes=9, stored_at=T0)
    store.save_dataset(info, b"PAR1.PAR1")
    store._database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    store.close()
    return tmp_path


def run(home: Path, command: list[str]) -> Result:
    return CliRunner().invoke(main, [each.format(home=home) for each in command])


def told(result: Result) -> bool:
    return result.exit_code == 1 and isinstance(result.exception, SystemExit)


def damage(home: Path, first: int, pages: int) -> None:
    """Overwrite pages, counted from 0, with what is none."""
    with (home / "boostgrid.sqlite").open("r+b") as file:
        file.seek(first * PAGE)
        file.write(random.Random(7).randbytes(pages * PAGE))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_names_a_file_whose_tables_are_damaged(home, command):
    damage(home, 1, (home / "boostgrid.sqlite").stat().st_size // PAGE - 1)
    result = run(home, command)
    assert told(result), result.output
    assert f"Restore {home / 'boostgrid.sqlite'} from a copy" in result.output
    assert "malformed" in result.output


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_command_ends_in_a_traceback_whatever_page_is_damaged(home, command):
    whole = (home / "boostgrid.sqlite").read_bytes()
    for page in range(1, len(whole) // PAGE, 3):
        for left in home.glob("boostgrid.sqlite-*"):
            left.unlink()
        (home / "boostgrid.sqlite").write_bytes(whole)
        damage(home, page, 1)
        if command[0] != "follow":  # a sweep that is whole is followed until its end
            result = run(home, command)
            assert result.exception is None or isinstance(result.exception, SystemExit), (page, result.exception)


@pytest.mark.parametrize(
    ("statement", "commands", "kind"),
    [
        ("UPDATE sweeps SET body = '{}'", ["spec", "best", "export", "cancel", "resume"], "Sweep"),
        ("UPDATE sweeps SET body = substr(body, 1, 99)", ["spec", "best"], "Sweep"),
        ("UPDATE outcomes SET body = json_set(body, '$.params', 'unheard of')", ["best", "export"], "TrialOutcome"),
        ("UPDATE datasets SET info = '{'", ["datasets", "check"], "DatasetInfo"),
    ],
)
def test_a_record_that_cannot_be_read_is_told_in_a_sentence(home, statement, commands, kind):
    store = EmbeddedStore(home / "boostgrid.sqlite")
    store._database.connection().execute(statement)
    store.close()
    for name in commands:
        result = run(home, next(command for command in COMMANDS if command[0] == name))
        assert told(result), (name, result.exception)
        assert f"it has a {kind} that cannot be read" in result.output


def test_a_sweep_that_a_newer_version_wrote_is_listed_with_what_is_known(home):
    store = EmbeddedStore(home / "boostgrid.sqlite")
    store.save_sweep(make_sweep("b-sweep-000000"))
    newer = "UPDATE sweeps SET body = json_set(body, '$.spec.library', 'perpetual') WHERE sweep_id = ?"
    store._database.connection().execute(newer, (SWEEP,))
    store.close()
    result = run(home, ["list"])
    assert result.exit_code == 0, result.output
    assert re.search(rf"^{SWEEP} +A sweep +unknown +2026-01-01", result.stdout, re.MULTILINE), result.stdout
    assert re.search(r"^b-sweep-000000 +A sweep +running", result.stdout, re.MULTILINE)
    assert f"{SWEEP}: A newer version of Boostgrid wrote it" in result.stderr
    for which in (SWEEP, SWEEP[:3]):
        assert "it has a Sweep that cannot be read: spec.library" in run(home, ["best", which]).output
    assert "no sweep a-swoop" in run(home, ["best", "a-swoop"]).output
    assert "used by 2 sweeps: b-sweep-000000, a-sweep-000000" in run(home, ["delete-dataset", HASH, "-y"]).output


def test_an_outcome_of_an_unknown_state_is_exported_as_such(home):
    store = EmbeddedStore(home / "boostgrid.sqlite")
    first = "UPDATE outcomes SET state = 'paused', body = json_set(body, '$.state', 'paused') WHERE number = 1"
    store._database.connection().execute(first)
    store.close()
    assert run(home, ["best", SWEEP]).exit_code == 0
    exported = run(home, ["export", SWEEP])
    assert exported.exit_code == 0
    assert exported.stdout.count("unknown to this version") == 1
    assert exported.stdout.count("succeeded") == 49


def test_a_text_that_was_damaged_within_names_the_file(home):
    store = EmbeddedStore(home / "boostgrid.sqlite")
    store._database.connection().execute("UPDATE sweeps SET body = CAST(x'7bff' AS TEXT)")
    store.close()
    result = run(home, ["spec", SWEEP])
    assert told(result)
    assert f"Restore {home / 'boostgrid.sqlite'} from a copy" in result.output
