"""The provider that people sign in with: its settings, and whether it can work."""

from shared.adapters.oidc.auth_file import OidcMisconfigured, read_auth
from shared.adapters.oidc.checking import check_provider

__all__ = ["OidcMisconfigured", "check_provider", "read_auth"]
