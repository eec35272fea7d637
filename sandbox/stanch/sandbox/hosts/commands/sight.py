"""What one user sees of one machine at one moment: what every command is answered from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stanch.sandbox.hosts.certificates import Chain
from stanch.sandbox.hosts.machine import Machine


def _nobody(name: str) -> Chain | None:
    del name
    return None


@dataclass(frozen=True, slots=True)
class Sight:
    """A machine as one login sees it."""

    machine: Machine
    user: str
    true: float
    """The true Unix time of the simulation; the machine's own clock may show another."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the names of the network lead to."""
    chain: Callable[[str], Chain | None] = _nobody
    """Returns what the TLS server of a name shows of itself."""
    root: bool = False
    """Whether it was asked with sudo."""
    acting: str = ""
    """The user that sudo has made of the login; empty without sudo."""

    def may_act_as(self, owner: str) -> bool:
        """Return whether it may change what belongs to `owner`: only the operator may at all."""
        return self.user == "operator" and (self.acting or self.user) in {"root", owner}

    @property
    def now(self) -> float:
        """What the machine's own clock shows, in Unix seconds."""
        return self.machine.clock.now(self.true)

    @property
    def moment(self) -> datetime:
        """What the machine's own clock shows; its zone is UTC."""
        return datetime.fromtimestamp(self.now, UTC)

    @property
    def up(self) -> float:
        """The seconds since the machine was started."""
        return self.true - self.machine.booted
