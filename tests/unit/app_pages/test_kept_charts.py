"""A chart is drawn as it was left; what a browser says of it may be anything."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from dashboard.app_pages.common.kept_charts import as_left


def drawn(view):
    figure = go.Figure([go.Scatter(x=[1, 2], y=[1, 2], name="mean"), go.Scatter(x=[1, 2], y=[2, 3], name="best")])
    figure.update_layout(xaxis_range=[0, 9], yaxis_range=[0, 5])
    as_left(figure, view)
    return figure


def test_ranges_tool_and_hidden_lines_are_as_they_were_left():
    figure = drawn({"of": "rmse", "xaxis": [1.5, 2], "yaxis": [0, 1], "dragmode": "pan", "hidden": ["best"]})

    assert list(figure.layout.xaxis.range) == [1.5, 2]
    assert list(figure.layout.yaxis.range) == [0, 1]
    assert figure.layout.dragmode == "pan"
    assert [each.visible for each in figure.data] == [None, "legendonly"]


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"xaxis": None, "dragmode": None, "hidden": None},
        {"xaxis": [1], "yaxis": ["a", "b"], "dragmode": "lasso", "hidden": "best"},
        {"xaxis": {"0": 1, "1": 2}, "dragmode": ["zoom"], "hidden": [1, None]},
    ],
)
def test_what_is_no_view_changes_nothing(view):
    assert drawn(view) == drawn({})
