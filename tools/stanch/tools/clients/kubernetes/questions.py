"""Questions to the API server about itself and about rights; nothing is stored by them."""

from typing import Any

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.catalog import Catalog, Served
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import Kind
from stanch.tools.clients.kubernetes.requests import NotFoundError, Request
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations.kubernetes_names import BUILT_IN, canonical
from stanch.tools.operations.kubernetes_server import CanI, ListApiResources

_RIGHTS = "authorization.k8s.io"
_ROOT = Kind("")


def version(visit: Visit) -> Found:
    """Return the version of the server."""
    request = Request(verb="get", kind=_ROOT, namespace=None, address="/version")
    server = visit.read_json(request)
    return Found(
        {"server": server}, f"the API server is {server.get('gitVersion', 'of no version')}"
    )


def api_versions(catalog: Catalog, visit: Visit) -> Found:
    """Return the groups and versions of the API."""
    found = catalog.versions(visit)
    return Found({"items": found}, f"{len(found)} versions of the API")


def api_resources(operation: ListApiResources, catalog: Catalog, visit: Visit, cap: Cap) -> Found:
    """Return the resources of the API that are asked for."""
    rows = [_row(one) for one in catalog.everything(visit) if _asked(one, operation)]
    rows.sort(key=lambda row: (row["group"], row["name"]))
    found = cap.first(rows)
    return Found({"items": found}, f"{len(found)} resources of the API", cap.truncated)


def _asked(one: Served, operation: ListApiResources) -> bool:
    return (
        (operation.group is None or one.kind.group == operation.group)
        and (operation.namespaced is None or one.kind.namespaced == operation.namespaced)
        and set(operation.verbs) <= set(one.verbs)
    )


def _row(one: Served) -> dict[str, Any]:
    return {
        "name": one.kind.plural,
        "short": list(one.short),
        "group": one.kind.group,
        "version": one.kind.version,
        "kind": one.kind.name,
        "namespaced": one.kind.namespaced,
        "verbs": list(one.verbs),
    }


def whoami(visit: Visit) -> Found:
    """Return who the reader is to the server.

    Raises:
        OperationRefusedError: the server is too old to say.
    """
    for api in ("v1", "v1beta1", "v1alpha1"):
        try:
            answer = _review(visit, "authentication.k8s.io", "SelfSubjectReview", {}, api=api)
        except NotFoundError:
            continue
        who = (answer.get("status") or {}).get("userInfo") or {}
        data = {key: who.get(key) for key in ("username", "uid")}
        return Found({**data, "groups": who.get("groups") or []}, f"user {who.get('username')}")
    raise OperationRefusedError(
        "The cluster does not say who asks: its version is older than 1.27. "
        "Ask what is allowed instead: kubectl auth can-i --list."
    )


def can_i(operation: CanI, catalog: Catalog, visit: Visit, cap: Cap) -> Found:
    """Return whether something is allowed, or all that is.

    Raises:
        OperationRefusedError: all rights of somebody else are asked for.
    """
    if operation.list_all:
        return _rules(operation, visit, cap)
    spec: dict[str, Any] = _attributes(operation, catalog, visit)
    kind = "SelfSubjectAccessReview"
    if operation.user or operation.groups:
        kind = "SubjectAccessReview"
        spec |= {"user": operation.user or "", "groups": list(operation.groups)}
    status = _review(visit, _RIGHTS, kind, spec).get("status") or {}
    allowed = bool(status.get("allowed"))
    data = {"allowed": allowed, "reason": str(status.get("reason") or "")}
    return Found(data, "yes" if allowed else "no")


def _rules(operation: CanI, visit: Visit, cap: Cap) -> Found:
    if operation.user or operation.groups:
        raise OperationRefusedError(
            "Only one's own rights can be listed without acting as somebody else. "
            "Ask about one verb and resource instead."
        )
    spec = {"namespace": operation.namespace or "default"}
    status = _review(visit, _RIGHTS, "SelfSubjectRulesReview", spec).get("status") or {}
    rules = cap.first(status.get("resourceRules") or [])
    data = {"rules": rules, "incomplete": bool(status.get("incomplete"))}
    return Found(data, f"{len(rules)} rules", cap.truncated)


def _attributes(operation: CanI, catalog: Catalog, visit: Visit) -> dict[str, Any]:
    named = operation.resource or ""
    if named.startswith("/"):
        return {"nonResourceAttributes": {"path": named, "verb": operation.verb}}
    resource, _, name = named.partition("/")
    asked = {
        "verb": operation.verb,
        "name": name,
        "subresource": operation.subresource or "",
        "namespace": operation.namespace or "",
        **_served(resource, catalog, visit),
    }
    return {"resourceAttributes": {key: value for key, value in asked.items() if value}}


def _served(resource: str, catalog: Catalog, visit: Visit) -> dict[str, str]:
    """Return resource and group as rights name them; what is not served is asked for as it is."""
    plural = canonical(resource)
    if plural in BUILT_IN:
        return {"resource": plural, "group": BUILT_IN[plural].group}
    base, _, group = plural.partition(".")
    if group or base == "*" or base.startswith("secret"):
        # The right to a Secret may be asked for; its name is never looked up to be read.
        return {"resource": "secrets" if base == "secret" else base, "group": group}
    try:
        kind = catalog.find(plural, visit)
    except OperationRefusedError:
        return {"resource": base, "group": group}
    return {"resource": kind.plural, "group": kind.group}


def _review(
    visit: Visit, group: str, kind: str, spec: dict[str, Any], *, api: str = "v1"
) -> dict[str, Any]:
    body: dict[str, Any] = {"apiVersion": f"{group}/{api}", "kind": kind}
    if spec:
        body["spec"] = spec
    where = Kind(f"{kind.lower()}s", group, api, namespaced=False)
    return visit.read_json(Request(verb="ask", kind=where, namespace=None, body=body))
