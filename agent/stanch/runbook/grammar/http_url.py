"""URLs: one word of a command becomes scheme, server, path and query, each a field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn
from urllib.parse import quote, unquote, unquote_plus

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.slots import shown
from stanch.runbook.model import Joined, Param, ParamRef, Slot
from stanch.runbook.words import Word
from stanch.tools.operations.http_effects import unsafe_host
from stanch.tools.operations.http_secrets import carries_credential, holds_credential
from stanch.tools.operations.http_text import normal_path
from stanch.tools.operations.http_words import ACTION_KEYS

DEFAULT: Final = "default"
"""The credential that the settings hold for the server."""
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_OTHER_PROTOCOLS: Final = re.compile(r"(?:ftp|dict|ldap|imap|smtp|pop3)\.", re.IGNORECASE)
_HOST: Final = re.compile(r"[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]")
_HOST_TYPES: Final = frozenset({"hostname", "dns-label", "dns-subdomain"})
_IN_PATH: Final = "/%:@!$&'()*+,;=~-._"


@dataclass(slots=True)
class Draft:
    """The request as far as it is known, its values Slots."""

    fields: dict[str, Any] = field(default_factory=dict)
    query: list[list[Slot]] = field(default_factory=list)
    headers: list[list[Slot]] = field(default_factory=list)
    credential: str | None = None

    def name_credential(self, word: Word) -> None:
        """Keep the name of the credential in `word`, and never its value."""
        named = [part.param for part in word if isinstance(part, ParamRef)]
        if named or self.credential is None:
            self.credential = named[-1] if named else DEFAULT


def slot(word: Word) -> Slot:
    """Return `word` as one field: a value, a parameter, or text around parameters."""
    return word[0] if len(word) == 1 else Joined(parts=word)


def cut(word: Word, separator: str, *, most: int = -1) -> list[Word]:
    """Split `word` at a separator in its text, at most `most` times."""
    pieces: list[list[str | ParamRef]] = [[]]
    for part in word:
        if isinstance(part, ParamRef) or most == 0:
            pieces[-1].append(part)
            continue
        first, *others = part.split(separator, most)
        pieces[-1] += [first] if first else []
        pieces += [[other] if other else [] for other in others]
        most -= len(others) if most > 0 else 0
    return [tuple(piece) or ("",) for piece in pieces]


def read_url(word: Word, draft: Draft, params: Mapping[str, Param], *, globs: bool) -> None:
    """Put what `word` says into `draft`; `globs` tells whether `{}` and `[]` are patterns.

    Raises:
        RefusedError: it is no URL of a web server, or not one that is asked.
    """
    rest = _scheme(word, draft)
    if any(isinstance(part, str) and (re.search(r"[\x00-\x20\\]", part)) for part in rest):
        rest = _without_blanks(rest)
    rest = cut(rest, "#", most=1)[0]
    left, *asked = cut(rest, "?", most=1)
    authority, *path = cut(left, "/", most=1)
    _server(authority, draft, params, schemed=rest != word)
    if path and path[0] != ("",):
        draft.fields["path"] = _path(("/", *path[0]), globs=globs)
    for piece in asked:
        add_query(piece, draft)


def add_query(word: Word, draft: Draft) -> None:
    """Add `key=value&key=value` to the query, without its escapes."""
    for pair in cut(word, "&"):
        if pair == ("",):
            continue
        key, *value = cut(pair, "=", most=1)
        name = _literal_key(key)
        add_pair(name, _plain(value[0]) if value else ("",), draft)


def add_pair(name: str, value: Word, draft: Draft) -> None:
    """Add one key and its value to the query; a credential is only named."""
    inner = [part.partition("=")[0] for part in shown(value).split(";")[1:]]
    if holds_credential(name, shown(value)) or any(map(carries_credential, inner)):
        draft.name_credential(value)
    elif name.lower() in ACTION_KEYS and any(isinstance(part, ParamRef) for part in value):
        raise RefusedError(
            "RB027",
            f"'{name}' says what is done, and its value is a parameter: '{shown(value)}'.",
            remedy="Write out what is to be done.",
        )
    else:
        draft.query.append([name, slot(value)])


def _scheme(word: Word, draft: Draft) -> Word:
    first = word[0]
    if isinstance(first, ParamRef):
        if len(word) > 1 and str(word[1]).startswith("://"):
            _refuse(
                f"The protocol of '{shown(word)}' is a parameter.", "Write http:// or https://."
            )
        return word
    found = _SCHEME.match(first)
    if found is None:
        if _OTHER_PROTOCOLS.match(first) or re.match(
            r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])", first + "0" * (len(word) > 1)
        ):
            _refuse(f"'{shown(word)}' may mean another protocol.", "Write http:// or https://.")
        draft.fields["scheme"] = "http"
        return word
    scheme = found[1].lower()
    if scheme not in {"http", "https"}:
        _refuse(f"{scheme}: is not the protocol of a web server.", "Write http:// or https://.")
    if scheme == "http":
        draft.fields["scheme"] = scheme
    left = first[found.end() :]
    rest = (left, *word[1:]) if left or len(word) == 1 else word[1:]
    if rest[0] == "" or (isinstance(rest[0], str) and rest[0].startswith("/")):
        _refuse(f"'{shown(word)}' names no server.", "Write http://HOST/PATH.")
    return rest


def _without_blanks(word: Word) -> Word:
    """Return `word` with blanks escaped; no browser and no server agrees on the others."""
    text = "".join(part for part in word if isinstance(part, str))
    if re.search(r"[\x00-\x1f\\]", text):
        _refuse("The URL holds a backslash or a control character.", "Escape it as %XX.")
    return tuple(part.replace(" ", "%20") if isinstance(part, str) else part for part in word)


def _server(word: Word, draft: Draft, params: Mapping[str, Param], *, schemed: bool) -> None:
    *user, server = cut(word, "@")
    if user:
        draft.name_credential(tuple(part for piece in user for part in piece))
    if not user and not schemed and len(server) == 1 and isinstance(server[0], ParamRef):
        name = server[0].param
        if name not in params or params[name].type not in _HOST_TYPES:
            draft.fields["endpoint"] = server[0]
            draft.fields.pop("scheme", None)
            return
    if not schemed:
        draft.fields["scheme"] = "http"
    host, *port = [server] if str(server[0]).startswith("[") else cut(server, ":", most=1)
    if (
        not port
        and isinstance(host[0], str)
        and (found := re.match(r"(\[.*\])(?::(.*))?$", host[0]))
    ):
        host, port = (found[1],), ([(found[2], *host[1:])] if found[2] else [])
    text = "".join(part for part in host if isinstance(part, str))
    if not _HOST.fullmatch(text) or host == ("",):
        _refuse(f"'{shown(host)}' is not the name of a server.", "Write http://HOST/PATH.")
    if len(host) == 1 and isinstance(host[0], str) and (reason := unsafe_host(host[0])):
        _refuse(f"{reason}.", "Ask the program itself, by its name.")
    draft.fields["host"] = slot(host)
    if port and port[0] != ("",):
        draft.fields["port"] = _port(port[0])


def _port(word: Word) -> Slot:
    if len(word) == 1 and isinstance(word[0], ParamRef):
        return word[0]
    text = shown(word)
    if not re.fullmatch(r"[0-9]{1,5}", text):
        _refuse(f"'{text}' is not a port.", "Write a number from 1 to 65535.")
    return int(text)


def _path(word: Word, *, globs: bool) -> Slot:
    text = "".join(part for part in word if isinstance(part, str))
    if globs and re.search(r"[\[\]{}]", text):
        _refuse("curl takes braces and brackets in a path for patterns.", "Add -g, or escape them.")
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        _refuse(
            "A '%' in the path is not followed by two digits.", "Write %25 for the sign itself."
        )
    parts: list[str | ParamRef] = []
    for part in word:
        plain = normal_path(quote(part, safe=_IN_PATH)) if isinstance(part, str) else part
        if parts and isinstance(plain, str) and isinstance(parts[-1], str):
            parts[-1] += plain
        else:
            parts.append(plain)
    return slot(tuple(parts))


def _literal_key(word: Word) -> str:
    if len(word) == 1 and isinstance(word[0], str):
        return unquote(word[0])
    raise RefusedError(
        "RB027",
        f"A key of the query cannot be a parameter: '{shown(word)}'.",
        remedy="Write the key out.",
    )


def _plain(word: Word) -> Word:
    return tuple(unquote_plus(part) if isinstance(part, str) else part for part in word)


def _refuse(message: str, remedy: str) -> NoReturn:
    raise RefusedError("RB035", message, remedy=remedy)
