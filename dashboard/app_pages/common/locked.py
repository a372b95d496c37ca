"""What is shown in place of every page where access is closed."""

from __future__ import annotations

import streamlit as st


def locked_page() -> None:
    """Say that it is locked and how it is unlocked."""
    st.title("Boostgrid is locked")
    st.markdown(
        "Others than this machine can reach this address, and there is no sign-in. Whoever runs the dashboard opens it "
        "in one of three ways:\n\n"
        "- to those who sign in with an OpenID provider: set `BOOSTGRID_OIDC_SECRETS` (docs/sign-in.md; on Kubernetes "
        "the component `oidc`);\n"
        "- to everybody who reaches it, who may then launch, scale and delete: set `BOOSTGRID_ANONYMOUS=operator` and "
        "restart it (on Kubernetes: in the ConfigMap `dashboard`, then "
        "`kubectl -n boostgrid rollout restart deployment/dashboard`);\n"
        "- to its own machine only: start it with `--host 127.0.0.1`, which is the default."
    )
