"""What an uploaded file is, by its content: its name may say something else, or nothing."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from typing import NamedTuple

from shared.datasets.files.letters import (
    EUROPEAN,
    encoded_twice,
    european_encoding,
    first_odd_word,
    is_cyrillic,
    stand_alone,
)
from shared.errors import DatasetError
from shared.wording import counted, shown

#: how a file begins that is no table -> what it is
_OTHERS = (
    (b"PK\x03\x04", "is an Excel file or another ZIP archive; save its table as CSV or Parquet"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel file; save its table as CSV"),
    (b"\x89HDF", "is HDF5; save its table as Parquet"),
    (b"ARROW1", "is Feather; save its table as Parquet"),
    (b"ORC", "is ORC; save its table as Parquet"),
    (b"\x80\x04\x95", "is a pickle, which is never opened; save its table as Parquet"),
    (b"SQLite format 3", "is an SQLite database; save its table as CSV or Parquet"),
    (b"<!DOCTYPE", "is a web page; download the table itself"),
    (b"<html", "is a web page; download the table itself"),
    (b"{", "looks like JSON; save its table as CSV or Parquet"),
    (b"[{", "looks like JSON; save its table as CSV or Parquet"),
    (b"[[", "looks like JSON; save its table as CSV or Parquet"),
    (b"BZh", "is packed by bzip2; unpack it, or pack it by gzip"),
    (b"\xfd7zXZ", "is packed by xz; unpack it, or pack it by gzip"),
    (b"\x28\xb5\x2f\xfd", "is packed by Zstandard; unpack it, or pack it by gzip"),
)
#: how ARFF begins: its comments have a % before them
_ARFF = re.compile(rb"(?:\s|%[^\n]*\n)*@relation\b", re.IGNORECASE)

#: what is tried where a text is not UTF-8: the encodings that spreadsheets write
_ENCODINGS = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
]

#: how much of the lines with such letters is looked at, in bytes
_SAMPLED = 65_536

#: how much of a file is searched for letters that were encoded twice
_MOST_LETTERS = 2**20


class Text(NamedTuple):
    """A text file as UTF-8 without a byte order mark."""

    content: bytes
    #: what the reader should know
    notes: tuple[str, ...]
    #: of the file, without its byte order mark
    encoding: str = "utf-8"


def unpacked(filename: str, content: bytes, limit: int) -> bytes:
    """Return the content, unpacked where it is gzip's. Raises DatasetError where that is damaged or too large."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as file:
            whole = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{filename!r} cannot be unpacked ({error}); pack it again") from error
    if len(whole) > limit:
        raise DatasetError(
            f"{filename!r} unpacks to more than the {limit / 2**20:.0f} MB allowed; drop columns or rows, save it as "
            "Parquet, or raise BOOSTGRID_MAX_UPLOAD_MB"
        )
    return whole


def is_parquet(content: bytes) -> bool:
    """Whether it begins as Parquet does."""
    return content.startswith(b"PAR1")


def as_text(filename: str, content: bytes) -> Text:
    """Return the file as UTF-8. Raises DatasetError where it is no text."""
    for start, what in _OTHERS:
        if content.lstrip().startswith(start):
            raise DatasetError(f"{filename!r} {what}")
    if _ARFF.match(content):
        raise DatasetError(f"{filename!r} is ARFF; save its table as CSV or Parquet")
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            text = _decoded(filename, content[len(mark) :] if encoding == "utf-8" else content, encoding)
            name = "utf-8-sig" if encoding == "utf-8" else encoding
            return Text(_one_kind_of_line_end(text.encode()), _written_twice(text[:_MOST_LETTERS]), name)
    if b"\0" in content[:_SAMPLED]:
        raise DatasetError(f"{filename!r} is not text; save it as UTF-8 CSV, or as Parquet")
    try:
        content.decode()
    except UnicodeDecodeError:
        _refuse_damaged(filename, content)
        encoding = _detected(filename, content)
        text = _decoded(filename, content, encoding)
        word = first_odd_word(text)
        such = f", in which {shown(word)} is a word" if word else ""
        note = f"is not UTF-8 and was read as {encoding}{such}; save it as UTF-8 if letters came out wrong"
        return Text(_one_kind_of_line_end(text.encode()), (note,), encoding)
    return Text(_one_kind_of_line_end(content), _written_twice(content[:_MOST_LETTERS].decode(errors="ignore")))


def _written_twice(text: str) -> tuple[str, ...]:
    found = encoded_twice(text)
    if found is None:
        return ()
    word, once = map(shown, found)
    return (f"has {word}, which was {once} before it was written as UTF-8 twice; save it anew from where it came from",)


def _refuse_damaged(filename: str, content: bytes) -> None:
    """Raise DatasetError for UTF-8 of which some lines are in another encoding: no one encoding reads it right."""
    lines = [(number, line) for number, line in enumerate(content.splitlines(), start=1) if not line.isascii()]
    wrong = [(number, line) for number, line in lines if not _is_utf8(line)]
    # two letters that are UTF-8 by accident are rare in other encodings, and lines of them more so
    if len(wrong) * 2 < len(lines):
        number, line = wrong[0]
        raise DatasetError(
            f"{filename!r} is UTF-8 but for {counted(len(wrong), 'line')}, the first is line {number:,}, "
            f"{shown(line.decode(errors='replace'))}; write the letters at \N{REPLACEMENT CHARACTER} anew, or save "
            "all of it as UTF-8"
        )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _one_kind_of_line_end(content: bytes) -> bytes:
    return content.replace(b"\r", b"\n") if b"\n" not in content else content  # as the first Macs wrote it


def _decoded(filename: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DatasetError(f"{filename!r} is not {encoding} text throughout; save it as UTF-8 CSV") from error


def _detected(filename: str, content: bytes) -> str:
    from charset_normalizer import from_bytes

    odd = b"\n".join(line for line in content.splitlines() if not line.isascii())[:_SAMPLED]
    european = european_encoding(odd)
    if european is not None and stand_alone(odd):
        return european
    if is_cyrillic(odd):
        return "cp1251"
    best = from_bytes(odd, cp_isolation=_ENCODINGS).best()
    if best is None and european is None:
        raise DatasetError(f"{filename!r} is not UTF-8 text, nor in an encoding that is known; save it as UTF-8 CSV")
    # a library that weighs frequencies needs more words than a table may have
    if european is not None and (best is None or best.encoding in EUROPEAN):
        return european
    # where two encodings give the same text, the commonest one is named
    return "cp1252" if best is None or "cp1252" in best.could_be_from_charset else best.encoding
