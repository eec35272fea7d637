"""Log lines as data: their severity and the class of failure that their wording belongs to.

A log says what some program wrote, and part of that is what its callers sent. So a line is
only counted: nothing that it says names a hypothesis, a piece of evidence or a command.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from stanch.diagnosis.json_reading import mappings, text
from stanch.diagnosis.view import View, is_about

_LEVEL = re.compile(
    r"""(?:^|[\s{,])"?(?:level|severity|lvl)"?\s*[=:]\s*"?(?P<field>[A-Za-z]+)"""
    r"""|^(?:\S+[ T]\S+\s+)?\[?(?P<word>FATAL|PANIC|CRITICAL|ERROR|WARN|INFO|DEBUG)\b"""
    r"""|^(?P<shout>panic:|Traceback \(most recent call last\))"""
)
_ERRORS = frozenset({"error", "err", "fatal", "panic", "critical", "crit", "alert", "emerg"})
_SETTING = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|(?<=configuration: )[A-Z]{3,40}\b")


class Failure(Enum):
    """A class of failure, with the wordings by which programs report it."""

    CONFIGURATION = re.compile(
        r"\b(invalid|missing|unknown|bad|malformed|unsupported|cannot (?:load|read|parse))\b"
        r".{0,30}\b(config(?:uration)?|settings?|environment variable|env var)\b"
        r"|\b(config(?:uration)?|settings?|environment variable|env var)\b"
        r".{0,60}\b(invalid|missing|not set|required|malformed|cannot be (?:read|parsed))\b",
        re.IGNORECASE,
    )
    EXHAUSTED = re.compile(
        r"\b(?:pool|connections?|threads?|descriptors?)\b.{0,30}\b(?:exhausted|depleted)\b"
        r"|\bno (?:free|idle|available) (?:connection|thread|worker)"
        r"|\btoo many (?:connections|clients|open files)\b"
        r"|\bremaining connection slots\b"
        r"|\b(\d+)/\1 connections in use\b",
        re.IGNORECASE,
    )
    MEMORY = re.compile(
        r"\bout of memory\b|\bOutOfMemoryError\b|\bMemoryError\b|\bcannot allocate memory\b",
        re.IGNORECASE,
    )
    CALL = re.compile(
        r"\b(?:failed|refused|unreachable|unavailable|upstream|no such host|reset|bad gateway)\b"
        r"|\btime[d]?[ -]?out\b|\bdeadline exceeded\b",
        re.IGNORECASE,
    )
    TIMEOUT = re.compile(r"\btime[d]?[ -]?out\b|\bdeadline exceeded\b", re.IGNORECASE)

    def fits(self, line: str) -> bool:
        """Say whether the wording of `line` is of this class."""
        return self.value.search(line) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a log."""

    text: str
    level: str
    """In lower case; empty when the line does not say."""
    pod: str
    evidence: str

    @property
    def is_error(self) -> bool:
        """Whether the program itself calls the line an error, or worse."""
        return self.level in _ERRORS

    @property
    def settings(self) -> tuple[str, ...]:
        """Words of the line that are written as names of settings are: UPPER_CASE."""
        return tuple(dict.fromkeys(_SETTING.findall(self.text)))


def lines(view: View, deployment: str) -> tuple[Line, ...] | None:
    """Return the log lines of a deployment's pods, each once; None when no log was read."""
    found: dict[tuple[str, str, str], Line] = {}
    looked = False
    for one in view.read("kubernetes.logs"):
        asked = one.operation.get("deployment") == deployment
        looked = looked or asked
        for stream in mappings(one.data, "streams"):
            name = text(stream, "pod")
            if asked or is_about(name, deployment):
                looked = True
                for row in mappings(stream, "lines"):
                    line = text(row, "text")
                    found.setdefault(
                        (name, text(row, "at"), line),
                        Line(text=line, level=_level(line), pod=name, evidence=one.id),
                    )
    return tuple(found.values()) if looked else None


def evidence_of(some: Iterable[Line]) -> tuple[str, ...]:
    """Return the ids of the evidence that lines come from, each once."""
    return tuple(dict.fromkeys(line.evidence for line in some))


def names(line: str, service: str) -> bool:
    """Say whether a line names `service` as a word of its own, or as a host."""
    return re.search(rf"(?<![\w.-]){re.escape(service)}(?![\w-])", line) is not None


def _level(line: str) -> str:
    found = _LEVEL.search(line)
    if found is None:
        return ""
    if found["shout"]:
        return "panic"
    return (found["field"] or found["word"] or "").lower()
