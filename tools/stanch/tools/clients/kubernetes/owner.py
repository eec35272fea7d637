"""Who keeps an object: its marks, and what the tool that keeps it says of putting things back."""

from collections.abc import Iterator
from typing import Any, Final

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.catalog import Catalog
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import AUTOSCALERS, OLD_AUTOSCALERS, Kind
from stanch.tools.clients.kubernetes.requests import NoRightError, NotFoundError
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.errors import OperationRefusedError, ToolError
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.owner_marks import TELLING, Mark, mark_of, writers_of

APPLICATIONS: Final = Kind("applications", "argoproj.io", "v1alpha1", name="Application")
USUAL_NAMESPACE: Final = "argocd"
"""Where Argo CD keeps its applications unless it was told otherwise."""
_ROOM: Final = 64 * 1024 * 1024
_KEPT: Final = ("name", "namespace", "uid", "ownerReferences")
_POLICY: Final = (
    *("syncPolicy", "suspend", "interval", "driftDetection", "sourceRef", "chart", "path"),
    *("project", "destination"),
)
"""What of a keeper's spec says whether and when it puts things back, and from where."""


def inspect(operation: InspectOwner, catalog: Catalog, visit: Visit) -> Found:
    """Return the marks of the object, and what says whether a direct change is put back."""
    kind = catalog.find(operation.resource, visit)
    namespace = operation.namespace if kind.namespaced else None
    thing = _thing(kind, namespace, operation.name, visit)
    head = {"metadata": owner_metadata(thing)}
    mark = mark_of(head["metadata"])
    whom = f"{mark.tool} {mark.name}".strip()
    data = {"object": head, **keeper_of(thing, catalog, visit)}
    return Found(data, f"{operation.resource}/{operation.name} is kept by {whom}")


def _thing(kind: Kind, namespace: str | None, name: str, visit: Visit) -> dict[str, Any]:
    try:
        return visit.get(kind, namespace, name)
    except NotFoundError:
        # Clusters before 1.23 know autoscalers only in their first version.
        if kind != AUTOSCALERS:
            raise
        return visit.get(OLD_AUTOSCALERS, namespace, name)


def keeper_of(thing: dict[str, Any], catalog: Catalog, visit: Visit) -> dict[str, Any]:
    """Return {"keeper": object}, {"unread": why}, or nothing where no tool keeps the object."""
    mark = mark_of(owner_metadata(thing))
    try:
        keeper = _keeper(mark, thing, catalog, visit)
    except ToolError as error:
        return {"unread": str(error)}
    return {} if keeper is None else {"keeper": keeper}


def owner_metadata(thing: dict[str, Any]) -> dict[str, Any]:
    """Return what of an object's metadata names its owner; no value of anything else."""
    metadata = thing["metadata"]
    told: dict[str, Any] = {key: metadata[key] for key in _KEPT if key in metadata}
    for part in ("labels", "annotations"):
        kept = {key: value for key, value in (metadata.get(part) or {}).items() if key in TELLING}
        told |= {part: kept} if kept else {}
    return told | {"managers": sorted(writers_of(metadata))}


def _keeper(
    mark: Mark, thing: dict[str, Any], catalog: Catalog, visit: Visit
) -> dict[str, Any] | None:
    match mark.tool:
        case "argo" if mark.name:
            return _narrow(application(mark.name, mark.namespace or None, visit, keeps=thing))
        case "flux" | "flux-helm" if mark.name:
            named = "kustomizations.kustomize" if mark.tool == "flux" else "helmreleases.helm"
            kind = catalog.find(f"{named}.toolkit.fluxcd.io", visit)
            where = mark.namespace or thing["metadata"].get("namespace")
            return _narrow(visit.get(kind, where, mark.name))
        case "argo" | "flux" | "flux-helm":
            raise OperationRefusedError("The object does not name what it is kept by.")
        case _:
            return None


def application(
    name: str, namespace: str | None, visit: Visit, *, keeps: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the Application of Argo CD called `name`, wherever it is when not told.

    Raises:
        NotFoundError: there is none.
        OperationRefusedError: there are several, and none of them lists `keeps`.
    """
    if namespace is not None:
        return visit.get(APPLICATIONS, namespace, name)
    cap = Cap(_ROOM)
    try:
        found = list(visit.items(APPLICATIONS, None, fields=f"metadata.name={name}", cap=cap))
    except NoRightError:
        return visit.get(APPLICATIONS, USUAL_NAMESPACE, name)
    if len(found) > 1 and keeps is not None:
        found = [one for one in found if _lists(one, keeps)] or found
    if not found:
        raise NotFoundError(f"There is no application {name} of Argo CD.", "not found")
    if len(found) > 1:
        places = ", ".join(sorted(str(one["metadata"].get("namespace")) for one in found))
        raise OperationRefusedError(
            f"There is an application {name} in several namespaces ({places}). Say which: "
            "--app-namespace NAMESPACE."
        )
    return found[0]


def _lists(keeper: dict[str, Any], thing: dict[str, Any]) -> bool:
    metadata = thing["metadata"]
    wanted = (thing.get("kind"), metadata.get("namespace"), metadata.get("name"))
    return wanted in set(_resources(keeper))


def _resources(keeper: dict[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
    for one in (keeper.get("status") or {}).get("resources") or ():
        yield one.get("kind"), one.get("namespace"), one.get("name")


def _narrow(keeper: dict[str, Any]) -> dict[str, Any]:
    spec = keeper.get("spec") or {}
    return {
        "apiVersion": keeper.get("apiVersion", ""),
        "kind": keeper.get("kind", ""),
        "metadata": owner_metadata(keeper),
        "spec": {key: spec[key] for key in _POLICY if key in spec},
    }
