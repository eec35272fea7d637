"""What a runbook may ask to have changed in a cluster, beside rollbacks, restarts, scaling.

Each intent says what is to be changed: objects by name, or those of resources that labels
select, or those of a file. stanch carries none of these out by itself; their effect is
what policy and people judge them by.
"""

from shlex import quote
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import Effect, Frozen
from stanch.tools.operations.changes import Replicas
from stanch.tools.operations.exec import ExecChange
from stanch.tools.operations.kubernetes_choice import ChangeChosen, ClusterChange, Text, shown
from stanch.tools.operations.kubernetes_names import AnyName, AnyResource, hidden
from stanch.tools.operations.kubernetes_nodes import CordonNodes, DrainNodes, TaintNodes
from stanch.tools.operations.kubernetes_patches import is_final, parsed
from stanch.tools.operations.selectors import LabelKey


class DeleteObjects(ChangeChosen):
    """Intent: delete objects. Nothing brings the same objects back."""

    kind: Literal["intent.delete"] = "intent.delete"
    force: bool = False

    @property
    @override
    def effect(self) -> Effect:
        return Effect.DESTRUCTIVE

    @override
    def as_text(self) -> str:
        return f"kubectl delete {self.chosen}{' --force --grace-period=0' if self.force else ''}"


class PatchObjects(ChangeChosen):
    """Intent: patch objects. What a patch removes, it does not give back."""

    kind: Literal["intent.patch"] = "intent.patch"
    type: Literal["strategic", "merge", "json"] = "strategic"
    patch: Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(shown)]
    """The patch as JSON."""
    subresource: AnyName | None = None

    @model_validator(mode="after")
    def _a_patch(self) -> "PatchObjects":
        parsed(self.patch, self.type)
        if any(map(hidden, (*self.resources, *(one.resource for one in self.objects)))):
            raise ValueError("a patch of a Secret would put its values on record")
        return self

    @property
    @override
    def effect(self) -> Effect:
        # A container that is added runs whatever its image holds, and cannot be taken away.
        debugs = self.subresource == "ephemeralcontainers"
        final = debugs or is_final(parsed(self.patch, self.type), self.type)
        return Effect.DESTRUCTIVE if final else Effect.MUTATE

    @override
    def as_text(self) -> str:
        sub = f" --subresource={self.subresource}" if self.subresource else ""
        return f"kubectl patch {self.chosen} --type={self.type}{sub} -p {quote(self.patch)}"


class Assignment(Frozen):
    """A label or annotation and its new value."""

    key: LabelKey
    value: Text

    def as_text(self) -> str:
        """Return the assignment as kubectl takes it."""
        return quote(f"{self.key}={self.value}")


_LOSES: Final = ("delet", "destroy", "wipe", "purge")
"""What the name of a label or annotation holds by which a controller deletes something."""


class _Marks(ChangeChosen):
    assign: tuple[Assignment, ...] = ()
    remove: tuple[LabelKey, ...] = ()

    @model_validator(mode="after")
    def _something_to_do(self) -> "_Marks":
        if not self.assign and not self.remove:
            raise ValueError("nothing is assigned and nothing is removed")
        return self

    @property
    @override
    def effect(self) -> Effect:
        keys = (*(one.key for one in self.assign), *self.remove)
        final = any(word in key.lower() for key in keys for word in _LOSES)
        return Effect.DESTRUCTIVE if final else Effect.MUTATE

    def _text(self, verb: str) -> str:
        marks = [one.as_text() for one in self.assign] + [f"{key}-" for key in self.remove]
        return f"kubectl {verb} {self.chosen} {' '.join(marks)}"


class LabelObjects(_Marks):
    """Intent: set or remove labels."""

    kind: Literal["intent.label"] = "intent.label"

    @override
    def as_text(self) -> str:
        return self._text("label")


class AnnotateObjects(_Marks):
    """Intent: set or remove annotations."""

    kind: Literal["intent.annotate"] = "intent.annotate"

    @override
    def as_text(self) -> str:
        return self._text("annotate")


