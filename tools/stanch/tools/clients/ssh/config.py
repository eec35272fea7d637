"""What a client configuration of OpenSSH's form says of a host.

Only the options that this client knows are taken over. `Include` is followed here. A
`Match` that would run a program, or asks what is not known here, never applies; and a
ProxyCommand is refused when its host is asked for: both are shells.
"""

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stanch.tools.clients.ssh.wire import library
from stanch.tools.errors import TargetUnreachableError

_TAKEN = frozenset({
    "hostname", "port", "user", "identityfile", "identitiesonly", "identityagent", "proxyjump",
    "proxycommand", "userknownhostsfile", "hostkeyalias",
})  # fmt: skip
_MATCHES = frozenset({"all", "host", "originalhost", "user", "localuser", "final", "canonical"})
_LINE = re.compile(r"(\w+)(?:\s*=\s*|\s+)(.+)")
_DEEPEST = 16
_NEVER = "Host !*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the configuration says of one host; None or empty where it says nothing."""

    address: str | None = None
    port: int | None = None
    user: str | None = None
    identities: tuple[Path, ...] = ()
    agent: bool = True
    jumps: tuple[str, ...] | None = None
    """USER@HOST:PORT of the hosts on the way, the first one first; empty for none."""
    known_hosts: tuple[Path, ...] = ()
    alias: str | None = None
    """The name under which its key is known."""


class Config:
    """One configuration, read once."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._config: Any = None
        if path is None:
            return
        try:
            text = "\n".join(_lines(path, "Host *", 0))
            self._config = library().SSHConfig.from_text(text)
        except (OSError, UnicodeDecodeError) as error:
            raise TargetUnreachableError(
                f"The SSH configuration {path} cannot be read: {error}."
            ) from error
        except library().SSHException as error:
            raise TargetUnreachableError(
                f"The SSH configuration {path} makes no sense: {error}."
            ) from error

    def of(self, name: str) -> Asked:
        """Return what is said of the host that is called `name`.

        Raises:
            TargetUnreachableError: it is to be reached through a command.
        """
        if self._config is None:
            return Asked()
        found: dict[str, Any] = self._config.lookup(name)
        if found.get("proxycommand") and "proxyjump" not in found:
            raise TargetUnreachableError(
                f"{self._path} reaches {name} by ProxyCommand, which runs a shell and is not "
                f"used. Say 'ProxyJump HOST' there, or 'jump' under [hosts.{name}]."
            )
        port = str(found.get("port", ""))
        address = str(found.get("hostname", name))
        return Asked(
            address=None if address == name else address,
            port=int(port) if port.isdigit() else None,
            user=found.get("user"),
            identities=tuple(Path(one).expanduser() for one in found.get("identityfile", ())),
            agent=str(found.get("identityagent", "")).lower() != "none"
            and not (found.get("identitiesonly", "").lower() == "yes" and "identityfile" in found),
            jumps=_jumps(found.get("proxyjump")),
            known_hosts=tuple(
                Path(one).expanduser() for one in str(found.get("userknownhostsfile", "")).split()
            ),
            alias=found.get("hostkeyalias"),
        )


def _jumps(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    if text.strip().lower() == "none":
        return ()
    return tuple(one.strip().removeprefix("ssh://") for one in text.split(",") if one.strip())


def _lines(path: Path, around: str, depth: int) -> Iterator[str]:
    """Yield the lines that are taken over, with those of included files in their place.

    An included file begins inside the block `around`, and that block goes on after it.
    """
    block = around
    for raw in path.read_text(encoding="utf-8").splitlines():
        text = raw.strip()
        found = _LINE.fullmatch(text)
        if found is None or text.startswith("#"):
            continue
        key, value = found[1].lower(), found[2]
        if key in {"host", "match"}:
            # A block of an included file counts only where the block around it does, and
            # that can be said in this form only for the one that always does.
            block = text if around == "Host *" and _readable(key, value) else _NEVER
            yield block
        elif key == "include" and depth < _DEEPEST:
            for one in _included(path, value):
                yield from _lines(one, block, depth + 1)
                yield block
        elif key in _TAKEN:
            yield text


def _readable(key: str, value: str) -> bool:
    """Say whether a Match asks only what can be answered without running anything."""
    if key == "host":
        return True
    words = [word.lower().lstrip("!") for word in re.split(r"[\s=]+", value.strip('"'))]
    asked = words[:1] if words[0] in {"all", "canonical", "final"} else words[::2]
    return "exec" not in words and all(word in _MATCHES for word in asked)


def _included(path: Path, value: str) -> list[Path]:
    found: list[Path] = []
    for pattern in value.replace('"', "").split():
        whole = Path(pattern).expanduser()
        if not whole.is_absolute():
            whole = path.parent / whole
        found += [Path(one) for one in sorted(glob.glob(str(whole)))]  # noqa: PTH207 - it may begin anywhere
    return [one for one in found if one.is_file()]
