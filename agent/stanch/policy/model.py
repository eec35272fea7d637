"""The standing rules of one deployment, as data."""

from typing import Annotated, Literal

from pydantic import Field

from stanch.policy.reads import Reads
from stanch.tools.operations import DnsLabel, Frozen, digest_of

Kind = Literal["kubernetes.roll_back", "kubernetes.restart", "kubernetes.scale"]
Person = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$")]


class Changes(Frozen):
    """Which changes may be asked for at all; what is not listed is denied."""

    kinds: tuple[Kind, ...] = ()
    namespaces: tuple[DnsLabel, ...] = ()
    max_replicas: Annotated[int, Field(ge=0, le=10_000)] = 20
    max_factor: Annotated[float, Field(ge=1, le=100)] = 3.0
    """A scale may not multiply or divide the replicas by more than this."""


class Approval(Frozen):
    """Who may say yes to a change, and for how long the yes holds."""

    people: tuple[Person, ...] = ()
    expires_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 15.0


class Policy(Frozen):
    """The rules of one deployment, read anew by every run and before every change.

    Without a file nothing may be changed and nobody may approve: the rules grant, and
    their absence grants nothing.
    """

    version: Literal[1] = 1
    reads: Reads = Reads()
    changes: Changes = Changes()
    approval: Approval = Approval()
    forbidden_namespaces: tuple[DnsLabel, ...] = ("kube-system", "kube-public", "kube-node-lease")
    """Never changed, whatever `changes` says."""

    @property
    def sha256(self) -> str:
        """The digest of these rules, bound into every approval."""
        return digest_of(self.model_dump(mode="json"))
