"""What can be asked of a host: one program, its verb, flags one by one, and operands.

Which verbs, flags and operands a program may be given, and the worst that they do, is told
by the tables of `host_programs`; a call outside of them cannot be made.
"""

import re
import shlex
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseIntent, BaseOperation, Effect, Frozen
from stanch.tools.operations.host_judge import Part, Verdict, judge_change, judge_reading

Hostname = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9._]{0,251}[A-Za-z0-9])?$")]
User = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
_NO_CONTROLS = r"^[^\x00-\x08\x0a-\x1f\x7f]*$"
_NAME = re.compile(r"--?[A-Za-z0-9][A-Za-z0-9_.:+,/-]*|--|\+[A-Za-z0-9]+|[!()]")
_ROOTS = re.compile(r"/(?:host|hostfs|rootfs|sysroot|run/host|mnt(?:/[A-Za-z0-9_-]+)?)")
"""The folders that hold another system, whose programs its owner put there."""
_WORD = r"^[A-Za-z][A-Za-z0-9_.+-]{0,63}$"


class HostPart(Frozen):
    """One argument: a word of the verb, a flag with its dashes and its value, or an operand."""

    role: Literal["verb", "flag", "operand"] = "operand"
    text: Annotated[str, Field(max_length=2000, pattern=_NO_CONTROLS)]
    value: Annotated[str, Field(max_length=2000, pattern=_NO_CONTROLS)] | None = None
    glue: Literal["", "=", " "] = " "
    """What stands between a flag and its value; a blank: they are two words."""
    written: bool = False
    """Whether the value is written out in the runbook, so that no parameter filled it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.role == "operand" and self.text.startswith("-") and self.text != "-":
            raise ValueError(f"an operand cannot be '{self.text[:60]}': it would be a flag")
        if self.role == "flag" and _NAME.fullmatch(self.text) is None:
            raise ValueError(f"'{self.text[:60]}' is not a flag")
        if self.role != "flag" and self.value is not None:
            raise ValueError(f"'{self.text[:60]}' is no flag and has no value")
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the command line that it is."""
        if self.value is None:
            return (self.text,)
        if self.glue == " ":
            return (self.text, self.value)
        return (f"{self.text}{self.glue}{self.value}",)


class Enclosure(Frozen):
    """A container, another root folder or a network namespace that the program runs inside."""

    by: Literal["docker", "podman", "nerdctl", "crictl", "chroot", "netns"]
    name: Annotated[str, Field(pattern=r"^/?[A-Za-z0-9][A-Za-z0-9_./-]{0,255}$")]
    user: User | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name.startswith("/") != (self.by == "chroot") or ".." in self.name:
            raise ValueError(f"'{self.name}' is not the name of what {self.by} enters")
        if self.by == "chroot" and _ROOTS.fullmatch(self.name) is None:
            raise ValueError(f"nobody knows whose programs are under '{self.name[:60]}'")
        if self.user is not None and self.by not in {"docker", "podman", "nerdctl"}:
            raise ValueError(f"{self.by} takes no user")
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """The words that stand before the program."""
        match self.by:
            case "chroot":
                return ("chroot", self.name)
            case "netns":
                return ("ip", "netns", "exec", self.name)
            case _:
                user = ("-u", self.user) if self.user else ()
                return (self.by, "exec", *user, self.name)


class HostCall(Frozen):
    """One program with its arguments, in the order in which they are written."""

    program: Annotated[str, Field(pattern=_WORD)]
    args: tuple[HostPart, ...] = ()
    host: Hostname | None = None
    """The host; None for `hosts`, and for those of the incident while they are not known."""
    hosts: Annotated[tuple[Hostname, ...], Field(max_length=1000)] = ()
    """Several hosts that are asked side by side, in place of one."""
    login: User | None = None
    """The user that the login names; None for the one that is configured."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """The port that the login names; None for the one that is configured."""
    sudo: User | None = None
    """The user that the program runs as, when it is not the login's own."""
    inside: Enclosure | None = None
    seconds: Annotated[int, Field(ge=1, le=3600)] | None = None
    """The time after which it is ended."""

    @model_validator(mode="after")
    def _check_hosts(self) -> Self:
        if self.hosts and self.host is not None:
            raise ValueError("it is for one host or for several, not for both")
        return self

    @property
    def argv(self) -> tuple[str, ...]:
        """The words of the program, its name first; each is quoted when it is sent."""
        return (self.program, *(word for part in self.args for word in part.words))

    @property
    def command(self) -> tuple[str, ...]:
        """The words that are sent to the host: with sudo, the time limit and the container."""
        sudo = () if self.sudo is None else ("sudo", "-n", "-u", self.sudo, "--")
        limit = () if self.seconds is None else ("timeout", str(self.seconds))
        return (*sudo, *limit, *(self.inside.words if self.inside else ()), *self.argv)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The arguments as the tables know them."""
        return tuple(
            Part(one.role, one.text, one.value, one.glue, one.written) for one in self.args
        )

    def as_text(self) -> str:
        """Return the command as a person would type it at a shell; never executed."""
        text = shlex.join(self.command)
        if self.hosts:
            return f"{text}  # on {', '.join(self.hosts)}"
        if self.host is None:
            return text
        port = () if self.port is None else ("-p", str(self.port))
        host = self.host if self.login is None else f"{self.login}@{self.host}"
        return shlex.join(("ssh", *port, host, text))


class HostRead(HostCall, BaseOperation):
    """Run one reading program on a host.

    Data {"stdout": str, "lines": [str, ...], "stderr": str, "exit_status": int or null}; of
    several hosts {"hosts": {name: that}, "not_read": {name: reason}}. `exit_status` is null
    where the output was cut before its end. "signal": str is added where one ended the
    program, and "binary": true where what it printed is not all text.
    """

    kind: Literal["host.read"] = "host.read"

    @model_validator(mode="after")
    def _check_reads(self) -> Self:
        judge_reading(self.program, self.parts, bounded=self.seconds is not None)
        return self

    @property
    @override
    def effect(self) -> Effect:
        return Effect.OBSERVE

    @property
    @override
    def target(self) -> str:
        return f"host/{self.host or ','.join(self.hosts) or '*'}"


class ChangeHost(HostCall, BaseIntent):
    """Intent: run one changing program on a host."""

    kind: Literal["intent.host"] = "intent.host"

    @model_validator(mode="after")
    def _check_changes(self) -> Self:
        judge_change(self.program, self.parts)
        return self

    @property
    @override
    def effect(self) -> Effect:
        return self._verdict.effect

    @property
    @override
    def unbounded(self) -> bool:
        return self._verdict.unbounded

    @property
    def _verdict(self) -> Verdict:
        return judge_change(self.program, self.parts)


HostIntent = ChangeHost
