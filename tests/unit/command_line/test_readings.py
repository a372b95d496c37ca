"""How the columns of a file are read, as it is chosen with --read."""

from __future__ import annotations

import pytest

from tests.support.shell import run, succeed

pytestmark = pytest.mark.usefixtures("home")

DATES = "when,q,y\n" + "".join(
    f"2024-01-{number + 1:02d},{'?' if number == 3 else number % 5},{number * number % 7}.5\n" for number in range(20)
)


def test_a_file_with_dates_is_stored_once_it_is_said_how_to_read_them(store, tmp_path):
    (tmp_path / "dates.csv").write_text(DATES)
    refused = run("store", "dates.csv", "--target", "y")
    assert refused.exit_code == 1
    assert "when        date    0        20        choose" in refused.stderr
    assert (
        "choose how to read them: 'when' as time passed, as year, month and day, as a category, or leave it out"
        in refused.stderr
    )
    assert store.datasets() == []

    stored = succeed("store", "dates.csv", "--target", "y", "--read", "when=ordinal")
    assert "text because of '?' in 1 row; '?' in 1 row becomes missing" in stored.stderr
    (info,) = store.datasets()
    assert (info.content_hash, info.target, info.columns["q"]) == (stored.stdout.strip(), "y", "number")

    again = succeed("read-again", "dates.csv", "--read", "when=parts", "--read", "q=category", "--name", "parts")
    newest = store.datasets()[0]
    assert newest.content_hash == again.stdout.strip() != info.content_hash
    assert list(newest.columns) == ["when_year", "when_month", "when_day", "when_weekday", "q", "y"]
    assert newest.columns["q"] == "category"
    succeed("fetch", "parts", "--raw", "-o", "raw.csv")
    assert (tmp_path / "raw.csv").read_text() == DATES


@pytest.mark.parametrize("options", [("--target", "nope"), ("--target", "q", "--read", "q=leave-out")])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_target_that_is_not_in_the_table_is_refused_before_anything_is_stored(store, tmp_path, options, dry):
    (tmp_path / "dates.csv").write_text(DATES)
    result = run("store", str(tmp_path / "dates.csv"), "--read", "when=ordinal", *options, *dry)
    assert result.exit_code == 1
    assert f"there is no target column '{options[1]}' in what is stored; the columns are" in result.stderr
    assert store.datasets() == []


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("q", "target 'q' has 1 row without a value; read the file again without this row, or fill it in"),
        ("when", "class '2024-01-20' of target 'when' has 1 row, fewer than the 2 folds"),
        ("same", "target 'same' has one value only (1), so there is nothing to predict"),
    ],
)
def test_a_target_that_cannot_be_predicted_is_refused_before_anything_is_stored(store, tmp_path, target, message, dry):
    header, *rows = DATES.splitlines()
    (tmp_path / "dates.csv").write_text("\n".join([header + ",same", *(row + ",1" for row in rows)]))
    reading = "category" if target == "when" else "leave-out"
    result = run("store", str(tmp_path / "dates.csv"), "--read", f"when={reading}", "--target", target, *dry)
    assert result.exit_code == 1
    assert message in result.stderr
    assert store.datasets() == []


def test_a_dry_run_shows_the_columns_and_stores_nothing(store, tmp_path):
    (tmp_path / "dates.csv").write_text(DATES)
    shown = succeed("store", str(tmp_path / "dates.csv"), "--read", "when=leave-out", "--dry-run")
    assert "when    date    0        20        leave-out" in shown.stderr
    assert store.datasets() == []


def test_what_is_odd_is_said_where_a_choice_is_needed_first(store, tmp_path):
    rows = [f"2024-01-{n % 28 + 1:02d},{-999 if n % 9 == 0 else n},{n % 7}.5" for n in range(40)]
    (tmp_path / "odd.csv").write_text("\n".join(["when,mark,y", ",,EUR", *rows]) + "\n")
    refused = run("store", str(tmp_path / "odd.csv"), "--dry-run")
    assert refused.exit_code == 1
    assert "Note: the row below the column names has units and no numbers ('EUR' of 'y')" in refused.stderr
    assert "Note: column 'mark': has -999 in 5 rows, far from all its other numbers" in refused.stderr
    shown = succeed("store", str(tmp_path / "odd.csv"), "--read", "when=ordinal", "--read", "mark=marks-missing")
    assert "-999 in 5 rows becomes missing" in shown.stderr
    assert "far from all" not in shown.stderr
    assert store.datasets()[0].source.readings["mark"] == "marks-missing"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("when", "'when' is not COLUMN=number|category|ordinal|parts|marks-missing|words-missing|leave-out"),
        ("when=date", "'when=date' is not COLUMN="),
        ("wen=parts", "there is no column 'wen' to read; did you mean 'when'?"),
        (
            "y=parts",
            "column 'y' holds numbers and cannot be read as year, month and day; read it as a number, as a",
        ),
    ],
)
def test_a_reading_that_cannot_be_names_the_fix(store, tmp_path, option, message):
    (tmp_path / "dates.csv").write_text(DATES)
    refused = run("store", str(tmp_path / "dates.csv"), "--read", option)
    assert refused.exit_code != 0
    assert message in refused.stderr
    assert store.datasets() == []


GAPS = "x,y\n" + "".join(f"{n % 7},{'' if n % 5 == 2 else n % 2}\n" for n in range(40))


def test_rows_without_a_target_are_left_out_where_it_is_said(store, tmp_path):
    (tmp_path / "gaps.csv").write_text(GAPS)
    refused = run("store", "gaps.csv", "--target", "y")
    assert refused.exit_code == 1
    assert "target 'y' has 8 rows without a value; read the file again without these rows" in refused.stderr
    assert "Note: --leave-rows-out leaves out the rows without a target" in refused.stderr
    assert store.datasets() == []

    stored = succeed("store", "gaps.csv", "--target", "y", "--leave-rows-out")
    assert "Note: 8 rows without a value of 'y' left out" in stored.stderr
    (info,) = store.datasets()
    assert (info.rows, info.target, info.source.filled) == (32, "y", "y")

    again = succeed("read-again", "gaps.csv", "--read", "x=category")
    assert store.datasets()[0].content_hash == again.stdout.strip() != info.content_hash
    assert store.datasets()[0].rows == 32
    assert run("read-again", "gaps.csv", "--keep-rows").exit_code == 1


def test_rows_are_left_out_for_a_target_only(tmp_path):
    (tmp_path / "gaps.csv").write_text(GAPS)
    refused = run("store", str(tmp_path / "gaps.csv"), "--leave-rows-out")
    assert refused.exit_code == 2
    assert "name it with --target" in refused.stderr


def test_what_to_type_for_a_choice_is_said(tmp_path):
    (tmp_path / "dates.csv").write_text(DATES)
    refused = run("store", str(tmp_path / "dates.csv"))
    assert "Note: choose with --read when=ordinal (or parts, category, leave-out)" in refused.stderr
