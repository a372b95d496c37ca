"""Logs carry an event name and ids as fields; the sentence is for people."""

from __future__ import annotations

import json
import logging
import sys

from shared.logs import JsonFormatter, TextFormatter


def record(**extra):
    return logging.getLogger("worker").makeRecord(
        "worker", logging.INFO, "file.py", 1, "took %d trials", (3,), None, extra=extra
    )


def test_json_is_one_object_with_the_fields():
    line = json.loads(JsonFormatter().format(record(event="task.taken", sweep_id="a-sweep")))
    assert line["message"] == "took 3 trials"
    assert (line["event"], line["sweep_id"], line["level"]) == ("task.taken", "a-sweep", "INFO")


def test_json_carries_the_traceback():
    try:
        raise ValueError("it went wrong")
    except ValueError:
        made = record()
        made.exc_info = sys.exc_info()
    assert "it went wrong" in json.loads(JsonFormatter().format(made))["traceback"]


def test_text_shows_the_sentence_then_the_ids():
    text = TextFormatter().format(record(event="task.taken", sweep_id="a-sweep"))
    assert text.endswith("took 3 trials  sweep_id=a-sweep")
