"""The dashboard's entry point: page config, access gate, navigation."""

import streamlit as st

from dashboard import services
from dashboard.access import is_locked
from dashboard.app_pages.common.locked import locked_page
from dashboard.app_pages.common.outage import outage_notice
from dashboard.app_pages.common.sign_in import no_role_page, sign_in_page, whose_session
from dashboard.http_edge import REASON
from dashboard.sign_in import NoRole, SignInNeeded

#: drawn here, because a browser fetches Material's and emojis from elsewhere
ICON = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
<path fill="#1f6aa5" d="M2 2h9v9H2zM13 2h9v9h-9zM2 13h9v9H2z"/><path fill="#d55e00" d="M13 13h9v9h-9z"/>
</svg>"""

st.set_page_config(page_title="Boostgrid", page_icon=ICON, layout="wide")

if services.settings().oidc_secrets is None and is_locked(
    st.get_option("server.address"), services.settings().anonymous
):
    services.note_visitor(let_in=False)
    locked_page()
    st.stop()
try:
    actor = services.actor()
except SignInNeeded as why:
    services.note_visitor(let_in=False)
    sign_in_page(why)
    st.stop()
except NoRole as why:
    services.note_visitor(let_in=False)
    no_role_page(why)
    st.stop()
services.note_visitor(let_in=True)
st.query_params.pop(REASON, None)

page = st.navigation(
    [
        st.Page(
            "app_pages/new_sweep/page.py",
            title="New sweep",
            icon=":material/add_circle:",
            url_path="new",
            help="Choose a library and a data set, build a parameter grid, and launch it.",
        ),
        st.Page(
            "app_pages/sweeps/page.py",
            title="Sweeps",
            icon=":material/list_alt:",
            default=True,
            help="Every sweep with its state, progress and best score. Cancel, resume, clone or delete one here.",
        ),
        st.Page(
            "app_pages/results/page.py",
            title="Results",
            icon=":material/monitoring:",
            url_path="results",
            help="One sweep live: progress, best parameters, score curves, leaderboard, failures and exports.",
        ),
        st.Page(
            "app_pages/datasets/page.py",
            title="Data sets",
            icon=":material/database:",
            url_path="datasets",
            help="Every stored table with its size and the sweeps that use it. Rename or delete one here.",
        ),
        st.Page(
            "app_pages/cluster/page.py",
            title="Cluster",
            icon=":material/dns:",
            url_path="cluster",
            help="The queue, and what each worker is doing. Set the number of workers and read their logs.",
        ),
    ],
    position="top",
)

# tabs of a browser are told apart by it; the page of one sweep has that one's name
st.set_page_config(page_title=f"{page.title} · Boostgrid")
with outage_notice():
    page.run()
whose_session(actor)
