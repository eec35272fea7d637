"""What a runbook may ask to have changed about nodes."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import Effect, Frozen
from stanch.tools.operations.kubernetes_choice import ChangeChosen
from stanch.tools.operations.selectors import LabelKey


class CordonNodes(ChangeChosen):
    """Intent: keep new pods off nodes, or let them on again."""

    kind: Literal["intent.cordon"] = "intent.cordon"
    lift: bool = False

    @override
    def as_text(self) -> str:
        return f"kubectl {'uncordon' if self.lift else 'cordon'} {self.chosen}"


class DrainNodes(ChangeChosen):
    """Intent: evict the pods of nodes; local data of theirs and pods without owner are lost."""

    kind: Literal["intent.drain"] = "intent.drain"
    force: bool = False
    local_data: bool = False
    """Whether pods go whose volumes of type emptyDir are lost with them."""

    @property
    @override
    def effect(self) -> Effect:
        return Effect.DESTRUCTIVE

    @override
    def as_text(self) -> str:
        force = " --force" if self.force else ""
        local = " --delete-emptydir-data" if self.local_data else ""
        return f"kubectl drain {self.chosen}{force}{local}"


class Taint(Frozen):
    """A taint to be set, or to be removed."""

    key: LabelKey
    value: Annotated[str, Field(pattern=r"^[-A-Za-z0-9_.]{0,63}$")] = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    remove: bool = False

    def as_text(self) -> str:
        """Return the taint as kubectl takes it."""
        value = f"={self.value}" if self.value else ""
        effect = f":{self.effect}" if self.effect else ""
        return f"{self.key}{value}{effect}{'-' if self.remove else ''}"


class TaintNodes(ChangeChosen):
    """Intent: taint nodes. NoExecute evicts the pods that are there."""

    kind: Literal["intent.taint"] = "intent.taint"
    taints: Annotated[tuple[Taint, ...], Field(min_length=1)]

    @property
    @override
    def effect(self) -> Effect:
        evicts = any(one.effect == "NoExecute" and not one.remove for one in self.taints)
        return Effect.DESTRUCTIVE if evicts else Effect.MUTATE

    @override
    def as_text(self) -> str:
        return f"kubectl taint {self.chosen} {' '.join(one.as_text() for one in self.taints)}"
