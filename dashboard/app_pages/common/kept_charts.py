"""Charts of a live page that keep what a person zoomed or hid.

Streamlit makes a chart anew whenever its numbers change, and forgets its zoom, in the midst of a drag too. So the page
listens to its charts (plotly's own events): one that is pointed at, or fills the screen, stands still until a few
seconds after, and what was zoomed is kept in the session and sent along with the next numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.components import v2

from dashboard import charts

_COMPONENT = "boostgrid_chart_views"

#: charts say which they are by the class that Streamlit gives an element's key; a view is of what the chart then shows
_LISTEN = """
const IDLE_MS = 4000
const LEFT_MS = 300

export default function ({ data, setStateValue }) {
  const page = ((window.boostgridCharts ??= {})[data.page] ??= { views: structuredClone(data.views), at: null })
  page.shown = data.shown
  page.tell = () => setStateValue('kept', { views: structuredClone(page.views), at: page.at })
  const rest = (delay) => {
    clearTimeout(page.timer)
    page.timer = setTimeout(() => {
      if (page.pressed) return rest(IDLE_MS)
      // new numbers would close a chart that fills the screen: it stands still until it is closed
      if (document.querySelector('.modebar-btn[data-title="Close fullscreen"]')) return rest(IDLE_MS)
      page.at = null
      page.tell()
    }, delay)
  }
  const listen = () => {
    for (const key of Object.keys(page.shown)) {
      // in full screen there is another one of it
      for (const chart of document.querySelectorAll(`.st-key-${CSS.escape(key)} .js-plotly-plot`)) hear(key, chart)
    }
  }
  const hear = (key, chart) => {
    if (!chart.on || chart.boostgridListens) return
    chart.boostgridListens = true
    const change = (edit) => {
      const of = page.shown[key]
      if (page.views[key]?.of !== of) page.views[key] = { of }
      edit(page.views[key])
    }
    chart.on('plotly_relayout', (moved) => change((view) => {
      for (const axis of ['xaxis', 'yaxis']) {
        const [low, high] = moved[`${axis}.range`] ?? [moved[`${axis}.range[0]`], moved[`${axis}.range[1]`]]
        if (low !== undefined && high !== undefined) view[axis] = [low, high]
        if (moved[`${axis}.autorange`]) delete view[axis]
      }
      if (moved.dragmode !== undefined) view.dragmode = moved.dragmode
    }))
    chart.on('plotly_restyle', () => change((view) => {
      view.hidden = chart.data.filter((each) => each.visible === 'legendonly').map((each) => each.name)
    }))
    const pointed = () => {
      rest(IDLE_MS)
      if (page.at === key) return
      page.at = key
      page.tell()
    }
    for (const kind of ['pointermove', 'pointerdown', 'wheel']) chart.addEventListener(kind, pointed)
    // a drag goes on over a cover of plotly's, outside of the chart
    chart.addEventListener('pointerdown', () => {
      page.pressed = true
      document.addEventListener('pointerup', () => (page.pressed = false), { once: true, capture: true })
    }, true)
    chart.addEventListener('pointerleave', () => page.at === key && rest(LEFT_MS))
  }
  listen()
  const observer = new MutationObserver(listen)
  observer.observe(document.body, { childList: true, subtree: true })
  return () => observer.disconnect()
}
"""


class KeptCharts:
    """The charts of one page in one run: ``draw`` them, then ``listen``."""

    def __init__(self, page: str) -> None:
        self._page = page
        self._key = f"kept_charts_{page}"
        kept = (st.session_state.get(self._key) or {}).get("kept") or {}
        self._views: Mapping[str, Any] = kept.get("views") or {}
        #: the chart that is pointed at: it stands still
        self._at = kept.get("at")
        self._drawn: dict[str, tuple[str, go.Figure]] = st.session_state.setdefault(f"drawn_charts_{page}", {})
        self._shown: dict[str, str] = {}

    def draw(self, figure: go.Figure, key: str, of: str, alt: str) -> None:
        """Draw the chart as it was left; ``of`` says what it shows: what was zoomed on something else is not."""
        self._shown[key] = of
        drawn = self._drawn.get(key)
        if self._at == key and drawn is not None and drawn[0] == of:
            figure = drawn[1]
        elif (view := self._views.get(key) or {}).get("of") == of:
            as_left(figure, view)
        self._drawn[key] = of, figure
        st.plotly_chart(figure, key=key, config=charts.CONFIG, alt=alt)

    def listen(self) -> None:
        """Keep what is zoomed from now on."""
        _component()(
            key=self._key,
            data={"page": self._page, "views": dict(self._views), "shown": self._shown},
            default={"kept": {"views": dict(self._views), "at": None}},
            on_kept_change=lambda: None,
            height=1,
        )


def as_left(figure: go.Figure, view: Mapping[str, Any]) -> None:
    """Give the figure the ranges, the tool and the hidden traces of the view, as far as it has them."""
    for axis, update in (("xaxis", figure.update_xaxes), ("yaxis", figure.update_yaxes)):
        if _is_range(view.get(axis)):
            update(range=view[axis], autorange=False)
    if view.get("dragmode") in ("zoom", "pan", False):
        figure.update_layout(dragmode=view["dragmode"])
    hidden = view.get("hidden")
    if isinstance(hidden, list):
        figure.for_each_trace(lambda trace: trace.update(visible="legendonly"), lambda trace: trace.name in hidden)


def _is_range(found: object) -> bool:
    # it comes from a browser
    return isinstance(found, list) and len(found) == 2 and all(isinstance(end, int | float) for end in found)


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return v2.component(_COMPONENT, js=_LISTEN)
