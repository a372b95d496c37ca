"""The real API server, for the tests of this folder only: its client takes seconds to import."""

from tests.support.api_server import api_server

__all__ = ["api_server"]
