"""Questions of a user about itself: may I do this, what may I do, and who am I."""

from typing import Any

from starlette.responses import JSONResponse, Response

from stanch.sandbox.cluster import access, bodies
from stanch.sandbox.cluster.access import Ask
from stanch.sandbox.cluster.call import Address
from stanch.sandbox.cluster.status import bad_request

_KINDS = {
    ("authorization.k8s.io", "v1", "selfsubjectaccessreviews"): "SelfSubjectAccessReview",
    ("authorization.k8s.io", "v1", "selfsubjectrulesreviews"): "SelfSubjectRulesReview",
    ("authentication.k8s.io", "v1", "selfsubjectreviews"): "SelfSubjectReview",
}


def is_review(address: Address) -> bool:
    """Tell whether this is the address of such a question."""
    return (address.group, address.version, address.plural) in _KINDS


def respond(user: str, address: Address, question: dict[str, Any]) -> Response:
    """Answer the question (201).

    Raises:
        ApiError: it does not say what it asks about (400).
    """
    kind = _KINDS[address.group, address.version, address.plural]
    spec = bodies.section(question, "spec")
    answer: dict[str, Any] = {
        "kind": kind,
        "apiVersion": f"{address.group}/{address.version}",
        "metadata": {"creationTimestamp": None},
    }
    match kind:
        case "SelfSubjectAccessReview":
            answer |= {"spec": spec, "status": {"allowed": _allowed(user, spec)}}
        case "SelfSubjectRulesReview":
            answer |= {"spec": {}, "status": _rights(user, spec)}
        case _:
            who = {"username": user, "groups": ["system:authenticated"]}
            answer["status"] = {"userInfo": who}
    return JSONResponse(answer, status_code=201)


def _rights(user: str, spec: dict[str, Any]) -> dict[str, Any]:
    if not spec.get("namespace"):
        raise bad_request("no namespace on request")
    return {
        "resourceRules": access.rules(user, spec["namespace"]),
        "nonResourceRules": access.path_rules(user),
        "incomplete": False,
    }


def _allowed(user: str, spec: dict[str, Any]) -> bool:
    if path := bodies.section(spec, "nonResourceAttributes"):
        return path.get("verb", "get") == "get" and access.may_path(user, path.get("path", ""))
    asked = bodies.section(spec, "resourceAttributes")
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
