from dashboard import analysis


def test_labels_are_short_unless_that_would_confuse_two_values():
    assert analysis.value_labels([0.1, 0.0316227766017, 1e-7, 100, True, None, "dart"]) == [
        "0.1",
        "0.03162",
        "1e-07",
        "100",
        "true",
        "none",
        "dart",
    ]
    assert analysis.value_labels([0.123451, 0.123452, 0.5]) == ["0.123451", "0.123452", "0.5"]


def test_params_are_written_sorted():
    assert analysis.params_label({"max_depth": 3, "eta": 0.1}) == "eta=0.1, max_depth=3"
    assert analysis.params_label({}) == ""
