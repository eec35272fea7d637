"""What an API server says of itself: its version, its resources, and what one may do there."""

from shlex import quote
from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import DnsLabel
from stanch.tools.operations.kubernetes import ClusterRead
from stanch.tools.operations.kubernetes_names import AnyName

_Word = Annotated[
    str, Field(pattern=r"^(\*|[A-Za-z0-9*/]([-A-Za-z0-9_.:*/]{0,251}[A-Za-z0-9*/])?)$")
]


class _OfServer(ClusterRead):
    @property
    @override
    def target(self) -> str:
        return "kubernetes/*"


class ReadVersion(_OfServer):
    """Read the version of the API server: data {"server": {"gitVersion", "platform", ...}}."""

    kind: Literal["kubernetes.version"] = "kubernetes.version"

    @override
    def as_text(self) -> str:
        return "kubectl version"


class ListApiVersions(_OfServer):
    """List the groups and versions of the API: data {"items": ["apps/v1", ...]}."""

    kind: Literal["kubernetes.api_versions"] = "kubernetes.api_versions"

    @override
    def as_text(self) -> str:
        return "kubectl api-versions"


class ListApiResources(_OfServer):
    """List the resources of the API, in the preferred version of each group.

    Data {"items": [{"name", "short": [...], "group", "version", "kind", "namespaced": bool,
    "verbs": [...]}, ...]}; `group` and `namespaced` narrow it.
    """

    kind: Literal["kubernetes.api_resources"] = "kubernetes.api_resources"
    group: Annotated[str, Field(pattern=r"^[a-z0-9]*([-a-z0-9.]{0,250}[a-z0-9])?$")] | None = None
    namespaced: bool | None = None
    verbs: tuple[Annotated[str, Field(pattern=r"^[a-z]{1,30}$")], ...] = ()

    @override
    def as_text(self) -> str:
        group = f" --api-group={self.group}" if self.group is not None else ""
        scope = "" if self.namespaced is None else f" --namespaced={str(self.namespaced).lower()}"
        verbs = f" --verbs={','.join(self.verbs)}" if self.verbs else ""
        return f"kubectl api-resources{group}{scope}{verbs}"


class WhoAmI(_OfServer):
    """Ask who the reader is to the server: data {"username", "uid", "groups": [...]}."""

    kind: Literal["kubernetes.whoami"] = "kubernetes.whoami"

    @override
    def as_text(self) -> str:
        return "kubectl auth whoami"


class CanI(_OfServer):
    """Ask whether something is allowed, without doing it.

    Data {"allowed": bool, "reason": str}; with `list_all` {"rules": [{"verbs",
    "apiGroups", "resources", "resourceNames"}, ...], "incomplete": bool}. `user` and
    `groups` ask it about somebody else; nothing is done in their name.
    """

    kind: Literal["kubernetes.can_i"] = "kubernetes.can_i"
    verb: _Word | None = None
    resource: _Word | None = None
    """The resource, TYPE/NAME, or the path of an address that is no resource."""
    subresource: AnyName | None = None
    namespace: DnsLabel | None = None
    """None for all namespaces, or for what is in none."""
    list_all: bool = False
    user: (
        Annotated[str, Field(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.:@]{0,251}[A-Za-z0-9])?$")] | None
    ) = None
    groups: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][-A-Za-z0-9_.:]{0,252}$")], ...] = ()

    @model_validator(mode="after")
    def _one_question(self) -> "CanI":
        if self.list_all == (self.verb is not None) or (self.verb is None) != (
            self.resource is None
        ):
            raise ValueError("one verb and resource is asked for, or all of them")
        return self

    @override
    def as_text(self) -> str:
        asked = [quote(word) for word in (self.verb, self.resource) if word is not None]
        what = " " + " ".join(asked or ["--list"])
        sub = f" --subresource={self.subresource}" if self.subresource else ""
        there = " -A" if self.namespace is None else f" -n {self.namespace}"
        who = f" --as={self.user}" if self.user else ""
        groups = "".join(f" --as-group={group}" for group in self.groups)
        return f"kubectl auth can-i{what}{sub}{there}{who}{groups}"
