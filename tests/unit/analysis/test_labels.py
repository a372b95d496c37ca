from dashboard import analysis
from dashboard.analysis.labels import params_labels


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
    assert analysis.value_labels([20000.0, 123456.7, 1e6, 1e8, -9999.7]) == [
        "20000",
        "123457",
        "1000000",
        "1e+08",
        "-10000",
    ]
    assert analysis.value_labels([0.123451, 0.123452, 0.5]) == ["0.123451", "0.123452", "0.5"]


def test_params_are_written_sorted():
    assert analysis.params_label({"max_depth": 3, "eta": 0.1}) == "eta=0.1, max_depth=3"
    assert analysis.params_label({}) == ""


def test_points_are_written_in_full_where_they_would_look_alike():
    points = [{"a": 0.12341, "b": 1}, {"a": 0.12342, "b": 1}, {"a": 0.5, "b": 1}]
    assert params_labels(points) == ["a=0.12341, b=1", "a=0.12342, b=1", "a=0.5, b=1"]
