"""The arguments and options that several commands have."""

from __future__ import annotations

import click

from shared.command_line.output import OutputType
from shared.domain import Priority


def _need_follow(context: click.Context, option: click.Parameter, workers: int) -> int:
    if workers and not context.params.get("follow", True):
        raise click.BadParameter("local workers run only while the sweep is followed; leave out --no-follow.")
    return workers


sweep = click.argument("sweep_id", metavar="SWEEP")
spec = click.argument("spec_file", metavar="SPEC.yaml", type=click.File("rb"))
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
workers = click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Run N local workers while it is followed.",
    callback=_need_follow,
)
follow = click.option(
    "--follow/--no-follow", default=True, is_eager=True, help="Show the progress until the end, or return at once."
)
priority = click.option(
    "--priority",
    type=click.Choice([each.value for each in Priority]),
    default=Priority.NORMAL.value,
    show_default=True,
    help="Workers serve all sweeps of a higher priority first.",
)
output = click.option("--output", "-o", type=OutputType(), default="-", help="A file; else it is printed.")
