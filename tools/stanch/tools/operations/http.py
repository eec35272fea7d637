"""What can be asked of an HTTP server: one request, taken apart into fields.

A read is only made of a request that code can tell to be one; everything else is an
intent. Neither ever holds a credential: it is named, and the settings know its value.
"""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseIntent, BaseOperation, Effect, Frozen
from stanch.tools.operations.http_effects import (
    Request,
    effect_of,
    unbounded,
    unsafe_host,
    unsafe_read,
    unsafe_request,
)
from stanch.tools.operations.http_secrets import (
    carries_credential,
    hook_in,
    looks_like_credential,
)
from stanch.tools.operations.http_text import curl_text, normal_path, path_and_query

Method = Annotated[str, Field(pattern=r"^[A-Z]{3,16}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$")]
_Text = Annotated[str, Field(max_length=8000)]

_REFUSED_HEADERS: Final = frozenset(
    {"connection", "transfer-encoding", "content-length", "upgrade"}
)
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_DOTS: Final = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")


class HttpCall(Frozen):
    """One request; a credential is named and never written out."""

    method: Method = "GET"
    scheme: Literal["http", "https"] = "https"
    host: Annotated[
        str,
        Field(
            pattern=r"^([A-Za-z0-9_]([-A-Za-z0-9._]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])?$"
        ),
    ] = ""
    """The server's name or address; empty where an endpoint is named."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    endpoint: Name | None = None
    """The name of a base URL in the settings, in place of scheme, host and port."""
    path: Annotated[str, Field(pattern=r"^/", max_length=2000)] = "/"
    """As it is sent, with %XX only for what cannot stand there."""
    query: tuple[tuple[_Text, _Text], ...] = ()
    """Keys and values in order, without escapes."""
    headers: tuple[tuple[str, _Text], ...] = ()
    body: Annotated[str, Field(max_length=20_000)] | None = None
    form: tuple[tuple[_Text, _Text], ...] = ()
    """The fields of a body of the type multipart/form-data."""
    credential: Name | None = None
    """The name of a credential in the settings; `default` is the one of the server."""
    insecure: bool = False
    """Whether the server's certificate is not looked at."""
    follow: bool = False
    """Whether the answer of another place is taken, as far as the policy lists that place."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        wrong = self._wrong_server() or self._wrong_path() or self._wrong_text()
        wrong = wrong or unsafe_request(self.request)
        if wrong:
            raise ValueError(wrong)
        return self

    def _wrong_server(self) -> str | None:
        if bool(self.host) == (self.endpoint is not None):
            return "it needs either a host or an endpoint"
        if self.endpoint is not None and self.port is not None:
            return "an endpoint has its own port"
        return unsafe_host(self.host) if self.host else None

    def _wrong_path(self) -> str | None:
        if (
            not self.path.isascii()
            or _CONTROL.search(self.path)
            or set('?#\\ "<>') & set(self.path)
        ):
            return "the path holds a character that cannot stand in one"
        if re.search(r"%(?![0-9A-Fa-f]{2})", self.path) or normal_path(self.path) != self.path:
            return "the path is not escaped in the usual way"
        if _DOTS.search(self.path.replace("%2F", "/").replace("%5C", "/")):
            return "the path holds '.' or '..'"
        return None

    def _wrong_text(self) -> str | None:
        for name, value in self.headers:
            if not _HEADER.fullmatch(name) or _CONTROL.search(value):
                return f"the header '{name}' is not one line of text"
            if name.lower() in _REFUSED_HEADERS:
                return f"the header '{name}' belongs to the connection"
            if name.lower() == "host" and (reason := unsafe_host(value)):
                return reason
            if carries_credential(name):
                return f"the header '{name}' holds a credential, which is only named"
        for key, value in self.query:
            inner = [part.partition("=")[0] for part in value.split(";")[1:]]
            if any(carries_credential(one) for one in (key, *inner)):
                return f"'{key}' in the query holds a credential, which is only named"
        return self._wrong_secret()

    def _wrong_secret(self) -> str | None:
        if hook_in(self.host, self.path):
            return "whoever knows this address may use it, so it is an endpoint of the settings"
        pairs = (*self.headers, *self.query, *self.form)
        texts = (self.path, self.body or "", *(value for _, value in pairs))
        if any(looks_like_credential(text) for text in texts):
            return "its text holds a credential, which is only named"
        return None

    @property
    def request(self) -> Request:
        """The parts that decide what the request does."""
        return Request(
            self.method, self.path, self.query, self.headers, self.body, self.form, self.host
        )

    @property
    def url(self) -> str:
        """The URL that is asked; that of an endpoint begins with its name in braces."""
        server = f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")
        base = server if self.endpoint is None else f"{{{self.endpoint}}}"
        return base + path_and_query(self.path, self.query)

    def as_text(self) -> str:
        """Return the request as a curl command; never executed."""
        options = ["-I"] if self.method == "HEAD" else []
        options += ["-k"] if self.insecure else []
        options += ["-L"] if self.follow else []
        if self.credential is not None:
            options += ["-u", f"{{{self.credential}}}"]
        for name, value in self.headers:
            options += ["-H", f"{name}: {value}"]
        return curl_text(
            method=self.method, url=self.url, options=options, body=self.body, form=self.form
        )


class HttpRead(HttpCall, BaseOperation):
    """Send one reading request.

    Data {"status_code": int, "headers": {...}, "body": str, "json": value or null,
    "seconds": float, "certificate_expires": RFC 3339 or null}. A server that does not know
    HEAD is asked by GET, and `body` stays empty.
    """

    kind: Literal["http.read"] = "http.read"

    @model_validator(mode="after")
    def _check_that_it_reads(self) -> Self:
        effect = effect_of(self.request)
        if effect is not Effect.OBSERVE:
            message = f"{self.method} {self.path} is no read: it may {effect.word} something"
            raise ValueError(message)
        wrong = unsafe_read(self.request)
        if wrong:
            raise ValueError(wrong)
        return self

    @property
    @override
    def effect(self) -> Effect:
        return Effect.OBSERVE

    @property
    @override
    def target(self) -> str:
        return f"http/{self.endpoint or self.host}"

    @override
    def as_text(self) -> str:
        return HttpCall.as_text(self)


class ChangeHttp(HttpCall, BaseIntent):
    """Intent: send one request that changes something."""

    kind: Literal["intent.http"] = "intent.http"

    @property
    @override
    def effect(self) -> Effect:
        """MUTATE at least, because nobody looked at the target yet."""
        return max(Effect.MUTATE, effect_of(self.request))

    @property
    @override
    def unbounded(self) -> bool:
        return unbounded(self.request)

    @override
    def as_text(self) -> str:
        return HttpCall.as_text(self)


HttpIntent = ChangeHttp
