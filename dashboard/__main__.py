"""`python -m dashboard`: the dashboard against real services when configured, else with everything it needs."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from urllib.parse import SplitResult, urlsplit

import click
from pydantic import ValidationError

from dashboard.access import allowed_hosts, is_locked
from dashboard.measuring import Measuring
from dashboard.web_server import WebServer, free_port
from shared.adapters.backends import open_metrics, open_queue, open_store
from shared.adapters.oidc import OidcMisconfigured, check_provider, read_auth
from shared.adapters.processes.home import HomeUnusable
from shared.adapters.processes.home_lock import HomeInUse, HomeLock
from shared.adapters.processes.local_workers import LocalWorkers
from shared.adapters.processes.losses import LocalLosses
from shared.adapters.processes.state_files import LocalFiles
from shared.adapters.processes.supervisor import Supervisor
from shared.errors import ServiceUnavailable
from shared.logs import set_up_logs
from shared.settings import DashboardSettings, WorkerSettings, explain

log = logging.getLogger(__name__)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8501, show_default=True, help="Port to listen on; the next free one if it is taken.")
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    help="Run this many workers on this machine. Without it: as many as last time, and none beside real services.",
)
@click.option("--no-workers", is_flag=True, help="Start no worker and leave the slider out.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def main(host: str, port: int, workers: int | None, no_workers: bool, no_browser: bool) -> None:
    """Start the Boostgrid dashboard and, where no services are configured, all that it needs."""
    if no_workers and workers:
        raise click.UsageError("--workers and --no-workers exclude each other.")
    try:
        settings = DashboardSettings()
    except ValidationError as error:
        raise click.ClickException(explain(error)) from error
    set_up_logs(settings)
    embedded = settings.rabbitmq_url is None or settings.mongodb_url is None
    supervise = not no_workers and (embedded or workers is not None)
    redirect = _check_sign_in(settings)
    leave = _on_signal()
    with ExitStack() as running:
        try:
            port = free_port(host, port)
        except OSError as error:
            raise click.ClickException(f"{error}; choose another --port, or --host") from error
        if embedded or supervise:
            try:
                running.enter_context(HomeLock(settings.home, f"http://{host}:{port}"))
            except (HomeInUse, HomeUnusable) as error:
                raise click.ClickException(str(error)) from error
        if supervise:
            supervisor = _supervisor(settings, workers)
            supervisor.start()
            running.callback(supervisor.stop)
        if settings.on_kubernetes:
            running.callback(_look_after_losses(settings))
        measuring = Measuring(lambda: open_store(settings), lambda: open_queue(settings))
        running.callback(measuring.close)
        running.callback(open_metrics(settings, measuring.measures))
        hosts = allowed_hosts(
            host, settings.hosts, redirect and redirect.hostname, settings.kubernetes_service_host is not None
        )
        server = running.enter_context(
            WebServer(host, port, settings.base_path, secrets=settings.oidc_secrets, allowed_hosts=hosts)
        )
        # the cookie of a session belongs to the host that the sign-in leads back to
        url = redirect.geturl().removesuffix("/oauth2callback") if redirect else server.url
        if not server.wait_until_up(leave):
            if not leave.is_set():
                raise click.ClickException("The web server did not start; its messages are above.")
            return
        _announce(url, settings, embedded, redirect is None and is_locked(host, settings.anonymous))
        if not no_browser and _has_screen():
            webbrowser.open(url)
        while not leave.wait(0.5):
            if not server.is_running:
                raise click.ClickException("The web server ended; its messages are above.")
        click.echo("\nStopping: workers finish or hand back what they have. Ctrl-C again stops at once.")
    click.echo("Stopped. Sweeps and results are kept.")


def _check_sign_in(settings: DashboardSettings) -> SplitResult | None:
    """Return the address that a sign-in leads back to, None without one; a provider that is down may come back."""
    if settings.oidc_secrets is None:
        return None
    try:
        redirect = urlsplit(str(read_auth(settings.oidc_secrets)["redirect_uri"]))
        for problem in check_provider(settings.oidc_secrets):
            log.warning("sign-in: %s", problem, extra={"event": "oidc.problem"})
    except OidcMisconfigured as error:
        raise click.ClickException(str(error)) from error
    return redirect


def _supervisor(settings: DashboardSettings, workers: int | None) -> Supervisor:
    files = LocalFiles(settings.home)
    try:
        if workers is not None:
            files.declare(workers)
        elif files.desired() is None:
            files.declare(settings.local_workers)
    except HomeUnusable as error:
        raise click.ClickException(str(error)) from error
    try:
        store = open_store(settings)
    except ServiceUnavailable as outage:
        raise click.ClickException(str(outage)) from outage

    def busy_pids() -> set[int]:
        here = socket.gethostname()
        return {worker.pid for worker in store.workers() if worker.running and worker.host == here}

    workers_here = LocalWorkers(settings.home, stop_seconds=WorkerSettings().stop_seconds)
    return Supervisor(workers_here, files.wanted, files.report, busy_pids, losses=LocalLosses(store))


def _look_after_losses(settings: DashboardSettings) -> Callable[[], None]:
    """Find out why workers are gone, in this process: it runs whether or not a browser is open. Return its end."""
    from dashboard.cluster.kubernetes.connecting import connect, own_namespace
    from dashboard.cluster.kubernetes.loss_reader import LossReader

    try:
        api = connect(settings.kubeconfig)
        reader = LossReader(api, settings.namespace or own_namespace(), open_store(settings))
    except ServiceUnavailable as error:
        log.warning("cannot look after lost workers: %s", error, extra={"event": "losses.unavailable"})
        return lambda: None
    reader.start()
    return reader.stop


def _announce(url: str, settings: DashboardSettings, embedded: bool, locked: bool) -> None:
    where = f"Sweeps and results are kept in {settings.home}" if embedded else "Connected to RabbitMQ and MongoDB"
    click.echo(f"\n  Boostgrid is running at  {url}\n  {where}\n  Ctrl-C stops everything\n")
    if locked:
        click.echo(
            "  It is locked, since others can reach it: BOOSTGRID_ANONYMOUS=operator lets in everybody who does\n"
        )


def _has_screen() -> bool:
    # without one, webbrowser would start a text browser in this terminal
    on_x = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.stdout.isatty() and (sys.platform == "darwin" or bool(on_x))


def _on_signal() -> threading.Event:
    leave = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if leave.is_set():  # asked twice: the children notice and end by themselves
            os._exit(130)
        leave.set()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return leave


if __name__ == "__main__":
    main(prog_name="python -m dashboard")
