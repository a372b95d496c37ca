import math
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog import Library, Parameter, Preset, library_catalog
from shared.catalog.model import ParameterKind
from shared.catalog.validation import normalise_value
from shared.grid_expression import MAX_VALUES, GridExpressionError, parse, repeated, syntax_hint, to_text
from tests.support import ROOT


def parameter(kind: ParameterKind, **changes) -> Parameter:
    fields = {"name": "it", "default": None, "help": "", "group": "Other"}
    return Parameter(kind=kind, **(fields | changes))


WHOLE = parameter(ParameterKind.INT)
NUMBER = parameter(ParameterKind.FLOAT)
SWITCH = parameter(ParameterKind.BOOL)
CHOICE = parameter(ParameterKind.CHOICE, choices=("gbtree", "dart", "Plain", "with space"))
NULLABLE_WHOLE = parameter(ParameterKind.INT, nullable=True)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3", (3,)),
        ("3, 5, 7", (3, 5, 7)),
        (" 7 ,3,5, ", (7, 3, 5)),
        ("[3, 5]", (3, 5)),
        ("3:11:2", (3, 5, 7, 9, 11)),
        ("3:10:2", (3, 5, 7, 9)),
        ("3:6", (3, 4, 5, 6)),
        ("9:3:-2", (9, 7, 5, 3)),
        ("4:4", (4,)),
        ("-2:2:2", (-2, 0, 2)),
        ("\N{MINUS SIGN}3", (-3,)),
        ("1e3, 1_000_0, 3.0", (1000, 10000, 3)),
        ("3, 3, 3:4", (3, 4)),
        ("linspace(1, 10, 4)", (1, 4, 7, 10)),
        ("linspace(1, 3, 9)", (1, 2, 3)),
        ("logspace(10, 1000, 5)", (10, 32, 100, 316, 1000)),
        ("geomspace(100, 800, 4)", (100, 200, 400, 800)),
        ("1, 3:9:2, logspace(10, 1000, 3)", (1, 3, 5, 7, 9, 10, 100, 1000)),
    ],
)
def test_whole_numbers_are_listed_ranged_and_spaced(text, values):
    parsed = parse(text, WHOLE)
    assert parsed == values
    assert {type(value) for value in parsed} == {int}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (".5, 5., 1E-3, -2.5e+1, 3", (0.5, 5.0, 0.001, -25.0, 3.0)),
        ("0.1:0.5:0.1", (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("0:0.3:0.1", (0.0, 0.1, 0.2, 0.3)),
        ("linspace(0.01, 0.3, 5)", (0.01, 0.0825, 0.155, 0.2275, 0.3)),
        ("linspace(0, 0.3, 4)", (0.0, 0.1, 0.2, 0.3)),
        ("linspace(-1.7e308, 1.7e308, 3)", (-1.7e308, 0.0, 1.7e308)),
        ("logspace(0.0001, 0.7, 3)", (0.0001, 0.008366600265340755, 0.7)),
        ("0.12345678901234567, 0.12345678901234569", (0.12345678901234567, 0.12345678901234569)),
        ("LogSpace(1e-3, 1e-1, 3)", (0.001, 0.01, 0.1)),
        ("0.1, 0.10, 1e-1", (0.1,)),
    ],
)
def test_numbers_come_out_as_they_would_be_typed(text, values):
    parsed = parse(text, NUMBER)
    assert parsed == values
    assert {type(value) for value in parsed} == {float}


def test_logspace_is_geometric_between_its_end_values():
    values = parse("logspace(1e-3, 1e-1, 5)", NUMBER)
    assert (values[0], values[-1]) == (0.001, 0.1)
    ratios = [after / before for before, after in pairwise(values)]
    assert ratios == pytest.approx([math.sqrt(10)] * 2 + [math.sqrt(10)] * 2)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("true", (True,)),
        ("True, FALSE", (True, False)),
        ("yes,no", (True, False)),
        ("on, 0", (True, False)),
        ("1", (True,)),
    ],
)
def test_switches(text, values):
    assert parse(text, SWITCH) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("dart, gbtree", ("dart", "gbtree")),
        ("GBTREE, plain", ("gbtree", "Plain")),
        ("'with space', \"dart\"", ("with space", "dart")),
    ],
)
def test_choices_are_found_whatever_their_case(text, values):
    assert parse(text, CHOICE) == values


@pytest.mark.parametrize("word", ["none", "None", "auto", "null"])
def test_a_nullable_parameter_can_be_left_to_the_library(word):
    assert parse(f"{word}, 3", NULLABLE_WHOLE) == (None, 3)


def test_a_choice_called_auto_is_itself_and_none_still_leaves_it_to_the_library():
    tree_method = parameter(ParameterKind.CHOICE, choices=("auto", "hist", "None"), nullable=True)
    assert parse("auto, none, 'None'", tree_method) == ("auto", None, "None")


