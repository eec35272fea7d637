"""The folder of one sandbox: where its files are, and what they say of the running process.

The serving process writes the files; every other process only reads them. The folder and
all that is in it belong to its owner alone.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stanch.sandbox.errors import NotUpError, SandboxError


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How to reach a running sandbox: the content of `sandbox.json`."""

    pid: int
    kubeconfig: str
    prometheus_url: str
    clock: str
    control_url: str
    started: str
    settings: str
    """A stanch.toml that leads to all parts of it."""
    policy: Mapping[str, Any]
    """What a policy would list of it, under reads and changes."""

    def as_json(self) -> dict[str, Any]:
        """Return the content as plain JSON data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one sandbox."""

    folder: Path

    @property
    def state(self) -> Path:
        """How to reach the running process."""
        return self.folder / "sandbox.json"

    @property
    def kubeconfig(self) -> Path:
        """Contexts for reader, operator, nobody and admin."""
        return self.folder / "kubeconfig"

    @property
    def clock(self) -> Path:
        """The line from wall time to simulated time."""
        return self.folder / "clock.json"

    @property
    def log(self) -> Path:
        """What the serving process had to say."""
        return self.folder / "log.txt"

    @property
    def token(self) -> Path:
        """The secret of the control endpoint."""
        return self.folder / "control.token"

    @property
    def settings(self) -> Path:
        """How stanch is told of all parts: a stanch.toml."""
        return self.folder / "stanch.toml"

    @property
    def lock(self) -> Path:
        """Held by the serving process as long as it lives."""
        return self.folder / "lock"

    def make(self) -> None:
        """Make the folder, for its owner only.

        Raises:
            SandboxError: it cannot be made, or is no folder.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise SandboxError(
                f"the home {self.folder} cannot be used: {error.strerror}",
                remedy="Choose a folder that you may write with --home.",
            ) from error

    def private(self, path: Path, text: str) -> None:
        """Write `text` to `path`, readable by its owner only, all at once."""
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(text, encoding="utf-8")
        new.replace(path)

    def announce(self, running: Running) -> None:
        """Write `sandbox.json`: from now on others find the process."""
        self.private(self.state, json.dumps(running.as_json(), indent=2) + "\n")

    def read(self) -> Running | None:
        """Return what `sandbox.json` says, or None if there is none.

        Raises:
            SandboxError: the file is not what a sandbox wrote.
        """
        try:
            data = json.loads(self.state.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._unreadable() from error
        fields = Running.__dataclass_fields__
        if not isinstance(data, Mapping) or not fields.keys() <= data.keys():
            raise self._unreadable()
        return Running(**{name: data[name] for name in fields})

    def _unreadable(self) -> SandboxError:
        return SandboxError(
            f"{self.state} cannot be read as the state of a sandbox",
            remedy="Delete the file, then run `stanch-sandbox up`.",
        )

    def read_token(self) -> str:
        """Return the secret of the control endpoint.

        Raises:
            NotUpError: there is none.
        """
        try:
            return self.token.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise not_up(self) from error

    def clean(self) -> None:
        """Take away what only a running sandbox has; the log stays."""
        for path in (
            self.state,
            self.token,
            self.clock,
            self.settings,
            *self.folder.glob("*kubeconfig"),
        ):
            path.unlink(missing_ok=True)


def not_up(home: Home) -> NotUpError:
    """Return the error that says that nothing runs in `home`."""
    return NotUpError(
        f"no sandbox is up in {home.folder}", remedy="Start one with `stanch-sandbox up`."
    )
