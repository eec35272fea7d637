"""The resources that a cluster serves, and which of them a name means.

A name is looked up as kubectl does: plural, singular, kind or short name, with the group
behind a dot. What was found is kept for as long as the client; a name that is not in it
is looked for once more, because a resource may be new.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from stanch.tools.clients.kubernetes.kinds import KINDS, Kind
from stanch.tools.clients.kubernetes.requests import Request
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations.kubernetes_names import canonical, hidden

_ROOT = Kind("")


class NotServedError(OperationRefusedError):
    """The cluster has no resource of that name."""


@dataclass(frozen=True, slots=True)
class Served:
    """One resource as the server lists it."""

    kind: Kind
    singular: str
    short: tuple[str, ...]
    verbs: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """All names that it goes by, in small letters."""
        return frozenset(
            name.lower() for name in (self.kind.plural, self.singular, self.kind.name, *self.short)
        )


@dataclass(slots=True)
class _Version:
    """A group in one version, and whether it is the one that the server prefers."""

    group: str
    version: str
    preferred: bool

    @property
    def path(self) -> str:
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


@dataclass(slots=True)
class Catalog:
    """What one cluster serves; shared by the operations of a client."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _versions: tuple[_Version, ...] = ()
    _served: dict[str, tuple[Served, ...]] = field(default_factory=dict)
    """What is served, by the path of a group and version."""

    def find(self, resource: str, visit: Visit) -> Kind:
        """Return the resource that goes by the name `resource`.

        Raises:
            NotServedError: there is none.
            OperationRefusedError: its objects hold credentials.
        """
        _check_readable(resource)
        name = canonical(resource)
        found = KINDS.get(name) or self._look_up(name, visit)
        if found is None:
            raise NotServedError(
                f"The cluster serves no resource '{resource}'. "
                "List what it serves: kubectl api-resources."
            )
        _check_readable(found.right)
        return found

    def versions(self, visit: Visit) -> list[str]:
        """Return all groups and versions, as apiVersion names them."""
        found = self._read_versions(visit)
        return sorted(f"{one.group}/{one.version}" if one.group else one.version for one in found)

    def everything(self, visit: Visit) -> list[Served]:
        """Return every resource in the preferred version of its group."""
        wanted = [one for one in self._read_versions(visit) if one.preferred]
        return self._read(wanted, visit)

    def _look_up(self, name: str, visit: Visit) -> Kind | None:
        base, _, group = name.partition(".")
        known = bool(self._versions)
        for fresh in (False, True) if known else (True,):
            versions = self._read_versions(visit) if fresh else self._versions
            if fresh:
                with self._lock:
                    self._served.clear()
            for preferred in (True, False):
                some = [one for one in versions if one.preferred is preferred and _in(one, group)]
                for served in self._read(some, visit):
                    if base in served.names:
                        return served.kind
        return None

    def _read_versions(self, visit: Visit) -> tuple[_Version, ...]:
        core, groups = visit.side_by_side(
            partial(visit.read_json, _at("/api")), partial(visit.read_json, _at("/apis"))
        )
        found = [_Version("", str(one), preferred=True) for one in core.get("versions") or ()]
        for group in groups.get("groups") or ():
            best = (group.get("preferredVersion") or {}).get("version")
            found += [
                _Version(str(group["name"]), str(one["version"]), one["version"] == best)
                for one in group.get("versions") or ()
            ]
        self._versions = tuple(found)
        return self._versions

    def _read(self, versions: Sequence[_Version], visit: Visit) -> list[Served]:
        with self._lock:
            missing = [one for one in versions if one.path not in self._served]
        if missing:
            pages = visit.side_by_side(*(partial(_page, one, visit) for one in missing))
            with self._lock:
                for one, page in zip(missing, pages, strict=True):
                    if page is not None:
                        self._served[one.path] = page
        return [served for one in versions for served in self._served.get(one.path, ())]


def _page(version: _Version, visit: Visit) -> tuple[Served, ...] | None:
    """Return what a group serves; None when its own server, beside the cluster's, is down."""
    try:
        answer = visit.read_json(_at(version.path))
    except OperationRefusedError:
        return None
    return tuple(_listed(version, answer.get("resources") or ()))


def _listed(version: _Version, rows: Iterable[dict[str, Any]]) -> Iterable[Served]:
    for row in rows:
        plural = str(row["name"])
        if "/" in plural:
            continue
        kind = Kind(
            plural,
            str(row.get("group") or version.group),
            str(row.get("version") or version.version),
            namespaced=bool(row.get("namespaced")),
            name=str(row.get("kind", "")),
        )
        short = tuple(map(str, row.get("shortNames") or ()))
        verbs = tuple(map(str, row.get("verbs") or ()))
        yield Served(kind, str(row.get("singularName") or ""), short, verbs)


def _in(version: _Version, group: str) -> bool:
    return not group or group in {version.group, f"{version.version}.{version.group}".rstrip(".")}


def _at(path: str) -> Request:
    return Request(verb="get", kind=_ROOT, namespace=None, address=path)


def _check_readable(resource: str) -> None:
    if hidden(resource):
        raise OperationRefusedError(f"Secrets are never read, and '{resource}' holds such.")
