import pytest

from dashboard.sentences import sentence, version_notice


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


def test_workers_with_other_versions_are_counted_by_version():
    notice = version_notice("LightGBM", "4.7.0", {"4.5.0": 1, "4.6.0": 2}, live=5)
    assert notice.startswith(
        "Of 5 live workers 1 has LightGBM 4.5.0 and 2 have LightGBM 4.6.0; a launch from here asks"
    )
