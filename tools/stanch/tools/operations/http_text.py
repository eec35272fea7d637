"""The text of a request: its URL, percent-encoded in this one place, and a curl command."""

import re
import shlex
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_PATH: Final = "/%:@!$&'()*+,;=~"
_IN_QUERY: Final = "/:@!$'()*,?~[]{}|"


def normal_path(path: str) -> str:
    """Return `path` with escapes only where they are needed, so that it has one spelling."""

    def plain(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else f"%{found[1].upper()}"

    return _ESCAPE.sub(plain, path)


def path_and_query(path: str, query: Sequence[tuple[str, str]]) -> str:
    """Return what stands behind the server's name in the first line of the request."""
    asked = "&".join(
        quote(key, safe=_IN_QUERY) + (f"={quote(value, safe=_IN_QUERY)}" if value else "")
        for key, value in query
    )
    return quote(path, safe=_IN_PATH) + (f"?{asked}" if asked else "")


def curl_text(
    *,
    method: str,
    url: str,
    options: Sequence[str],
    body: str | None,
    form: Sequence[tuple[str, str]],
) -> str:
    """Return the request as a curl command that a person would type."""
    said = ["curl", "-sS", *options]
    implied = "HEAD" if "-I" in options else ("POST" if body is not None or form else "GET")
    if method != implied:
        said += ["-X", method]
    if body is not None:
        said += ["--data-raw", body]
    for name, value in form:
        said += ["--form-string", f"{name}={value}"]
    return shlex.join([*said, url])
