"""Every stored data set: how large it is, which sweeps use it, and what can be done to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.outage import drawn_anew_when_changed
from dashboard.app_pages.common.wording import age, verbatim
from dashboard.app_pages.datasets.dataset_actions import action_menu, run_pending_action
from shared import operations
from shared.datasets import NAMED_DATASETS
from shared.domain import DatasetInfo, Sweep
from shared.wording import counted

ROWS_PER_PAGE = 15
#: sweeps that a row links to
LINKED_SWEEPS = 3


def size(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:,.1f} MB" if size_bytes >= 2**20 / 10 else f"{size_bytes / 2**10:,.1f} KB"


def dataset_row(info: DatasetInfo, users: list[Sweep]) -> None:
    names = operations.named_in(info)
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None, width="stretch"):
            built_in = "" if names else " :gray[built in: it is stored again when a sweep needs it]"
            st.markdown(f"**{verbatim(', '.join(names or info.all_names))}**{built_in}")
            st.caption(
                f"{counted(info.rows, 'row')} · {counted(len(info.columns), 'column')} · {size(info.size_bytes)} · "
                f"stored {age(info.stored_at)} · `{info.content_hash[:12]}`"
            )
        with st.container(gap=None, width=320):
            used_by(info, users)
        action_menu(info, key=f"actions_{info.content_hash}")


def used_by(info: DatasetInfo, users: list[Sweep]) -> None:
    if not users:
        st.caption("No sweep uses it.")
        return
    st.caption(f"Used by {counted(len(users), 'sweep')}:")
    names = Counter(sweep.spec.name for sweep in users)
    for sweep in users[:LINKED_SWEEPS]:
        which = f" · {sweep.sweep_id.rpartition('-')[2]}" if names[sweep.spec.name] > 1 else ""
        st.page_link(
            "app_pages/results/page.py",
            label=verbatim(f"{sweep.spec.name}{which}"),
            query_params={"sweep": sweep.sweep_id},
        )
    if len(users) > LINKED_SWEEPS:
        st.caption(f"and {len(users) - LINKED_SWEEPS:,} more")


def list_state(stored: list[DatasetInfo], users: Mapping[str, list[Sweep]]) -> object:
    """What others may change of the list."""
    return [
        (each.content_hash, each.all_names, [user.sweep_id for user in users.get(each.content_hash, [])])
        for each in stored
    ]


st.title("Data sets")
run_pending_action()
store = services.store()
stored, users = store.datasets(), operations.dataset_users(store)
total = (
    f"{counted(len(stored), 'data set')} stored, {size(sum(info.size_bytes for info in stored))}. " if stored else ""
)
with st.container(horizontal=True, vertical_alignment="center"):
    st.caption(
        f"{total}The {len(NAMED_DATASETS)} built-in sets can be chosen without being stored. A table of your own is "
        "uploaded where a sweep is built.",
        width="content",
    )
    st.page_link("app_pages/new_sweep/page.py", label="New sweep", icon=":material/add_circle:")
pages = max(1, -(-len(stored) // ROWS_PER_PAGE))
first = (min(st.session_state.get("dataset_page", 1), pages) - 1) * ROWS_PER_PAGE
for each in stored[first : first + ROWS_PER_PAGE]:
    dataset_row(each, users.get(each.content_hash, []))
if pages > 1:
    st.pagination(pages, key="dataset_page")
drawn_anew_when_changed(
    lambda: list_state(services.store().datasets(), operations.dataset_users(services.store())),
    list_state(stored, users),
)
