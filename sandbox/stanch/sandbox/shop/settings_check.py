"""How the shop's programs read their configuration, and what they say when it is wrong."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def complaint(config: Mapping[str, str], *, source: str) -> str | None:
    """Return the last log line of a program that cannot start with `config`, or None.

    `source` names the ConfigMap, as the program would know it from its environment.
    """
    for name, value in sorted(config.items()):
        wrong = _wrong(name, value)
        if wrong is not None:
            return f'level=fatal msg="invalid configuration: {name}: {wrong}" source={source}'
    return None


def _wrong(name: str, value: str) -> str | None:
    if name.endswith("_URL"):
        return _wrong_url(value)
    if name.endswith(("_MS", "_SECONDS", "_SIZE")) or name == "WORKERS":
        return _wrong_count(value)
    return None


def _wrong_url(value: str) -> str | None:
    parts = urlsplit(value)
    if parts.scheme and parts.netloc:
        return None
    return f"'{value}' is not a URL with scheme and host"


def _wrong_count(value: str) -> str | None:
    if not value.isdigit():
        return f"cannot parse '{value}' as a whole number"
    return None if int(value) > 0 else f"must be greater than 0, got '{value}'"
