"""The units that people write beside numbers."""

from __future__ import annotations

import re

_PREFIXED = ("m", "g", "l", "L", "s", "W", "Wh", "V", "A", "Pa", "Hz", "J", "N", "mol", "bar", "B", "eV", "Ohm", "Ω")
_PREFIXES = ("", "k", "K", "M", "G", "T", "h", "d", "c", "m", "µ", "μ", "u", "n", "p")
#: the last ones are the types of columns, which some programs write there
_OTHERS = """
% ‰ ° °C °F degC degF deg K ppm ppb dB dBm pH rpm px € $ £ ¥ ₹ EUR USD GBP CHF JPY CNY INR CAD AUD SEK NOK DKK PLN
euro euros dollar dollars k€ T€ M€ Mio Mio. Mrd ct cent t ha in inch inches " ' ft feet foot yd mi mile miles nm sqft
sqm acre acres qm cc lb lbs oz ton tons tonne tonnes kmh kph mph kn PS hp mpg psi kcal cal gal gallon gallons pt
min h hr hrs hour hours sec second seconds minute minutes d day days week weeks month months mo y yr yrs year years a
Jahr Jahre Monate Tage Std Std. Stk Stück pcs pieces count # No. number n bpm mmHg IU U M byte bytes bit bits KiB MiB
GiB x 1 - unitless dimensionless gram grams kilogram kilograms metre metres meter meters litre litres liter liters sq cu
int integer float double numeric real continuous string str text date bool boolean discrete nominal categorical int64
float64 object varchar class
"""
_KNOWN = frozenset((*_OTHERS.split(), *(prefix + unit for prefix in _PREFIXES for unit in _PREFIXED)))
_POWER = re.compile(r"(?:\^|\*\*)?-?[1-6]|[⁻]?[¹²³⁴]")


def is_unit(text: str) -> bool:
    """Whether a text is a unit, such as m², EUR/m^2 or [kg]; letters mean what they say in their case."""
    text = text.strip()
    for opening, closing in ("[]", "()", "{}"):
        if text.startswith(opening) and text.endswith(closing) and len(text) > 2:
            return True
    if text in _KNOWN:
        return True
    parts = [part for part in re.split(r"\s*[/·*⋅]\s*|\s+(?:per|pro)\s+|\s+", text.replace("**", "^")) if part]
    return bool(parts) and all(_is_simple(part.strip("()")) for part in parts)


def _is_simple(text: str) -> bool:
    power = re.search(rf"(?:{_POWER.pattern})$", text)
    return text in _KNOWN or (power is not None and text[: power.start()] in _KNOWN)
