"""What a browser may ask of the server over the websocket; what it asks of a page is decided there."""

from __future__ import annotations

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg

#: what Streamlit does for whoever is connected, signed in or not: it empties the caches of all sessions, or tells
#: where the program's files come from. No page asks for any of it.
_REFUSED = frozenset({"clear_cache", "set_run_on_save", "load_git_info"})


def is_refused(data: bytes) -> bool:
    """Whether a message asks for what is nobody's to ask; one that is no message is Streamlit's to refuse."""
    try:
        return BackMsg.FromString(data).WhichOneof("type") in _REFUSED
    except DecodeError:
        return False
