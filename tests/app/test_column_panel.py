"""Saying what the columns of a file are before it is stored, and reading it anew."""

from __future__ import annotations

import pytest

from tests.app.conftest import Down

pytestmark = pytest.mark.slow

FILE = b"when,q,colour,y\n" + b"".join(
    b"2024-01-%02d,%s,%s,%d.5\n"
    % (n % 28 + 1, b"?" if n == 3 else b"%d" % (n % 5), b"red" if n % 3 else b"blue", n**2 % 7)
    for n in range(40)
)


def captions(at):
    return " ".join(caption.value.replace("\\", "") for caption in at.caption)


def with_file(dashboard):
    at = dashboard.open("new_sweep")
    at.file_uploader[1].upload("mine.csv", FILE).run()
    assert not at.exception
    return at


def test_a_file_with_dates_is_stored_once_it_is_said_how_they_are_read(dashboard):
    at = with_file(dashboard)
    assert dashboard.store.datasets() == []
    assert at.button(key="new_store_upload").disabled
    assert "choose how to read them" in at.error[0].value
    assert "text because of '?' in 1 row; '?' in 1 row becomes missing" in captions(at).lower()

    at.get_by_key("new_reading_of_column_when").set_value("parts").run()
    at.button(key="new_store_upload").click().run()

    assert not at.exception
    (info,) = dashboard.store.datasets()
    assert list(info.columns) == ["when_year", "when_month", "when_day", "when_weekday", "q", "colour", "y"]
    assert (info.columns["q"], info.target) == ("number", "y")
    assert dashboard.store.load_upload(info.source.upload_hash) == FILE
    assert at.selectbox(key="new_dataset").value == info.content_hash
    assert at.selectbox(key="new_target").value == "y"
    with pytest.raises(KeyError):
        at.button(key="new_store_upload")


def test_a_stored_file_is_read_anew_as_another_data_set(dashboard):
    at = with_file(dashboard)
    at.get_by_key("new_reading_of_column_when").set_value("leave-out").run()
    at.button(key="new_store_upload").click().run()
    (first,) = dashboard.store.datasets()

    at.button(key="new_read_again").click().run()
    assert at.get_by_key("new_reading_of_column_when").value == "leave-out"
    at.get_by_key("new_reading_of_column_q").set_value("category").run()
    at.selectbox(key="new_reading_of_another").select("colour").run()
    at.get_by_key("new_reading_of_column_colour").set_value("leave-out").run()
    at.button(key="new_store_upload").click().run()

    second, kept = dashboard.store.datasets()
    assert kept == first
    assert second.columns == {"q": "category", "y": "number"}
    assert second.source.upload_hash == first.source.upload_hash


ODD = b"zip,when,mark,nothing,y\n,,,,EUR\n" + b"".join(
    b"%05d,%s,%d,None,%d.5\n"
    % (n % 9, b"2024-01-%02d" % (n % 28 + 1) if n % 3 else b"%02d.02.2024" % (n % 28 + 1), n if n % 8 else -999, n % 7)
    for n in range(40)
)


def test_what_is_odd_is_said_on_the_page_as_on_the_command_line(dashboard):
    at = dashboard.open("new_sweep")
    at.file_uploader[1].upload("odd.csv", ODD).run()
    assert not at.exception
    assert "the row below the column names has units and no numbers" in at.warning[0].value.replace("\\", "").lower()
    said = captions(at) + " ".join(each.value.replace("\\", "") for each in at.markdown)
    assert "begin with zeros, as codes do" in said
    assert "dates as text in 2 layouts: yyyy-mm-dd in 26 rows" in said
    assert "-999 in 5 rows, far from all its other numbers" in said
    assert "None' in 40 rows stands for a missing value" in said

    at.get_by_key("new_reading_of_column_when").set_value("ordinal").run()
    at.get_by_key("new_reading_of_column_mark").set_value("marks-missing").run()
    assert "-999 in 5 rows becomes missing" in captions(at)
    at.button(key="new_store_upload").click().run()
    (info,) = dashboard.store.datasets()
    assert (info.rows, info.columns) == (40, {"zip": "category", "when": "number", "mark": "number", "y": "number"})


def test_a_file_that_is_given_up_leaves_nothing(dashboard):
    at = with_file(dashboard)
    at.button(key="new_cancel_upload").click().run()
    assert not at.error
    assert dashboard.store.datasets() == []
    assert at.selectbox(key="new_dataset").value == "diabetes"


def test_an_outage_while_it_is_stored_is_said_and_it_can_be_tried_again(dashboard, monkeypatch):
    at = with_file(dashboard)
    at.get_by_key("new_reading_of_column_when").set_value("ordinal").run()
    with monkeypatch.context() as outage:
        outage.setattr(dashboard.store, "save_upload", Down("The store").save_upload)
        at.button(key="new_store_upload").click().run()
    assert "The store does not answer" in " ".join(error.value for error in at.error)

    at.button(key="new_store_upload").click().run()
    assert [info.name for info in dashboard.store.datasets()] == ["mine.csv"]


