"""How the pages write times, scores and states."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from dashboard.analysis import duration
from shared.domain import SweepStatus, SweepSummary
from shared.wording import number

Color = Literal["blue", "green", "orange", "gray", "red"]


class Badge(NamedTuple):
    """A state as a word with a color and an icon."""

    label: str
    color: Color
    icon: str


_STATUS_BADGES: dict[SweepStatus, Badge] = {
    SweepStatus.LAUNCHING: Badge("launching", "orange", ":material/rocket_launch:"),
    SweepStatus.RUNNING: Badge("running", "blue", ":material/play_arrow:"),
    SweepStatus.FINISHED: Badge("finished", "green", ":material/check:"),
    SweepStatus.CANCELLED: Badge("cancelled", "gray", ":material/block:"),
}
#: what Markdown reads as more than itself: anywhere, and where a line begins
_MARKS = re.compile(r"[\\`*\[\]{}<>$~#|&]|(?<![^\W_])_|_(?![^\W_])|:(?=\w)|^\s*[-+=]|^\s*\d+[.)]", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
#: an emoji or an icon, which Streamlit looks for behind escapes too
_SHORTCODE = re.compile(r":(?=[\w+/-]+:)")
_WORD_JOINER = "\u2060"
_INTERRUPTED = Badge("interrupted", "orange", ":material/warning:")


def status_badge(summary: SweepSummary, *, interrupted: bool) -> Badge:
    """Return the sweep's status as a badge; ``interrupted`` says that its launch was, or that its queue is lost."""
    return _INTERRUPTED if interrupted else _STATUS_BADGES[summary.status]


def age(moment: datetime, now: datetime | None = None) -> str:
    """Return how long ago ``moment`` was, in its largest unit."""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    return " ".join(duration(seconds).split()[:2]) + " ago"


def moment(at: datetime, *, seconds: bool = False) -> str:
    """Return the time in the reader's own zone, which it names; in UTC where the browser does not tell it."""
    zone = _readers_zone()
    local = at.astimezone(zone)
    name = local.tzname() or ""
    # zones without letters of their own are named by their offset, as "+03", which alone reads like a number
    named = f"UTC{name}" if name[:1] in "+-" else name
    return f"{local:%Y-%m-%d %H:%M}{f':{local:%S}' if seconds else ''} {named}"


def _readers_zone() -> tzinfo:
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):  # a browser may say anything
        if name := st.context.timezone:
            return ZoneInfo(name)
    return UTC


def score(value: float | None) -> str:
    """Return a score with five significant digits and its whole part, or a dash."""
    return "–" if value is None else number(value)


def ranking_label(summary: SweepSummary) -> str:
    """Return the ranking metric's name as people write it, with the class that it speaks of, in Markdown."""
    return verbatim(summary.sweep.metric_label(summary.sweep.spec.ranking_metric))


def named(label: str, valid: bool = True) -> str:
    """Return the label of a field, which is all of it that a screen reader says: Streamlit has no word for a fault."""
    return label if valid else f"{label} · not valid"


def verbatim(text: str) -> str:
    """Return Markdown that shows ``text`` as it is: names, values and messages that a user or a library wrote."""
    text = _SHORTCODE.sub(":" + _WORD_JOINER, text.strip("\n"))
    text = _MARKS.sub(lambda mark: f"{mark[0][:-1]}\\{mark[0][-1]}", text)
    text = _INDENT.sub(lambda indent: "\N{NO-BREAK SPACE}" * len(indent[0]), text)
    return text.replace("\n", "  \n")
