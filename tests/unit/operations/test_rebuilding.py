"""The script of a table that was read from an uploaded file reads that file anew, without Boostgrid."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from shared import datasets, operations
from shared.catalog import Library, TaskType
from shared.domain import DatasetRef, Reading
from shared.errors import DatasetError
from shared.operations import export
from shared.testing import InMemoryStore
from tests.unit.operations.test_export import check_scores, evaluated

RANDOM = np.random.default_rng(0)


def frame(rows=200):
    numbers = RANDOM.normal(size=rows).round(4)
    return pd.DataFrame(
        {
            "row_id": range(rows),
            "when": pd.date_range("2023-11-05", periods=rows).strftime("%d.%m.%Y"),
            "price": [f"{abs(each) * 1000:,.2f} EUR" for each in numbers],
            "q": ["?" if number % 30 == 0 else str(number % 17) for number in range(rows)],
            "colour": RANDOM.choice([" red", "green", "blue", None], rows),
            "fuzzy": numbers + RANDOM.normal(size=rows) / 3,
            "flag": RANDOM.choice(["true", "false", ""], rows),
            "code": RANDOM.integers(1, 9, rows),
            "y": numbers * 3 + RANDOM.normal(size=rows),
        }
    )


def parquet():
    table = frame().assign(
        when=pd.date_range("2024-01-01", periods=200, freq="37min", tz="Europe/Berlin"),
        code=pd.Categorical(RANDOM.integers(1, 9, 200)),
        wait=pd.to_timedelta(RANDOM.integers(0, 900, 200), unit="s"),
    )
    table["day"] = pd.date_range("2020-01-01", periods=200).date
    buffer = io.BytesIO()
    table.to_parquet(buffer)
    return buffer.getvalue()


def with_units_and_sums():
    """Rows of units and of sums around a table, and columns that need a reading of their own."""
    table = frame()[["row_id", "colour", "fuzzy", "code", "y"]].assign(nothing="None")
    units = pd.DataFrame([["", "-", "kg", "pcs", "EUR", ""]], columns=table.columns)
    sums = pd.DataFrame([["", "Total", table["fuzzy"].sum(), table["code"].sum(), table["y"].sum(), ""]])
    return pd.concat([units, table, sums.set_axis(table.columns, axis=1)]).to_csv(index=False)


def dates_of_two_layouts():
    days = pd.date_range("2023-11-05", periods=200, freq="h")
    when = [f"{day:%Y-%m-%d}" if day.hour % 3 else f"{day:%d.%m.%Y}" for day in days]
    then = [f"{day:%d/%m/%Y %H:%M}" if day.hour % 2 else f"{day:%d %b %Y}" for day in days]
    return frame().assign(when=when, then=then)[["when", "then", "fuzzy", "y"]].to_csv(index=False)


def marked():
    values = RANDOM.normal(size=200).round(3)
    table = frame()[["fuzzy", "y"]].assign(
        a=np.where(values > 1, -999, values), b=np.where(values < -1, 9999, 7 * values // 1)
    )
    return table.to_csv(index=False)


def codes_and_amounts():
    rows = range(200)
    table = frame()[["fuzzy", "y"]].assign(
        zip=[f"{number % 40:03d}" for number in rows],
        code=["" if number % 7 == 0 else f"{number:05d}" for number in rows],
        weight=[f"{number / 7:.2f} kg" for number in rows],
        worth=[f"${number}K" if number % 2 else f"${number / 10}M" for number in rows],
        odds=[f"{number}/{number % 11}" for number in rows],
        mixed=[f"{number} kg" if number % 3 else f"{number} lb" for number in rows],
        age=[f"{number} years" if number != 1 else "1 year" for number in rows],
    )
    return table.to_csv(index=False)


def parquet_with_sums():
    table = frame()[["colour", "fuzzy", "code", "y"]]
    sums = pd.DataFrame([["Summe", *table.drop(columns="colour").sum()]], columns=table.columns)
    buffer = io.BytesIO()
    pd.concat([table, sums]).to_parquet(buffer, index=False)
    return buffer.getvalue()


FILES = {
    "rows.csv": (with_units_and_sums(), {"nothing": "category"}),
    "marked.csv": (marked(), {"a": "marks-missing", "b": "marks-missing"}),
    "codes.csv": (codes_and_amounts(), {"odds": "number", "code": "number"}),
    "amounts.csv": (codes_and_amounts(), {"odds": "category", "mixed": "number", "age": "category"}),
    "rows.parquet": (parquet_with_sums(), {}),
    "dates.csv": (dates_of_two_layouts(), {"when": "ordinal", "then": "parts"}),
    "mine.csv": (
        "Report 2024\n\n" + frame().to_csv(index=False),
        {"when": "parts", "code": "category"},
    ),
    "cafe.csv": (
        frame().assign(colour=["Größe", "Straße"] * 100).to_csv(index=False, sep=";", decimal=",").encode("cp1252"),
        {"when": "ordinal", "q": "category"},
    ),
    "mine.csv.gz": (gzip.compress(frame().to_csv(index=False).encode("utf-16")), {"when": "category"}),
    "its own.parquet": (parquet(), {"when": "parts", "day": "ordinal", "wait": "ordinal", "code": "number"}),
    "other.parquet": (parquet(), {"when": "ordinal", "day": "leave-out", "wait": "leave-out", "row_id": "number"}),
}


def stored(filename, target="y"):
    content, chosen = FILES[filename]
    content = content.encode() if isinstance(content, str) else content
    store = InMemoryStore()
    seen = datasets.see_file(filename, content, 5, target)
    readings = {name: Reading(reading) for name, reading in chosen.items()}
    info, upload = operations.store_upload(seen, content, filename, store, readings, target)
    return store, info, upload, content


@pytest.mark.parametrize("filename", FILES)
def test_the_code_makes_the_very_table(filename, tmp_path):
    store, info, upload, content = stored(filename)
    (tmp_path / filename).write_bytes(content)
    dataset = DatasetRef(name=filename, content_hash=info.content_hash, target="y", task=TaskType.REGRESSION)
    code = operations.rebuilding(dataset, store, 5)
    assert f"python -m shared fetch {info.content_hash} --raw -o " in code
    assert "import shared" not in code
    script = f"{code}\nframe.to_parquet('made.parquet')\n"
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True)
    made = pd.read_parquet(tmp_path / "made.parquet")
    pd.testing.assert_frame_equal(made, upload.frame, check_dtype=False, check_categorical=True)


def test_a_table_whose_file_was_not_kept_is_not_rebuilt():
    store, info, _, _ = stored("mine.csv")
    dataset = DatasetRef(name="mine.csv", content_hash=info.content_hash, target="y", task=TaskType.REGRESSION)
    store.delete_upload(info.source.upload_hash)
    assert operations.rebuilding(dataset, store, 5) is None
    store.describe_dataset(info.model_copy(update={"source": None}))
    assert operations.rebuilding(dataset, store, 5) is None


@pytest.mark.slow
@pytest.mark.parametrize("library", Library)
def test_the_script_of_a_reading_computes_its_scores_from_the_uploaded_file(tmp_path, monkeypatch, library):
    store, info, upload, content = stored("cafe.csv")
    (tmp_path / "cafe.csv").write_bytes(content)
    dataset = DatasetRef(name="cafe.csv", target="y", task=TaskType.REGRESSION)
    sweep, outcome = evaluated(tmp_path, upload.frame, dataset, library)
    assert sweep.spec.dataset.content_hash == info.content_hash
    (tmp_path / f"{info.content_hash[:12]}.parquet").unlink()

    table = operations.rebuilding(sweep.spec.dataset, store, 5)
    script = export.python_script(sweep, outcome, categorical=True, table=table)
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True)
    check_scores(done.stdout, sweep, outcome)


def test_a_deleted_table_takes_its_file_along_unless_another_was_read_from_it():
    store, first, _, content = stored("mine.csv")
    seen, _, before = operations.see_again(first, store, 5, "y")
    second, _ = operations.store_upload(seen, content, "mine.csv", store, before | {"q": Reading.CATEGORY}, "y")
    assert second.content_hash != first.content_hash

    operations.delete_dataset(first.content_hash, store)
    assert operations.uploaded(second, store) == content
    operations.delete_dataset(second.content_hash, store)
    with pytest.raises(DatasetError, match="no uploaded file"):
        store.load_upload(second.source.upload_hash)
    with pytest.raises(DatasetError, match="was not kept; upload it again to choose anew"):
        operations.see_again(second.model_copy(update={"source": None}), store, 5)
