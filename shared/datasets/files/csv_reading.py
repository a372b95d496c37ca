"""Reading the rows of a CSV file whose layout is known: numbers, texts as they are written, and what is missing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from shared.datasets.cell_texts.leading_zeros import are_codes, may_have_codes, whole_numbers
from shared.datasets.files.csv_layout import CsvLayout
from shared.datasets.files.plain_csv import PlainCsv
from shared.datasets.tables import EXACT
from shared.wording import counted, listed, shown

if TYPE_CHECKING:
    import pandas as pd

#: how pandas reads every CSV file
_CSV: dict[str, Any] = {
    "header": None,
    "index_col": False,
    "low_memory": False,
    "skipinitialspace": True,
    "encoding": "utf-8",
}

#: only the empty cell is missing
_AS_WRITTEN: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}

#: a number with a comma that may well stand between thousands
_GROUPED = r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*"

#: one with a point that may
_POINTED = r"[+-]?[1-9]\d{0,2}\.\d{3}"

#: what pandas takes for missing in a column of numbers, and what is a value among texts
_MISSING_WORDS = frozenset(
    {"NA", "N/A", "n/a", "NULL", "null", "None", "nan", "NaN", "<NA>", "#N/A", "#NA", "-nan", "-NaN"}
)


def _may_be_thousands(column: pd.Series[Any]) -> bool:
    """Whether all numbers of a column are thousandths from 1 to below 1,000."""
    from pandas.api import types

    if not types.is_float_dtype(column.dtype):
        return False
    values = column.dropna().abs()
    thousandths = values * 1000
    near = bool(len(values)) and bool(((values >= 1) & (values < 1000)).all())
    return near and bool(((thousandths - thousandths.round()).abs() < 1e-6).all())


def _name_by_place(place: int, names: tuple[str, ...]) -> str:
    """Return a name for a column without one that a spec can write without quotes, and no other column has."""
    name = f"column_{place}"
    while name in names:
        name += "_"
    return name


class CsvReading:
    """One CSV file, read once for its numbers, and once more for its texts and for what is missing."""

    def __init__(self, content: bytes, layout: CsvLayout) -> None:
        self._content, self._layout = content, layout
        self.words: dict[str, str] = {}
        self.commas: list[str] = []
        self.texts: list[str] = []
        self.names = list(layout.names)
        for number, name in enumerate(layout.names):
            if not name:
                self.names[number] = _name_by_place(number + 1, layout.names)
        self._plain = PlainCsv.of(content, layout.start, layout.separator, self.names)

    def frame(self) -> pd.DataFrame:
        import pandas as pd
        from pandas.api import types

        sure = dict.fromkeys(self._plain.sure_texts() if self._plain is not None else ())
        others = [name for name in self.names if name not in sure]
        frame = self._read(usecols=others) if sure and others else self._read()
        # bool is numeric to pandas
        text = [name for name in others if not types.is_numeric_dtype(frame[name].dtype)]
        text = [name for name in text if types.infer_dtype(frame[name], skipna=True) != "boolean"]
        if self._layout.separator != ",":
            text = self._with_decimal_commas(frame, text)
        has_gaps = frame.isna().any()
        texts = {*text, *sure}
        gaps = [name for name in self.names if name not in texts and has_gaps[name]]
        self.texts = [name for name in self.names if name in texts]
        as_written = self._as_written([*self.texts, *gaps])
        if as_written is None:  # it was not as plain as it looked
            self._plain, self.commas = None, []
            return self.frame()
        for name in self.texts:
            self._note_words(name, as_written[name], "a value, for only an empty cell is missing among texts")
        for name in gaps:
            self._note_words(name, as_written[name], "read as missing, for the others are numbers")
            self._note_rounded(name, frame[name], as_written[name])
        # at once, for a frame to which thousands of columns are added one by one is slow
        return pd.DataFrame({name: (as_written if name in texts else frame)[name] for name in self.names}, copy=False)

    def _as_written(self, names: list[str]) -> pd.DataFrame | None:
        """Return columns as texts; None where rows have more or fewer values than there are columns."""
        import pandas as pd

        if not names:
            return pd.DataFrame()
        if self._plain is not None:
            return self._plain.texts(names)
        return self._read(usecols=names, dtype="str", **_AS_WRITTEN)

    def _read(self, **options: Any) -> pd.DataFrame:
        import pandas as pd

        file = io.BytesIO(self._content)
        file.seek(self._layout.start)
        frame: pd.DataFrame = pd.read_csv(file, sep=self._layout.separator, names=self.names, **(_CSV | options))
        return frame

    def table(self) -> pd.DataFrame:
        """Return the frame, as texts what a number would lose: nothing but words for missing, and leading zeros."""
        frame = self.frame()
        texts = {*self.texts, *self.commas}
        others = [name for name in self.names if name not in texts]
        words = [name for name in others if name in self.words and bool(frame[name].isna().all())]
        codes = whole_numbers(frame, [name for name in others if name not in {*words}])
        if not may_have_codes(self._content, self._layout.start, self._layout.separator, codes):
            codes = []
        if words or codes:
            as_written = self._read(usecols=[*words, *codes], dtype="str", **_AS_WRITTEN)
            for name in (*words, *(name for name in codes if are_codes(as_written[name]))):
                frame[name] = as_written[name]
                self.texts.append(name)
                self.words.pop(name, None)
        if self._layout.separator != ",":
            self._note_points(frame)
        return frame

    def _with_decimal_commas(self, frame: pd.DataFrame, names: list[str]) -> list[str]:
        """Put in numbers where every value of a text column is one that has a decimal comma; return the others."""
        from pandas.api import types

        def may_be(column: pd.Series[str]) -> bool:
            values = column.astype("str")
            commas = values[values.str.contains(",", na=False, regex=False)]
            return not commas.str.fullmatch(_GROUPED).all()  # true of none

        wanted = [name for name in names if may_be(frame[name])]
        if not wanted:
            return names
        read = self._read(decimal=",", usecols=wanted)
        numbers = {name for name in wanted if types.is_numeric_dtype(read[name].dtype)}
        numbers -= {name for name in numbers if types.is_bool_dtype(read[name].dtype)}
        for name in numbers:
            frame[name] = read[name]
        self.commas = [name for name in names if name in numbers]
        return [name for name in names if name not in numbers]

    def _note_points(self, frame: pd.DataFrame) -> None:
        """Note numbers of which every one has three digits behind a point, as thousands have where ``;`` separates."""
        names = [
            name for name in self.names if name not in {*self.texts, *self.commas} and _may_be_thousands(frame[name])
        ]
        if not names:
            return
        as_written = self._read(usecols=names, dtype="str", **_AS_WRITTEN)
        for name in names:
            written = as_written[name].dropna().str.strip()
            if bool(written.str.fullmatch(_POINTED).all()):
                why = (
                    f"{shown(str(written.iloc[0]))} may be a fraction or thousands, and is read as a fraction; write "
                    "thousands without points"
                )
                self.words[name] = "; ".join(filter(None, (self.words.get(name), why)))

    def _note_rounded(self, name: str, numbers: pd.Series[float], written: pd.Series[str]) -> None:
        """Note long whole numbers beside empty cells, which make floats of them."""
        if not bool((numbers.abs() >= EXACT).any()):
            return
        whole = written[written.str.fullmatch(r"\s*[+-]?\d{16,}\s*", na=False)].str.strip()
        if len(whole):
            kept = numbers[whole.index].nunique()
            why = (
                f"beside missing values its whole numbers above {EXACT:,} are rounded, {whole.nunique():,} distinct "
                f"ones to {kept:,}; leave it out if it is an id"
            )
            self.words[name] = "; ".join(filter(None, (self.words.get(name), why)))

    def _note_words(self, name: str, column: pd.Series[str], what: str) -> None:
        counts = column[column.str.strip().isin(_MISSING_WORDS)].value_counts()
        if len(counts):
            words = listed((f"{shown(word)} in {counted(int(count), 'row')}" for word, count in counts.items()), 4)
            self.words[name] = f"{words} is {what}"
