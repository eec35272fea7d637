"""The targets of one deployment, as stanch.toml names them: hosts, databases, endpoints.

A runbook names a target by one name; the address, the port and the login behind it stand
here. A secret is never written out: `NAME_env` says which variable of the environment
holds it, `NAME_file` which file, and the reader of the settings puts its value in place.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from stanch.settings.calls import CallName, CallSettings, check_calls

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=600)]
TargetName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]([-A-Za-z0-9_.]{0,251}[A-Za-z0-9_])?$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SshSettings(_Table):
    """How hosts are reached; what a host's own table says goes before it."""

    user: str | None = None
    """Who logs in to look; the user of this process when neither this nor the file says."""
    act_user: str | None = None
    """Who logs in to change something; nobody when not set, so that nothing can be."""
    port: Port | None = None
    identities: tuple[Path, ...] = ()
    """Private keys; a certificate beside one (NAME-cert.pub) is offered with it."""
    act_identities: tuple[Path, ...] = ()
    agent: bool = True
    """Whether the keys of a running ssh-agent are offered."""
    known_hosts: tuple[Path, ...] = ()
    """Files of host keys; ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts when empty."""
    config: Path | None = None
    """An OpenSSH client configuration; ~/.ssh/config when not set and there is one."""
    inventory: Path | None = None
    """An Ansible inventory (INI or YAML) that also names hosts and groups."""
    connect_seconds: Seconds = 5.0
    keepalive_seconds: Seconds = 15.0
    most_connections: Annotated[int, Field(ge=1, le=2000)] = 600


class HostSettings(_Table):
    """One host, where its name alone does not lead to it."""

    address: str | None = None
    port: Port | None = None
    user: str | None = None
    jump: TargetName | None = None
    """The host that is passed through on the way."""
    logs: tuple[Annotated[str, Field(pattern=r"^/[^\s]+$", max_length=1024)], ...] = ()
    """The log files that may be cut there; a `*` stands for a part of one name. None when empty."""


class DatabaseSettings(_Table):
    """One PostgreSQL database, with one login that looks and one that acts."""

    host: str
    port: Port = 5432
    dbname: str
    user: str
    password: SecretStr | None = None
    act_user: str | None = None
    """Who ends sessions and builds indexes; nobody when not set."""
    act_password: SecretStr | None = None
    sslmode: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    sslrootcert: Path | None = None
    statement_seconds: Seconds = 10.0
    lock_seconds: Seconds = 2.0
    idle_seconds: Seconds = 60.0
    """After so long without a statement the server ends an open transaction of ours."""


class KillSwitchSettings(_Table):
    """A flag by which a part of the service is given up to save the rest (MIT-10)."""

    loses: Annotated[str, Field(min_length=1, max_length=300)]
    """What is lost while it is thrown, as one sentence for whoever approves it."""
    thrown: Literal["on", "off"]
    """How the flag stands when the switch is thrown: a flag `disable-x` is thrown by on."""


