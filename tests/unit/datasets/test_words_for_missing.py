"""Texts that stand for a missing value among categories are named, and may be read as missing."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from shared.datasets import describe, reading_label, see_file
from shared.datasets.reading_script import reading_code
from shared.domain import Reading

CELLS = ["red", "blue", "N/A", "unknown", "red", " unknown ", "blue", ""] * 5
FRAME = pd.DataFrame({"v": CELLS, "x": [row % 7 for row in range(40)], "y": [row * 5 % 13 for row in range(40)]})


def rows_of(frame):
    return frame["v"].astype(object).where(frame["v"].notna(), None).tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet", "categories"])
def test_they_are_values_and_it_is_said_with_the_choice(kind):
    if kind == "csv":
        content = FRAME.to_csv(index=False).encode()
    else:
        buffer = io.BytesIO()
        (FRAME.astype({"v": "category"}) if kind == "categories" else FRAME).to_parquet(buffer)
        content = buffer.getvalue()
    seen = see_file(f"a.{kind}", content, 5, "y")
    column = seen.columns[0]
    assert column.choices[:2] == (Reading.CATEGORY, Reading.WORDS_MISSING)
    assert column.suggested is Reading.CATEGORY
    assert column.why == (
        "'unknown' in 10 rows, 'N/A' in 5 rows is a value, for only an empty cell is missing among texts"
    )
    assert reading_label(Reading.WORDS_MISSING, column) == "Category, 'unknown', 'N/A' missing"
    plain, chosen = seen.read(), seen.read({"v": Reading.WORDS_MISSING})
    assert set(rows_of(plain.frame)) == {"red", "blue", "N/A", "unknown", None}
    assert set(rows_of(chosen.frame)) == {"red", "blue", None}
    assert sorted(chosen.frame["v"].cat.categories) == ["blue", "red"]
    assert (plain.frame["v"].isna().sum(), chosen.frame["v"].isna().sum()) == (5, 20)
    assert any("becomes missing" in note for note in chosen.notes)
    hashes = {describe(each.frame, "a")[0].content_hash for each in (plain, chosen)}
    assert len(hashes) == 2


@pytest.mark.parametrize("kind", ["csv", "categories"])
def test_a_script_reads_it_so_without_boostgrid(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if kind == "csv":
        FRAME.to_csv("a.csv", index=False)
    else:
        FRAME.astype({"v": "category"}).to_parquet("a.csv")
    seen = see_file("a.csv", (tmp_path / "a.csv").read_bytes(), 5, "y")
    upload = seen.read({"v": Reading.WORDS_MISSING})
    made: dict[str, object] = {}
    exec("import pandas as pd\n" + reading_code(seen, upload.readings, "a.csv"), made)  # noqa: S102 - what an export prints must run
    assert describe(made["frame"], "a")[0].content_hash == describe(upload.frame, "a")[0].content_hash


def test_other_languages_have_such_words_too():
    text = "v,x,y\n" + "".join(f"{'rot' if row % 3 else 'keine Angabe'},{row % 7},{row}.5\n" for row in range(30))
    (column, *_) = see_file("a.csv", text.encode(), 5, "y").columns
    assert column.blanks == {"keine Angabe": 10}


def test_categories_without_such_words_are_plain():
    text = "v,x,y\n" + "".join(f"{'yes' if row % 3 else 'no'},{row % 7},{row}.5\n" for row in range(30))
    column = see_file("a.csv", text.encode(), 5, "y").columns[0]
    assert (column.is_plain, Reading.WORDS_MISSING in column.choices) == (True, False)
