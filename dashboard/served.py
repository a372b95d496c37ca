"""What `streamlit run` serves: the app, and around it what Streamlit itself does not do over HTTP."""

import streamlit as st
from starlette.middleware import Middleware

from dashboard.admitted import ADMITTED
from dashboard.browser_messages import is_refused
from dashboard.http_edge import HttpEdge

app = st.App("app.py", middleware=[Middleware(HttpEdge, admitted=ADMITTED, is_refused=is_refused)])
