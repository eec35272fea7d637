"""Refusals, in the words of a Kubernetes API server.

The store and the request code raise `ApiError`; `app.py` sends it as a body of kind Status.
Each function here makes one of the refusals that clients tell apart by code and reason.
"""

from collections.abc import Sequence
from typing import Any

from stanch.sandbox.cluster.kinds import Kind


class ApiError(Exception):
    """A request that cannot be served: an HTTP code, a reason word and a sentence."""

    def __init__(
        self, code: int, reason: str, *, message: str, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or {}

    def body(self) -> dict[str, Any]:
        """Return the refusal as an object of kind Status."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }
        if not self.details:
            del status["details"]
        if not self.reason:
            del status["reason"]
        return status


def _details(kind: Kind, name: str) -> dict[str, Any]:
    details = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in details.items() if value}


def not_found(kind: Kind, name: str) -> ApiError:
    """Say that no object of this name exists."""
    text = f'{kind.qualified} "{name}" not found'
    return ApiError(404, "NotFound", message=text, details=_details(kind, name))


def no_such_path() -> ApiError:
    """Say that nothing is served at this address."""
    text = "the server could not find the requested resource"
    return ApiError(404, "NotFound", message=text, details={})


def already_exists(kind: Kind, name: str) -> ApiError:
    """Say that the name is taken."""
    text = f'{kind.qualified} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message=text, details=_details(kind, name))


def conflict(kind: Kind, name: str, *, why: str = "") -> ApiError:
    """Say that the object is no longer the one that the caller read."""
    why = why or (
        "the object has been modified; please apply your changes to the latest version "
        "and try again"
    )
    text = f'Operation cannot be fulfilled on {kind.qualified} "{name}": {why}'
    return ApiError(409, "Conflict", message=text, details=_details(kind, name))


def bad_request(message: str) -> ApiError:
    """Say that the request itself cannot be read."""
    return ApiError(400, "BadRequest", message=message)


def invalid(kind: Kind, name: str, *, causes: Sequence[tuple[str, str, str]]) -> ApiError:
    """Say that the object breaks a rule; a cause is (field, reason word, sentence)."""
    sentences = [f"{field}: {sentence}" for field, _, sentence in causes]
    joined = sentences[0] if len(sentences) == 1 else "[" + ", ".join(sentences) + "]"
    text = f'{kind.qualified_kind} "{name}" is invalid: {joined}'
    details = {"name": name, "group": kind.group, "kind": kind.kind}
    details = {key: value for key, value in details.items() if value}
    listed = [{"reason": word, "message": text, "field": field} for field, word, text in causes]
    return ApiError(422, "Invalid", message=text, details={**details, "causes": listed})


def invalid_patch(patch: str, why: str) -> ApiError:
    """Say that what the patch makes of the object cannot be read."""
    text = f'"" is invalid: patch: Invalid value: {patch}: {why}'
    cause = {"reason": "FieldValueInvalid", "message": f"Invalid value: {patch}: {why}"}
    details = {"causes": [{**cause, "field": "patch"}]}
    return ApiError(422, "Invalid", message=text, details=details)


def unprocessable() -> ApiError:
    """Say that a JSON patch does not fit the object: a test failed, or a path is missing."""
    text = "the server rejected our request due to an error in our request"
    return ApiError(422, "Invalid", message=text)


def unsupported_media(accepted: Sequence[str]) -> ApiError:
    """Say which body formats are understood."""
    text = (
        "the body of the request was in an unknown format - accepted media types include: "
        + ", ".join(accepted)
    )
    return ApiError(415, "UnsupportedMediaType", message=text)


def method_not_allowed() -> ApiError:
    """Say that this resource does not know the verb."""
    text = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message=text)


def unauthorized() -> ApiError:
    """Say that the caller is not known."""
    return ApiError(401, "Unauthorized", message="Unauthorized")


def expired(asked: int, oldest: int) -> ApiError:
    """Say that the changes since `asked` are no longer kept."""
    text = f"too old resource version: {asked} ({oldest})"
    return ApiError(410, "Expired", message=text)


def not_acceptable(offered: Sequence[str]) -> ApiError:
    """Say in which formats an answer can be given."""
    text = "only the following media types are accepted: " + ", ".join(offered)
    return ApiError(406, "NotAcceptable", message=text)
