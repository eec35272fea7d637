"""The host keys that files of OpenSSH's form vouch for, parsed once per process.

A fleet's file has hundreds of lines, and a hashed name can only be compared, not looked
up; so names stand in a dictionary, and hashed lines are found by the key that a host
offers. A line that makes no sense vouches for nothing, and its number is remembered.
"""

import base64
import binascii
import hashlib
import hmac
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Marker = Literal["", "@cert-authority", "@revoked"]
_BLANKS = re.compile(r"[ \t]+")
_TYPE = re.compile(r"[a-z0-9][a-z0-9.@-]{2,63}")
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: for which names it vouches for, or revokes, which key."""

    file: Path
    number: int
    marker: Marker
    type: str
    key: bytes
    """The public key in the form of the wire."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Names with wildcards; one that is negated turns the whole line down."""

    wanted: tuple[re.Pattern[str], ...]
    unwanted: tuple[re.Pattern[str], ...]

    def match(self, name: str, same: Sequence[str]) -> bool:
        """Say whether `name` is meant, whose host has the names `same` too."""
        if any(one.fullmatch(other) for one in self.unwanted for other in (name, *same)):
            return False
        return any(one.fullmatch(name) for one in self.wanted)


@dataclass(frozen=True, slots=True)
class _Hashed:
    """A name of which only a keyed hash is written down."""

    salt: bytes
    digest: bytes

    def match(self, name: str, same: Sequence[str] = ()) -> bool:  # noqa: ARG002 - as for patterns
        """Say whether it is the hash of `name`."""
        return hmac.compare_digest(hmac.digest(self.salt, name.encode(), "sha1"), self.digest)


@dataclass(slots=True)
class _File:
    """What one file says."""

    exact: dict[str, list[Line]] = field(default_factory=dict)
    patterns: list[tuple[_Patterns, Line]] = field(default_factory=list)
    hashed: list[tuple[_Hashed, Line]] = field(default_factory=list)
    hashed_by_key: dict[bytes, list[tuple[_Hashed, Line]]] = field(default_factory=dict)
    marked: list[tuple[_Hashed | _Patterns, Line]] = field(default_factory=list)
    strange: list[int] = field(default_factory=list)


class KnownHosts:
    """The lines of several files together."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)
        self._files = [(path, _parsed(path)) for path in paths]

    @property
    def strange(self) -> tuple[tuple[Path, tuple[int, ...]], ...]:
        """The lines, by file, that could not be read and vouch for nothing."""
        return tuple((path, tuple(one.strange)) for path, one in self._files if one.strange)

    def vouching(
        self, name: str, key: bytes | None = None, *, same: Sequence[str] = ()
    ) -> list[Line]:
        """Return the plain lines for `name`; of hashed ones only those for `key`, if given.

        With a key it takes the same time however many hosts are known. A line that excludes
        one of the names `same` of the host does not vouch for it.
        """
        found: list[Line] = []
        for _, one in self._files:
            found += one.exact.get(name, ())
            found += [line for names, line in one.patterns if names.match(name, same)]
            hashed = one.hashed if key is None else one.hashed_by_key.get(key, ())
            found += [line for names, line in hashed if names.match(name)]
        return found

    def authorities(self, name: str, *, same: Sequence[str] = ()) -> list[Line]:
        """Return the lines of authorities that may certify the key of `name`."""
        return list(self._marked(name, "@cert-authority", same))

    def revoked(self, name: str, keys: Sequence[bytes]) -> Line | None:
        """Return the line that revokes one of `keys` for `name`."""
        return next((one for one in self._marked(name, "@revoked", ()) if one.key in keys), None)

    @property
    def types(self) -> frozenset[str]:
        """The types of all keys for which hashed lines vouch."""
        return frozenset(line.type for _, one in self._files for _, line in one.hashed)

    def _marked(self, name: str, marker: Marker, same: Sequence[str]) -> Iterator[Line]:
        for _, one in self._files:
            for names, line in one.marked:
                if line.marker == marker and names.match(name, same):
                    yield line


_cache: dict[Path, tuple[tuple[int, int, int], _File]] = {}
_lock = threading.Lock()


def _parsed(path: Path) -> _File:
    """Return what a file says; parsed again only when it has changed."""
    try:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        with _lock:
            held = _cache.get(path)
            if held is None or held[0] != stamp:
                if status.st_size > _MOST_BYTES:
                    return _File()
                held = (stamp, _parse(path, path.read_bytes()))
                _cache[path] = held
            return held[1]
    except OSError:
        # A file that is not there vouches for no host, and the refusal names it.
        return _File()


def _parse(path: Path, data: bytes) -> _File:
    found = _File()
    for number, raw in enumerate(data.split(b"\n"), start=1):
        text = raw.decode("utf-8", errors="replace").strip(" \t\r")
        if not text or text.startswith("#"):
            continue
        if not _add(found, path, number, text):
            found.strange.append(number)
    return found


def _add(found: _File, path: Path, number: int, text: str) -> bool:
    """Add one line; False when it cannot be read."""
    words = _BLANKS.split(text)
    marker: Marker = ""
    if words[0].startswith("@"):
        match words[0]:
            case "@cert-authority" | "@revoked":
                marker = words[0]
            case _:
                return False
        words = words[1:]
    if len(words) < 3:
        return False
    key = _key(words[1], words[2])
    names = _names(words[0])
    if key is None or names is None:
        return False
    line = Line(path, number, marker, words[1], key)
    if marker:
        found.marked.append((_of(names), line))
    elif isinstance(names, _Hashed):
        found.hashed.append((names, line))
        found.hashed_by_key.setdefault(key, []).append((names, line))
    elif isinstance(names, _Patterns):
        found.patterns.append((names, line))
    else:
        for name in names:
            found.exact.setdefault(name, []).append(line)
    return True


def _key(kind: str, text: str) -> bytes | None:
    """Return a public key of the type that the line says."""
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    length = int.from_bytes(key[:4], "big")
    if _TYPE.fullmatch(kind) is None or key[4 : 4 + length] != kind.encode():
        return None
    return key


def _names(text: str) -> _Hashed | _Patterns | list[str] | None:
    if text.startswith("|"):
        return _hashed(text)
    names = [one.lower() for one in text.split(",") if one]
    if not names:
        return None
    if not any(set(name) & set("*?!") for name in names):
        return names
    wanted = tuple(wildcards(name) for name in names if not name.startswith("!"))
    unwanted = tuple(wildcards(name[1:]) for name in names if name.startswith("!"))
    return _Patterns(wanted, unwanted)


def _hashed(text: str) -> _Hashed | None:
    parts = text.split("|")
    if len(parts) != 4 or parts[1] != "1":
        return None
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[2:])
    except (ValueError, binascii.Error):
        return None
    return (
        _Hashed(salt, digest)
        if len(digest) == hashlib.sha1(usedforsecurity=False).digest_size
        else None
    )


def _of(names: _Hashed | _Patterns | list[str]) -> _Hashed | _Patterns:
    return _Patterns(tuple(map(wildcards, names)), ()) if isinstance(names, list) else names


def wildcards(pattern: str) -> re.Pattern[str]:
    """Return the expression for a pattern of OpenSSH, in which only * and ? are special."""
    special = {"*": ".*", "?": "."}
    return re.compile("".join(special.get(one) or re.escape(one) for one in pattern), re.DOTALL)