def test_choices_may_be_numbers():
    assert parse("1, 2", parameter(ParameterKind.CHOICE, choices=(1, 2, 5))) == (1, 2)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "is empty; list at least one value"),
        ("   ", 3, "is empty"),
        ("[]", 1, "is empty"),
        ("3,,5", 2, "a value is missing before this comma"),
        (",3", 0, "a value is missing before this comma"),
        ("3 5", 2, "write a comma before '5'"),
        ("3-5", 0, "write 3:5, or a comma before -5 if these are two values"),
        ("3; 5", 1, "; means nothing here; separate values with commas"),
        ("3, five", 3, "'five' is not a number"),
        ("10k", 0, "'10k' is not a number; write it as 100, 0.1 or 1e-3"),
        ("1__0", 0, "is not a number"),
        ("1.2.3", 0, "'1.2.3' is not a number"),
        ("3, é", 3, "'é' is not understood"),
        ("'3", 0, "the quote ' is not closed"),
        ("[3, 5", 5, "the bracket [ is not closed"),
        ("3]", 1, "there is no [ for this ]"),
        ("(3)", 0, "round brackets are for linspace and logspace"),
        ("2.5", 0, "2.5 is not a whole number; write 2 or 3"),
        ("-2.5", 0, "write -3 or -2"),
        ("1:2:0.5", 0, "1.5 is not a whole number"),
        ("3:", 2, "a number is missing here: a range is start:stop:step"),
        ("3:a", 2, "a number is missing here"),
        ("1:2:3:4", 6, "a range has three parts at most"),
        ("1:5:0", 4, "a step of 0 never arrives"),
        ("9:3", 0, "write 3:9:1"),
        ("1, 3:9:-2", 7, "write 3:9:2"),
        ("1:1e9", 0, "1,000,000,000 values are too many; 10,000 is the most"),
        ("0:1e300:1e-300", 0, "values are too many"),
        ("linspace", 0, "write linspace(start, stop, count)"),
        ("linspace(1, 2)", 0, "has a start, a stop and a count; write linspace(1, 2, 5)"),
        ("linspace(1, 2, 3", 16, "write linspace(start, stop, count)"),
        ("linspace(1, 2, 3, 4)", 0, "write linspace(start, stop, count)"),
        ("linspace(a, 2, 3)", 9, "a number is missing here"),
        ("linspace(1, 2, 2.5)", 15, "the count must be a whole number, 2 or more"),
        ("linspace(1, 2, 1)", 15, "the count must be a whole number, 2 or more"),
        ("linspace(1, 2, 1e6)", 15, "1,000,000 values are too many"),
        ("logspace(0, 3, 4)", 9, "not exponents; write logspace(1, 1000, 4)"),
        ("logspace(1, -2, 4)", 12, "not exponents; write logspace(10, 0.01, 4)"),
        ("logspace(-0.5, 2, 4)", 9, "must be above 0, not exponents"),
        ("arange(3)", 0, "'arange' is unknown; write 0:2, which has its stop"),
        ("1e400", 0, "1e400 is beyond the range of numbers"),
        ("0:10:1e-999999", 5, "too close to 0"),
        ("1e30", 0, "is too large for a whole number"),
        ("nan", 0, "'nan' is not a number"),
        ("none", 0, "'it' needs a value; 'none' is not allowed here"),
        ("true", 0, "'true' is not a number"),
        ("__import__('os')", 0, "'__import__' is unknown"),
    ],
)
def test_an_error_says_where_it_is_and_what_to_write_instead(text, position, message):
    with pytest.raises(GridExpressionError) as caught:
        parse(text, WHOLE)
    assert message in str(caught.value)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "of", "message"),
    [
        ("0.1:0.5", NUMBER, "give this range a step, such as 0.1:0.5:0.1"),
        ("inf", NUMBER, "'inf' is not a number"),
        ("maybe", SWITCH, "'maybe' is not a switch; write true, false or both"),
        ("2", SWITCH, "2 is not a truth value; use true or false"),
        ("0:1", SWITCH, "'it' does not take a range; write true, false"),
        ("gbtre", CHOICE, "did you mean gbtree?"),
        ("zzz", CHOICE, "use one of gbtree, dart, Plain, with space"),
        ("3", CHOICE, "'3' is not a choice of it"),
        ("linspace(1, 2, 3)", CHOICE, "'it' does not take linspace; write gbtree, dart"),
        ("none", CHOICE, "'none' is not a choice"),
    ],
)
def test_each_kind_of_parameter_refuses_what_it_cannot_be(text, of, message):
    with pytest.raises(GridExpressionError) as caught:
        parse(text, of)
    assert message in str(caught.value)


def test_values_beyond_the_parameters_range_are_pointed_at():
    learning_rate = parameter(ParameterKind.FLOAT, low=0, low_open=True, high=1)
    with pytest.raises(GridExpressionError) as caught:
        parse("0.1, 0.5, 1.5", learning_rate)
    assert "1.5 is too large: it must be at most 1" in str(caught.value)
    assert caught.value.position == len("0.1, 0.5, ")


