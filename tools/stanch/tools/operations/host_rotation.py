"""The change that rotates logs by one of the host's own configurations of logrotate.

It is named by the digest of the configuration and by when each log was rotated last, so that
a rotation that came before it, by a timer or a person, is seen. logrotate tells what it would
do (`-d`), but not what it would delete in the end: files that it moves on are not moved in a
trial. So it counts as what cannot be put back.
"""

import re
import shlex
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect, Frozen
from stanch.tools.operations.host import Hostname
from stanch.tools.operations.host_logs import never_cut
from stanch.tools.operations.reach import Reach

NEVER: Final = "never"
"""When a log was rotated that logrotate does not know yet."""
_DIGEST: Final = re.compile(r"([0-9a-f]{64})  (\S+)")
_LAST: Final = re.compile(r"  Last rotated at ([0-9: -]+)")
_STEP: Final = re.compile(
    r"(?:renaming|copying|truncating|removing old log|creating new|compressing log|mailing"
    r"|running script|uncompressing|creating hard link) .*|running \w+ script"
)
_OLDEST: Final = re.compile(
    r"(?:log (\S+) doesn't exist -- won't try to dispose of it|removing old log (\S+))"
)


class LastRotated(Frozen):
    """One log, and when it was rotated last by the words of logrotate."""

    path: Annotated[str, Field(max_length=1024, pattern=r"^/[^\s]+$")]
    last: Annotated[str, Field(pattern=r"^[0-9][0-9: -]{5,30}$|^never$")]


class RotateLogs(BaseOperation):
    """Rotate the logs of one configuration on one host, whether or not they are due."""

    kind: Literal["host.rotate_log"] = "host.rotate_log"
    host: Hostname
    config: Annotated[str, Field(pattern=r"^/etc/logrotate\.d/[A-Za-z0-9][A-Za-z0-9_.-]{0,100}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The digest of the configuration that was read."""
    logs: Annotated[tuple[LastRotated, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        for one in self.logs:
            if why := never_cut(one.path):
                raise ValueError(why)
        return self

    @property
    @override
    def effect(self) -> Effect:
        return Effect.DESTRUCTIVE

    @property
    @override
    def target(self) -> str:
        return f"host/{self.host}{self.config}"

    @property
    @override
    def subject(self) -> str:
        return f"the logs of {self.config} on {self.host}"

    @property
    @override
    def reach(self) -> Reach:
        first, *rest = (f"logs{one.path}" for one in self.logs)
        return Reach(thing=first, also=tuple(rest), host=self.host, count=len(self.logs))

    @override
    def as_text(self) -> str:
        return shlex.join(("ssh", self.host, shlex.join(("logrotate", "-f", self.config))))


class Trial(NamedTuple):
    """What `logrotate -d -f` says that it would do."""

    logs: tuple[LastRotated, ...]
    """Those that it would rotate."""
    steps: tuple[str, ...]
    oldest: tuple[str, ...]
    """The files that would be deleted if there are as many as are kept."""
    error: str
    """The first complaint; empty for none."""

    @property
    def copies(self) -> bool:
        """Whether logs are copied and then cut: what is written in between is lost."""
        return any(one.startswith("truncating ") for one in self.steps)

    @property
    def script(self) -> bool:
        """Whether the configuration has a program run."""
        return any(" script" in one for one in self.steps)


def read_trial(shown: str) -> Trial:
    """Return what a trial has shown."""
    lines = shown.splitlines()
    steps = tuple(line for line in lines if _STEP.fullmatch(line))
    oldest = tuple(found[1] or found[2] for line in lines if (found := _OLDEST.fullmatch(line)))
    error = next((line for line in lines if line.startswith("error:")), "")
    return Trial(tuple(_rotated(lines)), steps, oldest, error)


def last_rotated(shown: str) -> dict[str, str]:
    """Return when each log that a trial has considered was rotated last, due or not."""
    return {path: last for path, last, _ in _considered(shown.splitlines())}


def _rotated(lines: list[str]) -> Iterator[LastRotated]:
    for path, last, due in _considered(lines):
        if due:
            yield LastRotated(path=path, last=last)


def _considered(lines: list[str]) -> Iterator[tuple[str, str, bool]]:
    """Yield the path of each log, when it was rotated last, and whether it would be now."""
    path, last, new = "", "", False
    for line in lines:
        if line.startswith("considering log "):
            path, last, new = line.removeprefix("considering log "), "", False
        elif line == "Creating new state":
            # What it calls the last rotation then is the hour in which it was asked.
            new = True
        elif found := _LAST.fullmatch(line):
            last = NEVER if new else found[1]
        elif path and last and line.startswith("  log "):
            yield path, last, line == "  log needs rotating"
            path = ""


def digest_in(shown: str) -> str:
    """Return the digest that `sha256sum` prints of one file; empty for none."""
    found = _DIGEST.match(shown)
    return found[1] if found else ""


def rotation_facts(digest: str, trial: str) -> dict[str, Any]:
    """Return the facts about a configuration that must still hold when it is used.

    `digest` is what `sha256sum` prints of it, `trial` what `logrotate -d -f` does.
    {"missing": True}: there is no such configuration.
    """
    sha256 = digest_in(digest)
    if not sha256:
        return {"missing": True}
    found = read_trial(trial)
    return {
        "sha256": sha256,
        "rotated": {one.path: one.last for one in found.logs},
        "steps": list(found.steps),
    }
