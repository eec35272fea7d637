"""The way to a host: what the settings, the call and the SSH configuration say together.

A route is frozen and stands for a login: two calls with the same route share connections.
"""

import os
import pwd
import re
import threading
from dataclasses import dataclass
from pathlib import Path

from stanch.settings.targets import HostSettings, Targets
from stanch.tools.clients.ssh.config import Asked, Config
from stanch.tools.errors import TargetUnreachableError

_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_DEFAULT_KNOWN = (Path("~/.ssh/known_hosts"), Path("/etc/ssh/ssh_known_hosts"))
_HOP = re.compile(r"(?:([^@\s]+)@)?(\[[^]\s]+\]|[^:\s]+)(?::([0-9]{1,5}))?")
_MOST_HOPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One login on one host, and the way there."""

    name: str
    """What the host is called in the settings or in a runbook."""
    known_as: str
    """The name that its key is known by, before its address."""
    address: str
    port: int
    user: str
    identities: tuple[Path, ...]
    agent: bool
    known_hosts: tuple[Path, ...]
    jump: "Route | None" = None

    @property
    def words(self) -> str:
        """The login as a person writes it."""
        port = "" if self.port == 22 else f":{self.port}"
        where = "" if self.address == self.name else f" ({self.address}{port})"
        return f"{self.user}@{self.name}{where or port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a call says of the login."""

    host: str
    user: str | None = None
    port: int | None = None
    act: bool = False


class Router:
    """Finds routes, each once; may be shared by many threads."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._lock = threading.Lock()
        self._config: Config | None = None
        self._found: dict[Wanted, Route] = {}

    def route(self, wanted: Wanted) -> Route:
        """Return the way to a host.

        Raises:
            TargetUnreachableError: the settings or the configuration lead nowhere.
        """
        with self._lock:
            if wanted not in self._found:
                if self._config is None:
                    self._config = Config(self._config_file())
                self._found[wanted] = self._find(wanted, self._config, ())
            return self._found[wanted]

    def _find(self, wanted: Wanted, config: Config, passed: tuple[str, ...]) -> Route:
        if wanted.host in passed or len(passed) > _MOST_HOPS:
            way = " -> ".join((*passed, wanted.host))
            raise TargetUnreachableError(
                f"The way to {passed[0]} leads in a circle: {way}. Mend 'jump' under [hosts]."
            )
        ssh = self._targets.ssh
        table = self._targets.hosts.get(wanted.host, HostSettings())
        if wanted.host in self._targets.groups and wanted.host not in self._targets.hosts:
            raise TargetUnreachableError(f"{wanted.host} is a group of hosts, not a host.")
        said = config.of(wanted.host)
        address = table.address or said.address or wanted.host
        return Route(
            name=wanted.host,
            known_as=said.alias or wanted.host,
            address=address.strip("[]"),
            port=wanted.port or table.port or ssh.port or said.port or 22,
            user=self._user(wanted, table, said),
            identities=self._identities(said, act=wanted.act),
            agent=ssh.agent and said.agent,
            known_hosts=self._known_hosts(said),
            jump=self._jump(wanted, table, said, config, (*passed, wanted.host)),
        )

    def _user(self, wanted: Wanted, table: HostSettings, said: Asked) -> str:
        ssh = self._targets.ssh
        if wanted.act:
            if ssh.act_user is None:
                raise TargetUnreachableError(
                    f"Nothing can be changed on {wanted.host}: no login that may act is "
                    "configured. Set act_user (and act_identities) under [ssh] in stanch.toml."
                )
            return ssh.act_user
        return wanted.user or table.user or ssh.user or said.user or _own_name()

    def _identities(self, said: Asked, *, act: bool) -> tuple[Path, ...]:
        ssh = self._targets.ssh
        own = (ssh.act_identities if act else ()) or ssh.identities or said.identities
        if own:
            return tuple(path.expanduser() for path in own)
        folder = Path("~/.ssh").expanduser()
        return tuple(path for name in _DEFAULT_KEYS if (path := folder / name).exists())

    def _known_hosts(self, said: Asked) -> tuple[Path, ...]:
        files = self._targets.ssh.known_hosts or said.known_hosts or _DEFAULT_KNOWN
        return tuple(path.expanduser() for path in files)

    def _jump(
        self,
        wanted: Wanted,
        table: HostSettings,
        said: Asked,
        config: Config,
        passed: tuple[str, ...],
    ) -> Route | None:
        if table.jump is not None:
            return self._find(Wanted(host=table.jump), config, passed)
        before: Route | None = None
        for text in said.jumps or ():
            hop = _HOP.fullmatch(text)
            if hop is None:
                raise TargetUnreachableError(
                    f"ProxyJump of {wanted.host} is not USER@HOST:PORT: '{text}'."
                )
            port = int(hop[3]) if hop[3] else None
            named = Wanted(host=hop[2].strip("[]"), user=hop[1], port=port)
            route = self._find(named, config, passed)
            before = route if before is None else _through(route, before)
        return before

    def _config_file(self) -> Path | None:
        own = self._targets.ssh.config
        if own is not None:
            return own.expanduser()
        usual = Path("~/.ssh/config").expanduser()
        return usual if usual.is_file() else None


def _through(route: Route, before: Route) -> Route:
    return Route(
        name=route.name,
        known_as=route.known_as,
        address=route.address,
        port=route.port,
        user=route.user,
        identities=route.identities,
        agent=route.agent,
        known_hosts=route.known_hosts,
        jump=before,
    )


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        raise TargetUnreachableError(
            "This process has no user name to log in with. Set user under [ssh] in stanch.toml."
        ) from None
