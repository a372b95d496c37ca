"""Names of new sweeps and of copies."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.sweep_form import default_name, rename_clone
from shared.catalog import Library


def test_names_of_new_sweeps_and_of_copies():
    assert default_name(Library.LIGHTGBM, "Wine") == "LightGBM on Wine"
    assert rename_clone("A") == "A (copy)"
    assert rename_clone("A (copy)") == "A (copy 2)"
    assert rename_clone("A (copy 2)") == "A (copy 3)"


@given(st.text(min_size=1, max_size=100))
def test_a_copys_name_is_legal_and_another(name):
    copy = rename_clone(name)
    assert copy != name
    assert len(copy) <= 100
