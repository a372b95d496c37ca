"""Which encoding a text of European languages is in, by the letters that its words would have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: signs that stand beside words in any language
_SIGNS = frozenset("°µ²³€£§®©™±×½¼¾“”„‘’‚–—…•«»·´ºª¿¡\N{NO-BREAK SPACE}\N{SOFT HYPHEN}")
#: such signs where only a letter of another encoding would stand: Wroc³aw, £ódź, Bucureºti
_MISPLACED = re.compile(r"[^\W\d_][³²ºª¿¡¾¼½±§®](?=[^\W\d_])|[£³¾](?=[^\W\d_]{2})")

_WORD = re.compile(r"[^\s,;|\t\"'()\[\]/.:!?+=*&%$#@<>0-9_-]+")


@dataclass(frozen=True, slots=True)
class _Language:
    encoding: str
    #: beyond a to z, in lower case
    letters: frozenset[str]
    #: where they do not stand in a word in lower case
    never: re.Pattern[str] | None = None


def _language(encoding: str, letters: str, never: str = "") -> _Language:
    return _Language(encoding, frozenset(letters), re.compile(never) if never else None)


#: those that more files are written in come first
_LANGUAGES = (
    _language("cp1252", "äöüß"),
    _language("cp1252", "éèêëàâçîïôûùüœæ", r"ç(?![aouâôûœ])|œ(?![uisedn])"),  # French
    _language("cp1252", "áéíóúñü"),
    _language("cp1252", "áâãàçéêíóôõú", r"ç(?![aouãáóâôú])|õ(?!e)|ã(?![oe]|s?$)"),  # Portuguese
    _language("cp1252", "àèéìîòóù", r"[àèéìîòóù]\w"),  # Italian
    _language("cp1252", "éëïöüèêíóá"),
    _language("cp1252", "åäöéšž"),
    _language("cp1252", "åæøéôòü"),
    _language("cp1252", "àçèéíïóòúü", r"ç(?![aouàóòú])|[àèò]\w{3}"),  # Catalan
    _language("cp1250", "ąćęłńóśźż"),
    _language("cp1250", "áčďéěíňóřšťúůýž"),
    _language("cp1250", "áéíóöőúüű"),
    _language("cp1250", "ăâîşţ"),
    _language("cp1250", "áäčďéíĺľňóôŕšťúýž"),
    _language("cp1250", "čćđšž"),
    _language("cp1254", "çğıi\N{COMBINING DOT ABOVE}öşüâîû"),
    _language("cp1252", "áéíóúýðþæö"),  # Icelandic, whose letters of its own are Turkish in cp1254
    _language("cp1257", "ąčęėįšųūž"),
    _language("cp1257", "āčēģīķļņšūž"),
    _language("cp1257", "äöõüšž"),
)

_CYRILLIC = re.compile(r"[\u0401\u0404\u0406\u0407\u0410-\u042f]?[\u0430-\u044f\u0451\u0454\u0456\u0457\u0491]+")

#: the encodings of which this knows languages
EUROPEAN = tuple(dict.fromkeys(language.encoding for language in _LANGUAGES))


def european_encoding(sample: bytes) -> str | None:
    """Return the encoding under which the words of a text are all those of one language, else of several.

    Of two that fit it is the commoner: of a few words, naïve is likelier than naďve. None where none fits.
    """
    texts = {encoding: text for encoding in EUROPEAN if (text := _text(sample, encoding)) is not None}
    words = {encoding: _odd_words(text) for encoding, text in texts.items()}
    for language in _LANGUAGES:
        known = words.get(language.encoding)
        if known is not None and _is_own(language.encoding, texts) and all(_fits(word, language) for word in known):
            return language.encoding
    shares = {encoding: _share(encoding, words[encoding]) for encoding in texts if _is_own(encoding, texts)}
    best = max(shares, key=lambda encoding: shares[encoding], default=None)
    return best if best is not None and shares[best] >= _ENOUGH else None


#: of the words that are to fit some language, for names are of any
_ENOUGH = 0.9


def is_cyrillic(sample: bytes) -> bool:
    """Whether a text has words of Cyrillic letters throughout in cp1251, some with a capital letter.

    Of small letters alone it may be Hebrew as well, and capital letters inside words are those of another encoding.
    """
    text = _text(sample, "cp1251")
    words = re.findall(r"[^\x00-\x7f]+", text or "")
    return bool(words) and all(map(_CYRILLIC.fullmatch, words)) and any(word[0].isupper() for word in words)


def stand_alone(sample: bytes) -> bool:
    """Whether no two bytes beyond ASCII are neighbours, as nearly all are where two of them make one sign."""
    return re.search(rb"[\x80-\xff]{2}", sample) is None


def first_odd_word(text: str) -> str | None:
    """Return the first word with letters beyond ASCII."""
    return next((word[0] for word in _WORD.finditer(text) if not word[0].isascii()), None)


def encoded_twice(text: str) -> tuple[str, str] | None:
    """Return the first word that is UTF-8 read in another encoding and written as UTF-8 again, and what it was."""
    for found in _WORD.finditer(text):
        word = found[0]
        for encoding in ("cp1252", "latin-1") if not word.isascii() else ():
            try:
                once = word.encode(encoding).decode()
            except UnicodeError:
                continue
            return word, once
    return None


def _text(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_own(encoding: str, texts: Mapping[str, str]) -> bool:
    """Whether a text differs from what it is in the commonest encoding, or is that."""
    return encoding == EUROPEAN[0] or texts[encoding] != texts.get(EUROPEAN[0])


def _odd_words(text: str) -> list[str]:
    return list(dict.fromkeys(word for word in _WORD.findall(text) if not word.isascii()))


def _fits(word: str, language: _Language) -> bool:
    if _MISPLACED.search(word):
        return False
    small = "".join(sign for sign in word if sign not in _SIGNS).lower()
    if not all(letter.isascii() or letter in language.letters for letter in small):
        return False
    return language.never is None or language.never.search(small) is None


def _share(encoding: str, words: Iterable[str]) -> float:
    languages = [language for language in _LANGUAGES if language.encoding == encoding]
    fits = [any(_fits(word, language) for language in languages) for word in words]
    return sum(fits) / len(fits) if fits else 0.0