class EndpointSettings(_Table):
    """One HTTP server: what a runbook calls it, and how it is reached."""

    url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+(/[^?#@\s]*)?$")]
    """Scheme, name and port as clients use them, with the path before all others."""
    address: Annotated[str, Field(pattern=r"^[^\s/@]+:[0-9]{1,5}$")] | None = None
    """HOST:PORT to connect to in place of the name in the URL, as curl --connect-to."""
    ca: Path | None = None
    """Certificates of the authorities to trust in place of the system's."""
    credential: TargetName | None = None
    """The credential that goes with every request, without being asked for."""
    kind: Literal["plain", "flagd", "ofrep", "unleash", "launchdarkly", "load-balancer"] = "plain"
    """What it speaks, where stanch knows how to change something there. `ofrep` and `flagd`
    only evaluate flags."""
    evaluated_by: TargetName | None = None
    """For a service of flags: the endpoint where programs read them by OFREP."""
    kill_switches: dict[str, KillSwitchSettings] = Field(default_factory=dict)
    """The flags kept here that are kill switches or circuit breakers, by their names."""
    calls: dict[CallName, CallSettings] = Field(default_factory=dict)
    """What else can be changed here, by names that a policy and an approval show."""

    @field_validator("calls")
    @classmethod
    def _calls_fit(cls, calls: dict[str, CallSettings]) -> dict[str, CallSettings]:
        check_calls(calls)
        return calls


class CredentialSettings(_Table):
    """One secret for HTTP servers, sent in a header."""

    value: SecretStr
    header: str = "Authorization"
    scheme: str = "Bearer"
    """The word before the value; empty for none. `Basic` encodes a value USER:PASSWORD."""
    endpoints: tuple[TargetName, ...] = ()
    """The endpoints that it may be sent to; none when empty."""


class PullsSettings(_Table):
    """Where a draft pull request (GitHub) or merge request (GitLab) is opened for a revert."""

    kind: Literal["github", "gitlab"]
    url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+(/[^?#@\s]*)?$")]
    """The root of the API: https://api.github.com, https://HOST/api/v3, https://HOST/api/v4."""
    project: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$")]
    """The project as its page has it: acme/shop."""
    token: SecretStr
    ca: Path | None = None
    """Certificates of the authorities to trust in place of the system's."""


class GitSettings(_Table):
    """One repository on this machine: a clone or a bare mirror, which is only read."""

    path: Path
    branch: str | None = None
    remote: Annotated[str, Field(pattern=r"^[^-\s\x00-\x1f\x7f][^\s\x00-\x1f\x7f]*$")] | None = None
    """The URL or folder that the branch of a revert is pushed to; nothing is, when not set.

    It is not taken from the repository: whoever writes there does not say where we push."""
    token: SecretStr | None = None
    """What is sent to a remote of https, with `user`."""
    user: str = "x-access-token"
    author: Annotated[str, Field(pattern=r"^[^<>]{1,100} <[^<>\s]{1,200}>$")] = (
        "stanch <stanch@localhost>"
    )
    """Who the commit of a revert is by."""
    seconds: Seconds = 60.0
    """How long the preparation of a revert may take in all."""
    pulls: PullsSettings | None = None


class ServiceSettings(_Table):
    """What a service runs on, so that an alert about it leads there."""

    hosts: str | None = None
    """The group of its hosts, or one host."""
    database: TargetName | None = None
    endpoint: TargetName | None = None
    repository: TargetName | None = None
    calls: tuple[TargetName, ...] = ()
    """The services, databases and endpoints that it depends on."""
    architecture: Path | None = None
    """The document that explains how it is built."""


class PoolSettings(_Table):
    """A deployment whose pods each keep connections to a database open (DF-08, MIT-17)."""

    namespace: str
    deployment: str
    database: TargetName
    """The database that the connections lead to."""
    role: str
    """The role of the database that its pods log in as, and nobody else does."""
    variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
    """The variable of its containers that says how many connections one pool may have."""
    pairs: Annotated[int, Field(ge=1, le=10_000)] = 1
    """How many pools each pod has: one for each pair of database and user."""


class Targets(_Table):
    """All targets of one deployment."""

    ssh: SshSettings = SshSettings()
    hosts: dict[TargetName, HostSettings] = Field(default_factory=dict)
    groups: dict[TargetName, tuple[TargetName, ...]] = Field(default_factory=dict)
    """Host groups by name."""
    pools: dict[TargetName, PoolSettings] = Field(default_factory=dict)
    """Deployments with pools of connections, by names of their own."""
    databases: dict[TargetName, DatabaseSettings] = Field(default_factory=dict)
    endpoints: dict[TargetName, EndpointSettings] = Field(default_factory=dict)
    credentials: dict[TargetName, CredentialSettings] = Field(default_factory=dict)
    repositories: dict[TargetName, GitSettings] = Field(default_factory=dict)
    services: dict[TargetName, ServiceSettings] = Field(default_factory=dict)

    @field_validator("endpoints")
    @classmethod
    def _flags_are_read_somewhere(
        cls, endpoints: dict[str, EndpointSettings]
    ) -> dict[str, EndpointSettings]:
        for name, one in endpoints.items():
            reader = one.evaluated_by
            if reader is None:
                continue
            if reader not in endpoints or endpoints[reader].kind not in {"flagd", "ofrep"}:
                raise ValueError(
                    f"{name} is evaluated_by {reader}, which is no endpoint of the kind "
                    "flagd or ofrep"
                )
        return endpoints

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """The values that must never be stored or shown."""
        found = [one.value for one in self.credentials.values()]
        for database in self.databases.values():
            found += [one for one in (database.password, database.act_password) if one]
        for repository in self.repositories.values():
            held = (repository.token, repository.pulls.token if repository.pulls else None)
            found += [one for one in held if one]
        return tuple(found)

    def database_of(self, name: str | None) -> str | None:
        """Return the configured name for a database that a runbook or an alert names.

        None when it is not configured, or when nothing is named and there is not just one.
        """
        if name is None:
            return next(iter(self.databases)) if len(self.databases) == 1 else None
        if name in self.databases:
            return name
        same = [key for key, one in self.databases.items() if one.dbname == name]
        return same[0] if len(same) == 1 else None

    def members(self, name: str) -> tuple[str, ...]:
        """Return the hosts that a name stands for: those of a group, or the host itself."""
        return self.groups.get(name, (name,))