def test_nothing_else_is_launched_while_a_file_waits(dashboard):
    at = with_file(dashboard)
    assert at.button(key="launch").disabled
    assert any("mine" in each.value and "is not stored yet" in each.value for each in at.markdown)

    at.button(key="new_cancel_upload").click().run()
    assert not at.button(key="launch").disabled
    assert dashboard.store.datasets() == []


GAPS = b"x,,y\n" + b"".join(b"%d,%d,%s\n" % (n % 7, n % 3, b"" if n % 5 == 2 else b"%d" % (n % 2)) for n in range(40))


def test_rows_without_a_target_are_said_before_the_file_is_stored_and_may_be_left_out(dashboard):
    at = dashboard.open("new_sweep")
    at.file_uploader[1].upload("gaps.csv", GAPS).run()
    assert not at.exception
    assert "column 2 (no header) has no name in the header" in at.error[0].value.replace("\\", "").lower()
    said = " ".join(each.value.replace("\\", "") for each in at.markdown)
    assert "8 rows have no value of the target 'y'" in said  # though another column needs a choice first
    at.get_by_key("new_reading_of_column_column_2").set_value("number").run()
    assert "8 rows have no value of the target 'y'; leave out such rows above" in at.error[0].value.replace("\\", "")
    assert at.button(key="new_store_upload").disabled

    at.checkbox(key="new_reading_rows_without_y").check().run()
    assert not at.error
    assert "8 rows without a value of 'y' left out" in at.warning[0].value.replace("\\", "")
    at.button(key="new_store_upload").click().run()
    assert not at.exception
    (info,) = dashboard.store.datasets()
    assert (info.rows, info.source.filled) == (32, "y")
    assert list(info.columns) == ["x", "column_2", "y"]

    at.button(key="new_read_again").click().run()
    assert at.checkbox(key="new_reading_rows_without_y").value
    at.checkbox(key="new_reading_rows_without_y").uncheck().run()
    assert at.button(key="new_store_upload").disabled


def test_a_target_that_is_left_out_is_said_before_the_file_is_stored(dashboard):
    at = with_file(dashboard)
    at.get_by_key("new_reading_of_column_when").set_value("parts").run()
    at.selectbox(key="new_reading_of_target").select("when").run()
    assert "the target 'when' is left out, or becomes other columns" in at.error[0].value.replace("\\", "").lower()
    assert at.button(key="new_store_upload").disabled


def test_the_choices_are_in_plain_words_with_what_they_take_for_missing(dashboard):
    text = b"who,n,y\n" + b"".join(
        b"%s,%d,%d.5\n" % (b"unknown" if n % 9 == 4 else b"ab"[n % 2 : n % 2 + 1], -999 if n % 8 == 3 else n, n % 7)
        for n in range(40)
    )
    at = dashboard.open("new_sweep")
    at.file_uploader[1].upload("words.csv", text).run()
    who, n = (at.get_by_key(f"new_reading_of_column_{name}") for name in ("who", "n"))
    assert [each.replace("\\", "") for each in who.options] == [
        *("Category", "Category, 'unknown' missing", "Number", "Leave out"),
    ]
    assert [each.replace("\\", "") for each in n.options] == [
        *("Number", "Number, -999 missing", "Category", "Leave out"),
    ]
    who.set_value("words-missing").run()
    at.button(key="new_store_upload").click().run()
    # what is odd about the numbers is said of what is stored, too
    assert any("-999 in 5 rows, far from all" in each.value for each in at.warning)
    assert any("'unknown' in 4 rows becomes missing" in each.value.replace("\\", "") for each in at.warning)


def test_the_facts_of_the_old_data_set_are_not_shown_below_a_file_that_waits(dashboard):
    at = with_file(dashboard)
    assert [each for each in at.selectbox if each.key == "new_target"] == []
    assert at.tabs == []
    at.button(key="new_cancel_upload").click().run()
    assert at.selectbox(key="new_target").value == "target"
    assert len(at.tabs) > 0
    assert not at.button(key="launch").disabled


def test_rows_without_another_target_are_left_out_from_the_form(dashboard):
    text = b"x,y\n" + b"".join(b"%s,%d\n" % (b"" if n % 5 == 2 else b"%d" % (n % 2), n % 3) for n in range(40))
    at = dashboard.open("new_sweep")
    at.file_uploader[1].upload("gaps.csv", text).run()
    at.selectbox(key="new_target").select("x").run()
    assert "Target 'x' has 8 rows without a value" in " ".join(each.value.replace("\\", "") for each in at.markdown)
    at.button(key="new_leave_rows_out").click().run()
    assert not at.exception
    assert at.selectbox(key="new_reading_of_target").value == "x"
    assert at.checkbox(key="new_reading_rows_without_x").value
    at.button(key="new_store_upload").click().run()
    assert at.selectbox(key="new_target").value == "x"
    assert not at.button(key="launch").disabled
    assert {info.rows for info in dashboard.store.datasets()} == {32, 40}
