"""How the pages write times and scores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from dashboard.analysis import duration
from dashboard.app_pages.common import wording
from dashboard.app_pages.common.wording import age, moment, score, verbatim
from shared.wording import counted


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (7_500, "2 h 5 min"), (273_600, "3 d 4 h")],
)
def test_durations_have_two_units_at_most(seconds, written):
    assert duration(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "written"), [(-5, "just now"), (59, "just now"), (61, "1 min ago"), (90_000, "1 d ago")]
)
def test_ages_have_one_unit(seconds, written):
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert age(now - timedelta(seconds=seconds), now) == written


@pytest.mark.parametrize(
    ("value", "written"), [(None, "–"), (0.5, "0.50000"), (123456.7, "123,457"), (-0.1, "-0.10000")]
)
def test_scores_have_five_digits(value, written):
    assert score(value) == written


def test_counts_agree_with_their_noun():
    assert [counted(count, "trial") for count in (0, 1, 12_000)] == ["0 trials", "1 trial", "12,000 trials"]


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("max_depth is 0.5, not 3", "max_depth is 0.5, not 3"),
        ("__import__('os')", r"\_\_import\_\_('os')"),
        ("*3* costs $1", r"\*3\* costs \$1"),
        ("the bracket [ is not closed; add ]", r"the bracket \[ is not closed; add \]"),
        ("of: 3 :red or :smile:", "of: 3 \\:red or :\N{WORD JOINER}smile:"),
        ("<b> a|b `c` #1 ~x~ \\ &amp;", r"\<b\> a\|b \`c\` \#1 \~x\~ \\ \&amp;"),
        ("1. a\n  - b-c\n-1.5 + 2\n", "1\\. a  \n\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}\\- b-c  \n\\-1.5 + 2"),
    ],
)
def test_what_somebody_wrote_is_shown_as_it_is(text, markdown):
    assert verbatim(text) == markdown


AT = datetime(2026, 7, 1, 12, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Europe/Berlin", "2026-07-01 14:30 CEST"),
        ("America/New_York", "2026-07-01 08:30 EDT"),
        ("Asia/Dubai", "2026-07-01 16:30 UTC+04"),
        (None, "2026-07-01 12:30 UTC"),
        ("Atlantis/Capital", "2026-07-01 12:30 UTC"),
        ("../etc/passwd", "2026-07-01 12:30 UTC"),
    ],
)
def test_times_are_in_the_readers_zone_and_name_it(zone, written, monkeypatch):
    monkeypatch.setattr(wording.st, "context", SimpleNamespace(timezone=zone))

    assert moment(AT) == written
    assert moment(AT, seconds=True) == written.replace(":30 ", ":30:05 ")
