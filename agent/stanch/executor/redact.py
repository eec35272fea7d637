"""Redaction: what looks like a secret never reaches the store, a prompt or a screen.

Texts come from targets, so no pattern may take more than about linear time on any text:
one line of a log must not be able to hold up an incident.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

MASK = "[redacted]"

_NAMES = (
    r"(?:pass(?:word|wd|phrase)|secret(?!Name|KeyRef|Ref)|token|api[_-]?key|access[_-]?key"
    r"|private[_-]?key|credential)s?"
)
_FORMS: tuple[re.Pattern[str], ...] = (
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{4,}"),  # JSON web token
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),  # AWS access key id
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b"),  # GitHub
    re.compile(r"\bglpat-[A-Za-z0-9_-]{18,}"),  # GitLab
    re.compile(r"\bsk-[A-Za-z0-9_-]{18,}"),  # model providers
    re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,}"),  # Slack
    re.compile(r"\bAIza[A-Za-z0-9_-]{30,}"),  # Google
)
_FORM_HINT = re.compile(r"-----BEGIN|eyJ|AKIA|ASIA|gh[pousr]_|glpat-|sk-|xox|AIza")
"""Stands in every text that a form can match; most texts have none."""
_AUTHORIZATION = re.compile(
    r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token)\s+)?|\bbearer\s+)"
    r"([A-Za-z0-9+/=._~-]{6,})"
)
_ASSIGNMENT = re.compile(r"(?<![\w.-])([\w.-]++)[\"']?\s*+[:=]\s*+")
_ASSIGNED = re.compile(r"\"[^\"]{3,}\"|'[^']{3,}'|[^\s\"',;&]{3,}")
_URL = re.compile(r"((?<=[A-Za-z0-9+.-])://[^\s:/@]*+:)([^\s@/]++)(@)")
_SECRET_NAME = re.compile(rf"(?i){_NAMES}")
# No i: in patterns that ignore case it also stands for two letters that no folding makes an i.
_NAME_HINTS = ("pass", "secret", "token", "key", "credent")


class Redactor:
    """Masks known secret values and what has the form of one, and counts what it masked."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        # The longest first, so that a secret that contains another is masked as a whole.
        self._known = sorted({value for value in known if len(value) >= 6}, key=len, reverse=True)
        self.count = 0

    def text(self, text: str) -> str:
        """Return `text` with every secret masked."""
        for value in self._known:
            if value in text:
                self.count += text.count(value)
                text = text.replace(value, MASK)
        if _FORM_HINT.search(text):
            for pattern in _FORMS:
                text = pattern.sub(self._whole, text)
        if "://" in text:
            text = _URL.sub(self._middle, text)
        folded = text.casefold()
        if "author" in folded or "bearer" in folded:
            text = _AUTHORIZATION.sub(self._end, text)
        if (":" in text or "=" in text) and any(hint in folded for hint in _NAME_HINTS):
            text = self._assignments(text)
        return text

    def data(self, value: Any) -> Any:
        """Return JSON data with every secret masked, in keys' values and in strings."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.data(item) for item in value]
        if isinstance(value, dict):
            # An environment variable is {"name": "DB_PASSWORD", "value": "..."}.
            name = value.get("name")
            if "value" in value and isinstance(name, str) and _SECRET_NAME.search(name):
                value = value | {"value": self._masked(value["value"])}
            return {key: self._field(key, item) for key, item in value.items()}
        return value

    def difference(self, path: str, before: Any, after: Any) -> tuple[Any, Any]:
        """Return both values of the field at `path` masked; a change of a secret stays one."""
        if _SECRET_NAME.search(path):
            shown = [MASK if value is not None else None for value in (before, after)]
        else:
            shown = [self.data(before), self.data(after)]
        if shown[0] == shown[1]:
            shown[1] = f"{MASK} (another one)"
        return shown[0], shown[1]

    def _field(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and value != MASK and _holds_secret(key):
            return self._masked(value)
        return self.data(value)

    def _assignments(self, text: str) -> str:
        """Mask what is assigned to a name of a secret, such as token=... or "password": "..."."""
        parts: list[str] = []
        done = at = 0
        while head := _ASSIGNMENT.search(text, at):
            at = head.end()
            if not _SECRET_NAME.search(head.group(1)):
                continue
            value = _ASSIGNED.match(text, at)
            if value is None or MASK in value.group():
                continue
            self.count += 1
            parts += text[done:at], MASK
            done = at = value.end()
        return "".join([*parts, text[done:]])

    def _masked(self, value: Any) -> str:
        self.count += 1 if value != MASK else 0
        return MASK

    def _whole(self, _found: re.Match[str]) -> str:
        self.count += 1
        return MASK

    def _end(self, found: re.Match[str]) -> str:
        if MASK in found.group(2):
            return found.group(0)
        self.count += 1
        return found.group(1) + MASK

    def _middle(self, found: re.Match[str]) -> str:
        if found.group(2) == MASK:
            return found.group(0)
        self.count += 1
        return found.group(1) + MASK + found.group(3)


# Keys of the API's own objects that only name a secret (secretName, secretKeyRef) stay readable.
_SECRET_FIELD = re.compile(
    r"(?i)(?:^|[_.-])(?:password|passwd|passphrase|token|api[_-]?key|client[_-]?secret)$"
)


@lru_cache(maxsize=4096)
def _holds_secret(field: str) -> bool:
    """Say whether a field of this name holds a secret; the same few names come again and again."""
    return _SECRET_FIELD.search(field) is not None
