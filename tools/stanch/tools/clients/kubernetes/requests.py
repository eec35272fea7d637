"""One request and its answer, and what a refusal means in words; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from stanch.tools.clients.kubernetes.kinds import Kind
from stanch.tools.errors import OperationRefusedError

_LONGEST = 600
_JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request to the API, with what it needs the right to do.

    `keep` says which end of a plain text answer is kept when it is over `most` bytes;
    an answer of JSON is useless in part.
    """

    verb: Literal["get", "list", "patch", "create", "delete", "ask"]
    """`ask` sends a question as a body: a review, which the server answers and forgets."""
    kind: Kind
    namespace: str | None
    name: str | None = None
    subresource: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: list[dict[str, Any]] | dict[str, Any] | None = field(default=None, repr=False)
    address: str = ""
    """The path, where it is that of no resource."""
    most: int = 32 * 1024 * 1024
    keep: Literal["all", "end"] = "all"

    @property
    def method(self) -> str:
        """The HTTP method."""
        methods = {"patch": "PATCH", "create": "POST", "ask": "POST", "delete": "DELETE"}
        return methods.get(self.verb, "GET")

    @property
    def path(self) -> str:
        """The path on the server."""
        if self.address:
            return self.address
        return self.kind.path(self.namespace, self.name) + (
            f"/{self.subresource}" if self.subresource else ""
        )

    @property
    def headers(self) -> dict[str, str]:
        """The headers, less those of the credential."""
        if self.body is None:
            return {"Accept": "application/json"}
        if self.verb == "ask":
            return {"Accept": "application/json", "Content-Type": "application/json"}
        # A connection that had lain idle may be dead without anybody knowing, and a
        # change sent into it has an unknown outcome: each change gets a fresh one.
        media = _JSON_PATCH if self.verb == "patch" else "application/json"
        return {"Accept": "application/json", "Content-Type": media, "Connection": "close"}

    @property
    def right(self) -> str:
        """What a role must grant for this request."""
        what = self.kind.right + (f"/{self.subresource}" if self.subresource else "")
        where = f" in namespace {self.namespace}" if self.namespace else " in the whole cluster"
        if self.address:
            return f"'get' on {self.address}"
        return f"'{'create' if self.verb == 'ask' else self.verb}' on {what}{where}"

    @property
    def thing(self) -> str:
        """What the request is about, for a sentence."""
        if self.address:
            return self.address
        name = f" {self.name}" if self.name else ""
        where = f" in namespace {self.namespace}" if self.namespace else ""
        what = self.kind.plural + (f"/{self.subresource}" if self.subresource else "")
        return f"{what}{name}{where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server answered; `cut` when only the end of a text was kept."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False

    @property
    def good(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status <= 299

    def json(self) -> dict[str, Any]:
        """Return the body as an object.

        Raises:
            ValueError: it is none.
        """
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("the body is no JSON object")  # noqa: TRY004 - bad data, not a bad call
        return value

    @property
    def words(self) -> str:
        """The server's own message: of a Status, or of a short plain text."""
        text = self.body.decode(errors="replace").strip()
        try:
            status = self.json()
        except ValueError:
            return text[:200] or f"HTTP {self.status}"
        if status.get("kind") != "Status":
            return f"HTTP {self.status}"
        return str(status.get("message") or status.get("reason") or f"HTTP {self.status}")[
            :_LONGEST
        ]


class RefusalError(OperationRefusedError):
    """The server said no; `said` are its own words."""

    def __init__(self, message: str, said: str) -> None:
        super().__init__(message)
        self.said = said


class NotFoundError(RefusalError):
    """The object, or the whole resource, is not there."""


class NoRightError(RefusalError):
    """The credential is not accepted, or may not do this."""


def refusal(answer: Answer, request: Request, who: str) -> RefusalError:
    """Return the error for an answer that says no: the server's words, and how to mend it."""
    said = answer.words.rstrip(".")
    match answer.status:
        case 401:
            kind: type[RefusalError] = NoRightError
            message = (
                f"The cluster does not accept the credential of {who}: {said}. "
                "Log in again, or renew its token or certificate."
            )
        case 403:
            kind = NoRightError
            message = f"{said}. Grant {request.right} to the user of {who}, or use another context."
        case 404:
            kind = NotFoundError
            message = f"The cluster has no {request.thing}: {said}."
            if request.kind.group == "metrics.k8s.io":
                message += (
                    " The usage of pods and nodes comes from metrics-server; is it installed?"
                )
        case 429:
            kind = RefusalError
            message = f"The cluster is too busy for {request.thing}: {said}. Try again in a while."
        case code if 300 <= code <= 399:
            kind = RefusalError
            message = (
                f"The server answered {code} and points elsewhere, which is not followed. "
                f"Put the API server's own address into the kubeconfig of {who}."
            )
        case code:
            kind = RefusalError
            message = f"The cluster refused to {request.verb} {request.thing} ({code}): {said}."
    return kind(message, said)
