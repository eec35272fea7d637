"""One request to a resource, read from its method, path and query."""

from collections.abc import Mapping
from dataclasses import dataclass

from stanch.sandbox.cluster import kinds
from stanch.sandbox.cluster.access import Ask
from stanch.sandbox.cluster.kinds import Kind
from stanch.sandbox.cluster.status import ApiError, bad_request, no_such_path

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_TRUE = {"true", "1", "True", "t", "T", "TRUE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a path points to; `plural` may name a resource that is not served."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    part: str = ""

    @property
    def kind(self) -> Kind | None:
        """The kind that is served there."""
        return kinds.served(self.group, self.version, plural=self.plural)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request: where to, what for, and its query."""

    address: Address
    verb: str
    query: Mapping[str, str]
    accept: str = ""
    agent: str = ""

    @property
    def kind(self) -> Kind:
        """The kind that the call is about.

        Raises:
            ApiError: it is not served (404).
        """
        kind = self.address.kind
        if kind is None:
            raise no_such_path()
        return kind

    @property
    def as_table(self) -> bool:
        """Whether the client prefers rows to objects."""
        first = self.accept.partition(",")[0]
        return "as=Table" in first

    @property
    def dry_run(self) -> bool:
        """Whether nothing may be kept."""
        value = self.query.get("dryRun", "")
        if value not in {"", "All"}:
            text = f'dryRun: Unsupported value: "{value}": supported values: "All"'
            field, _, sentence = text.partition(": ")
            cause = {"reason": "FieldValueNotSupported", "message": sentence, "field": field}
            details = {"causes": [cause]}
            raise ApiError(422, "Invalid", message=f" is invalid: {text}", details=details)
        return value == "All"

    def flag(self, name: str) -> bool:
        """Return a query value that is true or false."""
        return self.query.get(name, "") in _TRUE

    def number(self, name: str) -> int | None:
        """Return a query value that is a number, if it is given.

        Raises:
            ApiError: it is not a number (400).
        """
        text = self.query.get(name, "")
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise bad_request(
                f'unable to convert query parameter {name}: "{text}" is not a number'
            ) from None

    @property
    def ask(self) -> Ask:
        """What the call needs the right for."""
        address = self.address
        resource = f"{address.plural}/{address.part}" if address.part else address.plural
        namespace = address.namespace
        if address.plural == "namespaces" and not address.group:
            namespace = address.name
        return Ask(
            verb=self.verb,
            group=address.group,
            resource=resource,
            namespace=namespace,
            name=address.name,
        )


def address(path: str) -> Address | None:
    """Read the path of a resource; None when it is the path of something else."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in {"status", "finalize"}:
        namespace, rest = rest[1], rest[2:]
    if len(rest) > 3:
        return None
    padded = [*rest, "", ""]
    return Address(
        group=group,
        version=version,
        plural=padded[0],
        namespace=namespace,
        name=padded[1],
        part=padded[2],
    )


def verb(method: str, *, named: bool, watching: bool) -> str:
    """Return the verb that RBAC knows for an HTTP method."""
    if method in {"GET", "HEAD"}:
        return "get" if named else ("watch" if watching else "list")
    if method == "DELETE":
        return "delete" if named else "deletecollection"
    return _VERBS.get(method, method.lower())
