"""Redaction: what looks like a secret never reaches the store, a prompt or a screen.

Texts come from targets, so no pattern may take more than about linear time on any text:
one line of a log must not be able to hold up an incident.
"""

import re
from collections.abc import Iterable
from typing import Any

from stanch.executor.secret_names import names_secret

MASK = "[redacted]"

_FORMS: tuple[re.Pattern[str], ...] = (
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?"
        r"(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
        re.DOTALL,
    ),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{4,}"),  # JSON web token
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),  # AWS access key id
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b"),  # GitHub
    re.compile(r"\bglpat-[A-Za-z0-9_-]{18,}"),  # GitLab
    re.compile(r"\bsk-[A-Za-z0-9_-]{18,}"),  # model providers
    re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,}"),  # Slack
    re.compile(r"\bAIza[A-Za-z0-9_-]{30,}"),  # Google
    re.compile(r"\bgithub_pat_[A-Za-z0-9_]{20,}"),
    re.compile(r"\bhv[sb]\.[A-Za-z0-9_-]{20,}"),  # Vault
    re.compile(r"\bSG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}"),  # SendGrid
    re.compile(r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),  # Stripe
    re.compile(r"\bnpm_[A-Za-z0-9]{30,}"),
)
_FORM_HINT = re.compile(
    r"-----BEGIN|eyJ|AKIA|ASIA|gh[pousr]_|glpat-|sk-|xox|AIza|github_pat_|hv[sb]\.|SG\."
    r"|[rs]k_|npm_"
)
"""Stands in every text that a form can match; most texts have none."""
_AUTHORIZATION = re.compile(
    r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token)\s+)?|\bbearer\s+)"
    r"([A-Za-z0-9+/=._~-]{6,})"
)
_ASSIGNMENT = re.compile(r"(?<![\w./-])([\w.-]++)(?:\\*[\"'])?(?:\s*+[:=]\s*+|\s++)")
_ASSIGNED = re.compile(
    r"\\+\"[^\"\\]+|\"[^\"]{3,}\"|'[^']{3,}'|\"[^\"]*\"|'[^']*'|[^\s\"',;&\\]{3,}"
)
_COOKIE = re.compile(r"(?i)(\b(?:set-)?cookie[\"']?\s*[:=]\s*)([^\r\n]{3,})")
_URL = re.compile(r"((?<=[A-Za-z0-9+.-])://[^\s:/@]*+:)([^\s/]+)(@)")
_USER = re.compile(r"((?<![\w.:@/-])[A-Za-z_][\w.-]{0,63}:)([^\s@:/\"']{3,128})(@)(?=[\w(\[])")
_HINTS = ("pass", "pwd", "secret", "token", "key", "credent", "dsn")


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
        if "@" in text:
            text = _URL.sub(self._middle, text)
            text = _USER.sub(self._middle, text)
        folded = text.casefold()
        if "cookie" in folded:
            text = _COOKIE.sub(self._end, text)
        if "author" in folded or "bearer" in folded:
            text = _AUTHORIZATION.sub(self._end, text)
        if any(hint in folded for hint in _HINTS):
            text = self._assignments(text)
        return text

    def data(self, value: Any) -> Any:
        """Return JSON data with every secret masked, in keys' values and in strings."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return self._items(value)
        if isinstance(value, dict):
            # An environment variable is {"name": "DB_PASSWORD", "value": "..."}.
            name = value.get("name")
            if "value" in value and isinstance(name, str) and names_secret(name):
                value = value | {"value": self._masked(value["value"])}
            return {key: self._field(key, item) for key, item in value.items()}
        return value

    def difference(self, path: str, before: Any, after: Any) -> tuple[Any, Any]:
        """Return both values of the field at `path` masked; a change of a secret stays one.

        What counts is the field's own name, or that of the environment variable whose
        value it is; the name of a container hides nothing.
        """
        if _secret_path(path) and all(_is_plain(value) for value in (before, after)):
            shown = [MASK if value is not None else None for value in (before, after)]
        else:
            shown = [self.data(before), self.data(after)]
        if shown[0] == shown[1]:
            shown[1] = f"{MASK} (another one)"
        return shown[0], shown[1]

    def _items(self, items: list[Any]) -> list[Any]:
        """Mask the items of a list, among them the argument after a flag of a secret."""
        shown: list[Any] = []
        flag = False
        for item in items:
            if flag and isinstance(item, str) and not item.startswith("-"):
                shown.append(self._masked(item))
                flag = False
                continue
            flag = isinstance(item, str) and item.startswith("-") and names_secret(item)
            flag = flag and "=" not in item
            shown.append(self.data(item))
        return shown

    def _field(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and value != MASK and names_secret(key):
            return self._masked(value)
        return self.data(value)

    def _assignments(self, text: str) -> str:
        """Mask what is given to a name of a secret: token=..., "password": "...", --token ..."""
        parts: list[str] = []
        done = at = 0
        while head := _ASSIGNMENT.search(text, at):
            at = head.end()
            name = head.group(1)
            given = any(sign in head.group() for sign in ":=")
            if not names_secret(name) or not (given or name.startswith("--")):
                at = head.end(1)
                continue
            value = _ASSIGNED.match(text, at)
            if value is None or MASK in value.group() or _is_count(name, value.group()):
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


_PATH_END = re.compile(r"([^.\[\]]+)\]?$")
_VARIABLE = re.compile(r"\.env\[([^\]]+)\]\.value$")


def _secret_path(path: str) -> bool:
    """Say whether the field at the end of `path` holds a secret."""
    variable = _VARIABLE.search(path)
    if variable is not None:
        return names_secret(variable.group(1))
    end = _PATH_END.search(path)
    return end is not None and names_secret(end.group(1))


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_count(name: str, value: str) -> bool:
    """Say whether a number of tokens is meant, not a token."""
    return name.lower().endswith("tokens") and value.isdecimal()