class SetField(ChangeChosen):
    """Intent: set a part of a workload: its images, environment, resources and the like."""

    kind: Literal["intent.set"] = "intent.set"
    part: Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,30}$")]
    values: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _nothing_secret(self) -> "SetField":
        if any(map(hidden, (*self.resources, *(one.resource for one in self.objects)))):
            raise ValueError("the values of a Secret would be put on record")
        return self

    @override
    def as_text(self) -> str:
        return f"kubectl set {self.part} {self.chosen} {' '.join(map(quote, self.values))}".rstrip()


class ScaleObjects(ChangeChosen):
    """Intent: set the number of replicas of workloads."""

    kind: Literal["intent.scale_objects"] = "intent.scale_objects"
    replicas: Replicas
    current: Replicas | None = None
    """How many there are to be before; with another number nothing is done."""

    @override
    def as_text(self) -> str:
        now = "" if self.current is None else f" --current-replicas={self.current}"
        return f"kubectl scale {self.chosen}{now} --replicas={self.replicas}"


class Autoscale(ChangeChosen):
    """Intent: put workloads under an autoscaler."""

    kind: Literal["intent.autoscale"] = "intent.autoscale"
    least: Replicas | None = None
    most: Replicas
    cpu: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """The share of the requested CPU, in per cent, that it is to keep."""
    named: AnyName | None = None
    """The name of the autoscaler, where it is not that of the workload."""

    @override
    def as_text(self) -> str:
        least = "" if self.least is None else f" --min={self.least}"
        cpu = "" if self.cpu is None else f" --cpu={self.cpu}%"
        named = "" if self.named is None else f" --name={self.named}"
        return f"kubectl autoscale {self.chosen}{least} --max={self.most}{cpu}{named}"


class Rollout(ChangeChosen):
    """Intent: restart, pause, resume or take back the rollout of workloads."""

    kind: Literal["intent.rollout"] = "intent.rollout"
    action: Literal["restart", "pause", "resume", "undo", "latest", "cancel", "retry"]
    to_revision: Annotated[int, Field(ge=1)] | None = None

    @override
    def as_text(self) -> str:
        to = f" --to-revision={self.to_revision}" if self.to_revision else ""
        return f"kubectl rollout {self.action} {self.chosen}{to}"


class ApplyFiles(ClusterChange):
    """Intent: create objects from manifests, or make objects like them."""

    kind: Literal["intent.apply"] = "intent.apply"
    verb: Literal["apply", "create", "replace"]
    files: Annotated[tuple[Text, ...], Field(min_length=1)]
    folder: bool = False
    """Whether a kustomization is meant."""
    namespace: AnyName | None = None
    prune: bool = False
    """Delete what is no longer in the manifests."""
    force: bool = False
    """Delete and create again what cannot be changed."""

    @property
    @override
    def effect(self) -> Effect:
        return Effect.DESTRUCTIVE if self.prune or self.force else Effect.MUTATE

    @override
    def as_text(self) -> str:
        flag = "-k" if self.folder else "-f"
        files = " ".join(f"{flag} {quote(file)}" for file in self.files)
        there = f" -n {self.namespace}" if self.namespace else ""
        more = f"{' --prune' if self.prune else ''}{' --force' if self.force else ''}"
        return f"kubectl {self.verb} {files}{there}{more}"


class CreateObject(ClusterChange):
    """Intent: create one object from the words of a command. Values of Secrets are not kept."""

    kind: Literal["intent.create"] = "intent.create"
    resource: AnyResource
    words: tuple[Text, ...] = ()
    namespace: AnyName | None = None

    @model_validator(mode="after")
    def _nothing_secret(self) -> "CreateObject":
        if not hidden(self.resource):
            return self
        if self.resource.partition(".")[0] not in {"secret", "secrets"}:
            raise ValueError("a token is a credential, and none is made")
        if any(word.startswith("-") and not word.endswith("=...") for word in self.words):
            raise ValueError("the values of a Secret are not kept")
        return self

    @override
    def as_text(self) -> str:
        there = f" -n {self.namespace}" if self.namespace else ""
        words = map(quote, self.words)
        return " ".join(("kubectl create", self.resource, *words)) + there


KubernetesIntent = (
    DeleteObjects
    | PatchObjects
    | LabelObjects
    | AnnotateObjects
    | SetField
    | ScaleObjects
    | Autoscale
    | Rollout
    | CordonNodes
    | DrainNodes
    | TaintNodes
    | ApplyFiles
    | CreateObject
    | ExecChange
)
