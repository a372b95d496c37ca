"""What an engine writes goes to the worker's log, and its end is kept."""

import io
import sys

import pytest

from worker.parent.last_lines import LINE_CHARACTERS, LINES, LastLines


def test_the_end_is_kept_and_all_of_it_passed_on(capsys):
    written = "".join(f"line {number}\n" for number in range(100))
    kept = LastLines(io.BytesIO(written.encode())).end().splitlines()
    assert kept == [f"line {number}" for number in range(100 - LINES, 100)]
    assert capsys.readouterr().err == written


def test_what_was_written_for_another_attempt_is_forgotten():
    lines = LastLines(io.BytesIO(b"of another\n"))
    lines.end()
    lines.forget()
    assert lines.end() == ""


def test_neither_a_line_without_end_nor_bytes_that_are_no_text_cost_more():
    kept = LastLines(io.BytesIO(b"\xff" + b"#" * 1_000_000)).end()
    assert len(kept) <= LINES * (LINE_CHARACTERS + 1)
    assert kept.endswith("#")


@pytest.mark.parametrize("error", [BrokenPipeError, ValueError])
def test_a_log_that_nobody_reads_holds_up_no_engine(monkeypatch, error):
    class Closed(io.StringIO):
        def write(self, text):
            raise error

    monkeypatch.setattr(sys, "stderr", Closed())
    assert LastLines(io.BytesIO(b"one\ntwo\n")).end() == "one\ntwo"


def test_without_a_pipe_there_is_nothing_to_keep():
    assert LastLines(None).end() == ""
