"""Reading: what an answer says, as the plain data that signs are read from.

Headers that carry a credential are masked, and so is the credential that was sent, wherever
a server gives it back.
"""

import json
from collections.abc import Sequence
from typing import Any

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.http.certificates import facts_of
from stanch.tools.clients.http.line import Refused
from stanch.tools.clients.http.sending import Answer
from stanch.tools.operations.http_secrets import carries_credential, looks_like_credential

MASK = "[redacted]"
_SHORTEST = 6
"""A shorter secret stands in many texts by chance."""
_CHARSETS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "utf-16": "utf-16",
}
"""What a page may be written in beside UTF-8; some of Python's codecs are slow or no text."""


def data_of(answer: Answer, *, secrets: Sequence[str], cap: Cap) -> dict[str, Any]:
    """Return {"status_code", "headers", "body", "json", "seconds", ...} of an answer.

    `tls_error` is empty, for the certificate was accepted; `certificate_expires` is None
    where there was no TLS. `binary` tells that the body is no text.
    """
    text = answer.body.decode(_charset(answer), errors="replace")
    binary = b"\x00" in answer.body
    value = None if answer.truncated or binary else _json(answer, text)
    data = {
        "status_code": answer.status,
        "headers": headers_of(answer, secrets=secrets),
        "body": masked(text, secrets),
        "json": _masked_json(value, secrets),
        "seconds": round(answer.seconds, 4),
        "http_version": answer.version,
        "binary": binary,
        **_tls("", answer.chain),
    }
    if answer.truncated:
        cap.truncated = True
    return cap.shortened(data)


def refused_data(refused: Refused) -> dict[str, Any]:
    """Return what is known of a server whose certificate was not accepted.

    `status_code` is 0, as no request was sent.
    """
    return {
        "status_code": 0,
        "headers": {},
        "body": "",
        "json": None,
        "seconds": round(refused.seconds, 4),
        "http_version": "",
        "binary": False,
        **_tls(refused.why, refused.chain),
    }


def headers_of(answer: Answer, *, secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers by their names in lower case, without credentials."""
    found: dict[str, str] = {}
    for name, value in answer.headers:
        hidden = carries_credential(name) or looks_like_credential(value)
        text = MASK if hidden else masked(value, secrets)
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def masked(text: str, secrets: Sequence[str]) -> str:
    """Return `text` without the credential that was sent."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    return text


def said(data: dict[str, Any]) -> str:
    """Return one line for a person: what came back, and how soon."""
    if data["tls_error"]:
        until = data["certificate_expires"]
        return f"no answer: {data['tls_error']}" + (f" (valid until {until})" if until else "")
    body = ", and the body is no text" if data["binary"] else ""
    return f"status {data['status_code']} after {data['seconds']:.2f} s{body}"


def _tls(error: str, chain: tuple[bytes, ...]) -> dict[str, Any]:
    facts = facts_of(chain)
    return {
        "tls_error": error,
        "certificate_expires": facts[0]["not_after"] if facts else None,
        "chain": facts,
    }


def _charset(answer: Answer) -> str:
    for part in (answer.header("content-type") or "").split(";")[1:]:
        name, _, value = part.strip().partition("=")
        if name.lower() == "charset":
            return _CHARSETS.get(value.strip("\"' ").lower(), "utf-8")
    return "utf-8"


def _json(answer: Answer, text: str) -> Any:
    kind = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    if not (kind.endswith(("/json", "+json")) or text.lstrip()[:1] in {"{", "["}):
        return None
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _masked_json(value: Any, secrets: Sequence[str]) -> Any:
    match value:
        case str():
            return masked(value, secrets)
        case list():
            return [_masked_json(one, secrets) for one in value]
        case dict():
            return {masked(key, secrets): _masked_json(one, secrets) for key, one in value.items()}
        case _:
            return value
