"""An upload that a proxy cuts: the browser alone hears of it, so the page has the words ready, out of sight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def told_where_cut(key: str, limit_mb: int | None = None) -> Iterator[None]:
    """Draw a file uploader inside; below it stands what has cut the upload, once its field shows an error."""
    with st.container(key=key):
        yield
        told = f"{key}_cut"
        st.html(
            f"<style>.st-key-{told} {{ display: none }} "
            f".st-key-{key}:has([data-testid=stFileUploader] [role=alert]) .st-key-{told} {{ display: flex }}</style>"
        )
        most = "" if limit_mb is None else f" that has to let bodies of {limit_mb} MB pass"
        with st.container(key=told):
            st.markdown(
                ":orange[:material/content_cut: The file did not arrive; point at it to read why. Where that is "
                f"*AxiosError*, it was cut on its way here, as a rule by a proxy{most} "
                "(documentation, *Behind a proxy*).]"
            )
