"""What the websocket lets through: nobody empties the caches of all sessions."""

from __future__ import annotations

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.browser_messages import is_refused


@pytest.mark.parametrize("asked", ["clear_cache", "set_run_on_save", "load_git_info"])
def test_what_is_for_all_sessions_is_refused_however_it_is_written(asked: str) -> None:
    data = BackMsg(**{asked: True}).SerializeToString()
    assert is_refused(data)
    assert is_refused(b"\xf2\x3f\x01x" + data)  # a field that nobody knows goes ahead
    assert is_refused(BackMsg(stop_script=True).SerializeToString() + data)  # the last of one kind counts


def test_what_pages_ask_passes() -> None:
    pages = BackMsg()
    pages.rerun_script.query_string = "draft=a"
    for message in (pages, BackMsg(stop_script=True), BackMsg(app_heartbeat=True), BackMsg()):
        assert not is_refused(message.SerializeToString())
    assert not is_refused(b"\xff\xff no message")
