"""Tables of one's own: stored, listed, launched with, renamed and deleted."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.support.shell import SPEC, launch, run, succeed

pytestmark = pytest.mark.usefixtures("home")


def test_table_of_ones_own_is_stored_listed_launched_and_fetched(store, home):
    frame = pd.DataFrame({"x": range(20), "y": [number * 1.5 for number in range(20)]})
    frame.to_csv(home / "mine.csv", index=False)
    content_hash = succeed("store", "mine.csv").stdout.strip()
    name, rows, columns, size, unit, *stored, sweeps, listed_hash = succeed("datasets").stdout.splitlines()[-1].split()
    assert (name, rows, columns, size, unit, sweeps) == ("mine.csv", "20", "2", "0.0", "MB", "0")
    assert listed_hash == content_hash
    assert " ".join(stored) == f"{store.datasets()[0].stored_at.astimezone():%Y-%m-%d %H:%M %Z}"
    again = succeed("store", "mine.csv", "--name", "again")
    assert again.stdout.strip() == content_hash
    assert again.stderr.splitlines() == [
        "COLUMN  TYPE    MISSING  DISTINCT  READ AS  WHY",
        "x       number  0        20        number",
        "y       number  0        20        number",
        "Note: column 'x' counts the rows from 0 on; leave it out if it is a number of theirs",
        "This table is stored as mine.csv too; each name finds it.",
    ]
    assert [line.split()[0] for line in succeed("datasets").stdout.splitlines()[-2:]] == ["again", "mine.csv"]
    spec = SPEC.replace("name: diabetes, target: target", "name: mine.csv, target: y")
    succeed("launch", "-", "--no-follow", input=spec)
    assert store.summaries()[0].sweep.spec.dataset.content_hash == content_hash
    succeed("fetch", content_hash, "-o", "back.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet("back.parquet"), frame)


def test_file_that_cannot_be_used_is_refused(home):
    (home / "mine.csv").write_text("a\n1\n")
    result = run("store", "mine.csv")
    assert (result.exit_code, "one column only" in result.stderr) == (1, True)


def test_a_data_set_is_renamed_and_deleted_unless_a_sweep_uses_it(home, store):
    pd.DataFrame({"x": range(20), "y": [number * 1.5 for number in range(20)]}).to_csv("mine.csv", index=False)
    content_hash = succeed("store", "mine.csv").stdout.strip()
    renamed = succeed("rename-dataset", content_hash[:8], "yours.csv")
    assert renamed.stderr == f"{content_hash[:12]}... is now called yours.csv.\n"
    (home / "spec.yaml").write_text(SPEC.replace("diabetes, target: target", "yours.csv, target: y"), encoding="utf-8")
    sweep_id = launch()
    assert [line.split()[-2] for line in succeed("datasets").stdout.splitlines() if "yours.csv" in line] == ["1"]

    refused = run("delete-dataset", "yours.csv", "--yes")
    assert refused.exit_code == 1
    assert f"Error: 'yours.csv' is used by 1 sweep: {sweep_id}; delete it first" in refused.output
    succeed("delete", sweep_id, "--yes")
    assert run("delete-dataset", "yours.csv", input="n\n").exit_code == 1
    asked = succeed("delete-dataset", "yours.csv", input="y\n")
    assert f"Delete yours.csv (20 rows, {content_hash[:12]}...)?" in asked.stderr
    assert content_hash not in succeed("datasets").stdout