def test_a_field_holds_so_many_values_and_no_more():
    assert len(parse(f"1:{MAX_VALUES}", WHOLE)) == MAX_VALUES
    with pytest.raises(GridExpressionError, match="more than 10,000 values"):
        parse(f"0, 1:{MAX_VALUES}", WHOLE)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((3, 5, 7), "3, 5, 7"),
        ((1, 2, 3, 4, 5, 6, 7), "1:7:1"),
        ((100, 3, 5, 7, 9, 11, 13, 2), "100, 3:13:2, 2"),
        ((0.1, 1.0, 1e-05), "0.1, 1, 1e-05"),
        ((True, False, None), "true, false, none"),
        (("gbtree", "with space", 'a "quoted" one', "none"), 'gbtree, "with space", "a ""quoted"" one", "none"'),
        ((), ""),
    ],
)
def test_values_are_written_as_a_person_would(values, text):
    assert to_text(values) == text


_LARGEST = 2**63 - 1
_CHOICES = ("auto", "none", "true", "a,b", "it's", '"', "Depthwise", "depthwise", "linspace", "3:5", "", "ü", 7)


@given(st.lists(st.one_of(st.none(), st.integers(-_LARGEST, _LARGEST), st.integers(-20, 20)), min_size=1, unique=True))
def test_whole_numbers_survive_being_written_and_read(values):
    assert parse(to_text(values), NULLABLE_WHOLE) == tuple(values)


@given(st.integers(-1000, 1000), st.integers(-50, 50).filter(bool), st.integers(1, 60))
def test_runs_survive_being_written_and_read(start, step, length):
    values = tuple(range(start, start + step * length, step))
    assert parse(to_text(values), WHOLE) == values


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_survive_being_written_and_read(numbers):
    values = tuple(dict.fromkeys(normalise_value(NUMBER, number) for number in numbers))
    assert parse(to_text(values), NUMBER) == values


@given(st.lists(st.sampled_from((*_CHOICES, None)), min_size=1, unique=True))
def test_choices_survive_being_written_and_read(values):
    assert parse(to_text(values), parameter(ParameterKind.CHOICE, choices=_CHOICES, nullable=True)) == tuple(values)


@given(
    st.text(alphabet="0123456789.,:-+eE_ ()[]\"'abinospctlru;%", max_size=40),
    st.sampled_from([WHOLE, NUMBER, SWITCH, CHOICE]),
)
def test_any_text_is_read_or_refused_at_a_place_within_it(text, of):
    refused = None
    values = ()
    try:
        values = parse(text, of)
    except GridExpressionError as error:
        refused = error
    if refused:
        assert 0 <= refused.position <= len(text)
    else:
        assert len(values) == len(set(values)) > 0


@pytest.mark.parametrize("library", Library)
@pytest.mark.parametrize("preset", Preset)
def test_the_catalogs_grids_can_be_written_and_read(library, preset):
    for each in library_catalog(library).parameters:
        values = tuple(normalise_value(each, value) for value in each.grids.get(preset, ()))
        assert not values or parse(to_text(values), each) == values


@pytest.mark.parametrize(
    ("of", "hint"),
    [
        (WHOLE, "whole numbers: 3, 5, 7 or 3:11:2"),
        (NULLABLE_WHOLE, "whole numbers: 3, 5, 7 or 3:11:2; or none"),
        (NUMBER, "numbers: 0.05, 0.1 or logspace(0.01, 0.3, 5)"),
        (SWITCH, "true, false"),
        (CHOICE, 'gbtree, dart, Plain, "with space"'),
    ],
)
def test_the_hint_shows_what_a_field_takes(of, hint):
    assert syntax_hint(of) == hint


@pytest.mark.parametrize(
    ("text", "again"),
    [("0.1, 0.10, 0.2", (0.1,)), ("1, 2", ()), ("1:3:1, 2, linspace(1, 3, 2)", (2.0, 1.0, 3.0)), ("1, 1, 1", (1.0,))],
)
def test_what_is_written_more_than_once_is_known(text, again):
    assert repeated(text, NUMBER) == again


def test_a_leading_zero_is_refused_in_the_form_too():
    with pytest.raises(GridExpressionError, match="010 has a leading zero; write 10") as caught:
        parse("3, 010", WHOLE)
    assert caught.value.position == 3


@pytest.mark.parametrize("text", ["9" * 100_000, "x" * 100_000, "0" * 100_000, "1e" + "9" * 10_000, "#" * 100_000])
def test_an_error_is_short_whatever_the_text(text):
    with pytest.raises(GridExpressionError) as caught:
        parse(text, WHOLE)
    assert len(str(caught.value)) < 200


@pytest.mark.slow
def test_a_form_without_spaced_values_needs_no_numpy():
    code = (
        "import sys; from shared.grid_expression import parse; from shared.catalog import Library, library_catalog;"
        "parameter = library_catalog(Library.XGBOOST).parameter('max_depth'); print(parse('3:6', parameter));"
        "sys.exit('numpy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
