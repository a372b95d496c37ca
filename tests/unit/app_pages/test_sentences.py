import pytest

from dashboard.sentences import sentence


@pytest.mark.parametrize(
    ("message", "written"),
    [
        ("has no values", "Has no values."),
        ("a step of 0 never arrives.", "A step of 0 never arrives."),
        ("column 'b' holds dates", "Column 'b' holds dates."),
        ("n_estimators needs a list", "n_estimators needs a list."),
        ("prices.csv is empty", "prices.csv is empty."),
        ("did you mean gbtree?", "Did you mean gbtree?"),
        ("linspace() takes three", "linspace() takes three."),
        ("'many' is not a number", "'many' is not a number."),
        ("", "."),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_it_begins_with_a_name(message, written):
    assert sentence(message) == written
