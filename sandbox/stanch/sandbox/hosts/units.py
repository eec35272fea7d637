"""The units of systemd on a machine: what each starts, and the state that it is in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from stanch.sandbox.hosts.disks import Tree
from stanch.sandbox.hosts.processes import Program

Active: TypeAlias = Literal["active", "inactive", "failed", "activating"]
Check: TypeAlias = Callable[[Tree], str]
"""Returns why the program would not start with these files; empty when it would."""


def no_objection(files: Tree) -> str:
    """Let the program start."""
    del files
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSpec:
    """A service unit as its file describes it."""

    name: str
    about: str
    program: Program
    kind: str = "simple"
    check: Check = no_objection
    """What keeps it from starting, such as a configuration that cannot be used."""
    sets_clock: bool = False
    """Whether it puts the clock right when it starts, and keeps it so."""
    docs: str = ""


@dataclass(slots=True, eq=False)
class Unit:
    """One unit and its state."""

    spec: UnitSpec
    active: Active = "inactive"
    sub: str = "dead"
    invocation: str = ""
    main_pid: int = 0
    last_pid: int = 0
    since: float = 0.0
    """When it came into this state, by the machine's own clock."""
    result: str = "success"
    status: tuple[str, int] = ("exited", 0)
    """How the main process ended: exited or killed, with code or signal."""
    restarts: int = 0
    used_seconds: float = 0.0
    """Processor time of the run before, shown when it has ended."""

    @property
    def name(self) -> str:
        """Its full name, with the suffix."""
        return self.spec.name

    @property
    def fragment(self) -> str:
        """Where its file lies."""
        return f"/lib/systemd/system/{self.spec.name.partition('@')[0]}" + (
            "@.service" if "@" in self.spec.name else ""
        )
