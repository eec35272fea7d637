"""tr: characters become other characters, vanish, or are squeezed."""

import re
import string
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.errors import ProgramError

Characters = Annotated[str, Field(max_length=300)]
_CLASSES: Final = {
    "alnum": string.digits + string.ascii_uppercase + string.ascii_lowercase,
    "alpha": string.ascii_uppercase + string.ascii_lowercase,
    "blank": "\t ",
    "cntrl": "".join(map(chr, [*range(32), 127])),
    "digit": string.digits,
    "lower": string.ascii_lowercase,
    "punct": string.punctuation,
    "space": "\t\n\v\f\r ",
    "upper": string.ascii_uppercase,
    "xdigit": string.digits + "ABCDEF" + "abcdef",
}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "\\": "\\", "a": "\a"}
_CASES: Final = {("[:upper:]", "[:lower:]"), ("[:lower:]", "[:upper:]")}


class Tr(BaseFilter):
    """Turn each byte of the first set into that of the second; sets hold ASCII only."""

    kind: Literal["tr"] = "tr"
    first: Characters
    second: Characters | None = None
    delete: bool = False
    squeeze: bool = False
    complement: bool = False
    truncate: bool = False

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        needs = self.delete == self.squeeze
        if needs and self.second is None:
            raise ProgramError("tr needs two sets here", "Write tr SET1 SET2, or tr -d SET.")
        if self.delete and not self.squeeze and self.second is not None:
            raise ProgramError("tr -d takes one set", "Leave out the second.")
        if not self.delete and self.second == "":
            raise ProgramError("the second set of tr is empty", "Write tr -d to delete.")
        if self.truncate and self.complement:
            raise ProgramError("tr -t does not go with -c", "Leave out one of them.")
        _ = self._from, self._table, self._squeezed
        return self

    @override
    def apply(self, text: str) -> str:
        data = text.encode("utf-8", "surrogatepass")
        if self.delete:
            data = data.translate(None, self._from)
        elif self.second is not None:
            data = data.translate(self._table)
        if self.squeeze:
            marks = b"".join(re.escape(bytes([byte])) for byte in self._squeezed)
            data = re.sub(b"([" + marks + b"])\\1+", rb"\1", data) if marks else data
        return data.decode("utf-8", "replace")

    @cached_property
    def _from(self) -> bytes:
        members = _expanded(self.first).encode()
        if not self.complement:
            return members
        return bytes(byte for byte in range(256) if byte not in members)

    @cached_property
    def _table(self) -> bytes:
        table = bytearray(range(256))
        if self.second is None or self.delete:
            return bytes(table)
        target = self._to
        for at, byte in enumerate(self._from):
            if at < len(target):
                table[byte] = target[at]
            elif not self.truncate:
                table[byte] = target[-1]
        return bytes(table)

    @cached_property
    def _to(self) -> bytes:
        second = self.second or ""
        if _has_class(second) and (self.first, second) not in _CASES:
            raise ProgramError(
                "a class stands in the second set of tr",
                "Only [:lower:] for [:upper:], and the other way round, can be turned.",
            )
        if self.complement and len(second) != 1 and len(set(_expanded(second))) != 1:
            raise ProgramError("with -c the second set is one character", "Write one.")
        return _expanded(second).encode()

    @cached_property
    def _squeezed(self) -> bytes:
        if not self.squeeze:
            return b""
        return self._from if self.second is None else _expanded(self.second).encode()


def _has_class(written: str) -> bool:
    return "[:" in written and ":]" in written


def _expanded(written: str) -> str:
    """Return the characters of a set as tr counts them: escapes, ranges and classes."""
    if not written.isascii():
        raise ProgramError("a set of tr holds more than ASCII", "Use sed for such characters.")
    found, at = "", 0
    while at < len(written):
        named = re.compile(r"\[:([a-z]+):\]").match(written, at)
        if named:
            if named[1] not in _CLASSES:
                raise ProgramError(f"tr has no class {named[0]} here", "Write a range.")
            found += _CLASSES[named[1]]
            at = named.end()
            continue
        if re.compile(r"\[=|\[.\*").match(written, at):
            raise ProgramError("a set of tr holds a repetition", "Write it out.")
        low, at = _one(written, at)
        if written.startswith("-", at) and at + 1 < len(written):
            high, at = _one(written, at + 1)
            if low > high:
                raise ProgramError(f"the range {low}-{high} of tr is reversed", "Turn it.")
            found += "".join(map(chr, range(ord(low), ord(high) + 1)))
        else:
            found += low
    return found


def _one(written: str, at: int) -> tuple[str, int]:
    here = written[at]
    if here != "\\":
        return here, at + 1
    follower = written[at + 1 : at + 2]
    octal = re.compile(r"[0-7]{1,3}").match(written, at + 1)
    if octal:
        if int(octal[0], 8) > 127:
            raise ProgramError("a set of tr holds more than ASCII", "Use sed for it.")
        return chr(int(octal[0], 8)), octal.end()
    if follower in _ESCAPES:
        return _ESCAPES[follower], at + 2
    if not follower or follower.isalnum():
        raise ProgramError(f"'\\{follower}' is no escape of tr", "Write it without a backslash.")
    return follower, at + 2
