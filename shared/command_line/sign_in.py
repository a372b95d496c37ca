"""The command that tries the sign-in's settings."""

from __future__ import annotations

import click

from shared.adapters.oidc import check_provider
from shared.settings import DashboardSettings


@click.command("check-oidc")
@click.option("--address", help="Where browsers reach the dashboard, such as https://boostgrid.example.com.")
def check_oidc(address: str | None) -> None:
    """Ask the sign-in's provider whether the settings can work; fail where they cannot."""
    path = DashboardSettings().oidc_secrets
    if path is None:
        raise click.ClickException("BOOSTGRID_OIDC_SECRETS is not set: nobody signs in. docs/sign-in.md says how.")
    problems = check_provider(path, address)
    if problems:
        raise click.ClickException("\n".join(problems))
    click.echo("The provider answers, and the settings fit it.")
