"""The environment, read once, typed. docs/configuration.md has these descriptions."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_home() -> Path:
    """Return the user's folder for Boostgrid; for a user without a home (a container's uid) one of its own."""
    try:
        home = Path.home()
    except RuntimeError:  # neither HOME nor an entry in the list of users
        home = None
    # where there is no entry, container runtimes set HOME=/
    if home is None or (home == Path("/") and not os.access(home, os.W_OK)):
        return Path(tempfile.gettempdir()) / f"boostgrid-{os.getuid()}"
    return home / ".boostgrid"


class Settings(BaseSettings):
    """What every process reads: where the services are."""

    # manifests leave variables empty: that is as good as unset
    model_config = SettingsConfigDict(
        env_prefix="BOOSTGRID_", extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    rabbitmq_url: SecretStr | None = Field(
        default=None,
        validation_alias="RABBITMQ_URL",
        description="Broker, such as `amqp://user:password@host:5672/`. Unset: the embedded queue.",
    )
    mongodb_url: SecretStr | None = Field(
        default=None,
        validation_alias="MONGODB_URL",
        description="Store, such as `mongodb://user:password@host:27017/`. Unset: the embedded store.",
    )
    rabbitmq_ca: str | None = Field(
        default=None,
        validation_alias="RABBITMQ_CA",
        description="With `amqps://`: the authority that signed the broker's certificate, as PEM text; only that is "
        "trusted then. Unset: the system's.",
    )
    mongodb_ca: str | None = Field(
        default=None,
        validation_alias="MONGODB_CA",
        description="The authority that signed the store's certificate, as PEM text; only that is trusted then, and "
        "the connection has TLS. Unset: with `tls=true` the system's.",
    )
    mongodb_database: str = Field(default="boostgrid", description="Database in MongoDB.")
    home: Path = Field(
        default_factory=_default_home,
        description="Folder of the embedded store and queue, of workers' logs and of cached data sets.",
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="Port on which the worker, or `python -m dashboard`, answers Prometheus at `/metrics`. "
        "Unset: no metrics.",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address of that port. Metrics have no password: open it to the scraper only."
    )
    log_level: str = Field(
        default="INFO", pattern="^(?i:debug|info|warning|error)$", description="DEBUG, INFO, WARNING or ERROR."
    )
    log_format: str = Field(
        default="text", pattern="^(text|json)$", description="`text` for people, `json` for collectors."
    )

    @field_validator("home")
    @classmethod
    def _expand_home(cls, home: Path) -> Path:
        try:
            return home.expanduser()
        except RuntimeError as error:
            raise ValueError("this user has no home folder; give the path in full, without ~") from error


def explain(error: ValidationError) -> str:
    """Return which environment variables are wrong and how, in one line and without their values."""
    prefix = str(Settings.model_config.get("env_prefix", ""))
    wrong = []
    for each in error.errors(include_input=False, include_url=False):
        if not each["loc"]:  # of several together: the sentence names them
            wrong.append(each["msg"].removeprefix("Value error, "))
            continue
        name = str(each["loc"][0])
        wrong.append(f"{name if name.isupper() else prefix + name.upper()}: {each['msg'][0].lower()}{each['msg'][1:]}")
    return "; ".join(wrong)


class WorkerSettings(Settings):
    """What a worker reads besides."""

    engines: int | None = Field(
        default=None,
        ge=1,
        description="Training processes of a worker. Unset: the CPUs it may use (cgroup quota, affinity) / threads.",
    )
    threads: int = Field(default=1, ge=1, description="Threads of each engine.")
    grace_seconds: float = Field(
        default=25.0, ge=0, description="On SIGTERM, how long the running task may go on before it is handed back."
    )
    engine_memory_mb: int | None = Field(
        default=None,
        ge=100,
        description="An engine with more memory of its own is replaced after its task. "
        "Unset: 80 % of its part of what the worker may use.",
    )
    binned_cache_mb: int = Field(
        default=1024,
        ge=0,
        description="MB that an engine keeps between tasks (table, binned rows), up to half of its memory.",
    )
    dataset_cache_mb: int = Field(
        default=2048,
        ge=0,
        description="MB of data sets that the workers of a home folder keep on disk. Those used least recently "
        "go first; what a task needs is kept whatever its size.",
    )
    pod_name: str | None = Field(
        default=None, validation_alias="POD_NAME", description="The worker's pod, recorded with its trials."
    )
    heartbeat_file: Path | None = Field(
        default=None,
        description="File that a living worker touches about once a second, for a pod's probes; it begins with `ready` "
        "once the worker reads the queue.",
    )
    exit_with_parent: int | None = Field(
        default=None, description="Process id of the worker's parent; the worker stops when that is gone."
    )

    @property
    def stop_seconds(self) -> float:
        """How long after SIGTERM it may take until it is gone, before it is killed: its grace, and time to leave."""
        return self.grace_seconds + 5.0


class DashboardSettings(Settings):
    """What the dashboard reads besides."""

    confirm_trials_above: int = Field(
        default=10_000, ge=1, description="A launch of more trials than this asks for confirmation."
    )
    anonymous: Literal["operator"] | None = Field(
        default=None,
        description="`operator`: everybody who reaches the dashboard may do everything. Unset: it is locked wherever "
        "it listens beyond loopback.",
    )
    oidc_secrets: Path | None = Field(
        default=None,
        description="TOML file with the `[auth]` section of the sign-in (docs/sign-in.md). Unset: nobody signs in.",
    )
    oidc_roles_claim: str = Field(
        default="roles",
        pattern=r"^[^\s]+$",
        description="Claim of the ID token with somebody's roles, a text or a list: a name, or a path such as "
        "`realm_access.roles`.",
    )
    oidc_operator_roles: str = Field(
        default="operator",
        description="Roles or groups whose members are operators, separated by commas; `/name` and `name` are one.",
    )
    oidc_viewer_roles: str = Field(
        default="viewer", description="Those whose members are viewers; `*`: everybody who can sign in."
    )
    session_hours: float = Field(
        default=12.0, gt=0, le=720, description="Hours after which somebody has to sign in again."
    )
    hosts: str | None = Field(
        default=None,
        pattern=r"^[^\s/,:]+(, *[^\s/,:]+)*$",
        description="Host names at which browsers reach the dashboard, separated by commas, without ports; "
        "`*.example.com` is every one below it. The sign-in's own, localhost and 127.0.0.1 are always among them. "
        "Unset: those and this machine's own; on Kubernetes without a sign-in: any.",
    )
    max_upload_mb: int = Field(default=200, ge=1, description="Largest upload of a data set, in MB.")
    local_workers: int = Field(
        default=2, ge=0, description="Local workers that a first start begins with; the slider changes it."
    )
    local_workers_max: int = Field(default=16, ge=1, description="The slider's upper end for local workers.")
    cluster: Literal["local", "kubernetes"] | None = Field(
        default=None,
        description="What runs the workers: `local` processes or `kubernetes`. "
        "Unset: `kubernetes` in a pod with real services, else `local`.",
    )
    namespace: str | None = Field(
        default=None,
        min_length=1,
        description="Namespace of the workers' Deployment. Unset: the pod's own, else `boostgrid`.",
    )
    workers_max: int = Field(default=32, ge=1, description="The slider's upper end for workers on Kubernetes.")
    kubeconfig: Path | None = Field(
        default=None,
        description="Kubeconfig for the Cluster page. Unset: the pod's ServiceAccount, else kubectl's own choice.",
    )
    base_path: str | None = Field(
        default=None,
        validation_alias="STREAMLIT_SERVER_BASE_URL_PATH",
        description="Path below which the dashboard is served, such as `tuning` behind a proxy that shares its host.",
    )
    kubernetes_service_host: str | None = Field(
        default=None,
        validation_alias="KUBERNETES_SERVICE_HOST",
        description="Set by Kubernetes in every pod: how the dashboard finds out that it is in one.",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.oidc_secrets is not None and self.anonymous is not None:
            raise ValueError(
                "BOOSTGRID_ANONYMOUS lets everybody in, and BOOSTGRID_OIDC_SECRETS asks everybody to sign in; unset one"
            )
        return self

    @property
    def on_kubernetes(self) -> bool:
        """Whether Kubernetes runs the workers; a notebook's pod with the embedded services has its own."""
        if self.cluster is not None:
            return self.cluster == "kubernetes"
        return bool(self.kubernetes_service_host and self.rabbitmq_url and self.mongodb_url)


class UsersSettings(Settings):
    """What the maker of MongoDB's users reads besides."""

    root_username: str = Field(validation_alias="MONGODB_ROOT_USERNAME", description="MongoDB's administrator.")
    root_password: SecretStr = Field(validation_alias="MONGODB_ROOT_PASSWORD", description="Its password.")
    username: str = Field(validation_alias="MONGODB_USERNAME", description="The user of workers and dashboard.")
    password: SecretStr = Field(validation_alias="MONGODB_PASSWORD", description="Its password.")
    mongodb_port: int = Field(default=27017, description="MongoDB's port on this machine.")
    users_ready_file: Path | None = Field(
        default=None, description="File that is made once the user of workers and dashboard can log in."
    )
