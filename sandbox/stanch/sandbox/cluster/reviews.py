"""Questions of a user about itself: may I do this, and who am I."""

from typing import Any

from starlette.responses import JSONResponse, Response

from stanch.sandbox.cluster import access
from stanch.sandbox.cluster.access import Ask
from stanch.sandbox.cluster.call import Address
from stanch.sandbox.cluster.status import bad_request

_ACCESS = ("authorization.k8s.io", "v1", "selfsubjectaccessreviews")
_SELF = ("authentication.k8s.io", "v1", "selfsubjectreviews")


def is_review(address: Address) -> bool:
    """Tell whether this is the address of such a question."""
    return (address.group, address.version, address.plural) in {_ACCESS, _SELF}


def respond(user: str, address: Address, question: dict[str, Any]) -> Response:
    """Answer the question (201).

    Raises:
        ApiError: it does not say what it asks about (400).
    """
    answer = {
        "kind": "SelfSubjectReview",
        "apiVersion": f"{address.group}/{address.version}",
        "metadata": {},
        "status": {"userInfo": {"username": user, "groups": ["system:authenticated"]}},
    }
    if (address.group, address.version, address.plural) == _ACCESS:
        spec = question.get("spec") or {}
        status = {"allowed": _allowed(user, spec)}
        answer = {**answer, "kind": "SelfSubjectAccessReview", "spec": spec, "status": status}
    return JSONResponse(answer, status_code=201)


def _allowed(user: str, spec: dict[str, Any]) -> bool:
    if path := spec.get("nonResourceAttributes"):
        return path.get("verb", "get") == "get" and access.may_path(user, path.get("path", ""))
    asked = spec.get("resourceAttributes")
    if not asked:
        raise bad_request("exactly one of nonResourceAttributes or resourceAttributes is needed")
    part = asked.get("subresource", "")
    resource = asked.get("resource", "")
    return access.may(
        user,
        Ask(
            verb=asked.get("verb", ""),
            group=asked.get("group", ""),
            resource=f"{resource}/{part}" if part else resource,
            namespace=asked.get("namespace", ""),
            name=asked.get("name", ""),
        ),
    )
