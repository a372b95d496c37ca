"""The command line: sweeps without the dashboard."""

from __future__ import annotations

from typing import Any

import click
from pydantic import ValidationError

from shared.command_line import looking, sign_in, steering, stored_tables, storing
from shared.errors import BoostgridError
from shared.logs import set_up_logs
from shared.settings import Settings, explain

__all__ = ["main"]


class _Commands(click.Group):
    """Says an error in one sentence, with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BoostgridError as error:
            raise click.ClickException(str(error)) from error
        except ValidationError as error:
            if not error.title.endswith(Settings.__name__):
                raise  # no setting of the user's, who could not mend it
            raise click.ClickException(explain(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tune XGBoost, LightGBM and CatBoost: launch sweeps, follow them and take their results.

    RABBITMQ_URL and MONGODB_URL say where the services are; without them the embedded ones in BOOSTGRID_HOME serve.
    """
    settings = Settings()
    if "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "ERROR"})  # a person reads here what commands say
    set_up_logs(settings)


for _command in (
    steering.check,
    steering.launch,
    steering.follow_sweep,
    steering.resume,
    steering.retry,
    steering.cancel,
    steering.delete,
    looking.list_sweeps,
    looking.parameters,
    looking.attempts,
    looking.show_spec,
    looking.best,
    looking.export_trials,
    looking.datasets,
    storing.store_file,
    storing.read_again,
    stored_tables.fetch,
    stored_tables.rename,
    stored_tables.delete,
    sign_in.check_oidc,
):
    main.add_command(_command)
