"""Values: what each kind of operand and flag value of a host program may look like.

The tables of `host_programs` name these kinds. A value is one word of the command; that it
cannot be taken for a flag or for a verb is checked beside its kind, not here.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from stanch.tools.operations.host_paths import is_normal, may_hash, may_list, may_read

Check: TypeAlias = Callable[[str], object]


class Hole(str):
    """Text that is not known yet: a parameter stands there, and this is a sample of it."""

    __slots__ = ()


class Unknown(Hole):
    """A hole of which not even the type is known: it may turn out to be of any kind."""

    __slots__ = ()


def _like(pattern: str) -> Check:
    return re.compile(pattern).fullmatch


def _number(least: int, most: int) -> Check:
    def check(text: str) -> bool:
        # One notation for one number: no sign, no zeros in front, no other digits.
        return len(text) <= 9 and text.isascii() and text.isdigit() and _between(text, least, most)

    return check


def _between(text: str, least: int, most: int) -> bool:
    return (text == "0" or text[0] != "0") and least <= int(text) <= most


def _printable(text: str) -> bool:
    return 0 < len(text) <= 1000 and text.isprintable()


_LINE: Final = r"(?:[0-9]{1,9}|\$|/[^/\\]{1,200}/)"
_SUBSTITUTION: Final = r"s/[^/\\]{1,200}/[^/\\]{0,200}/[gpI0-9]{0,4}"
_FIELD: Final = r"(?:\$(?:[0-9]{1,3}|NF)|NR|NF)"
_LITERAL: Final = r'(?:"[A-Za-z0-9_ .:,;/=%()-]{0,100}"|[0-9]{1,12})'
_MATCH: Final = r"/[^/\\]{1,200}/"
_TEST: Final = rf"(?:{_FIELD} ?(?:[=!]=|[<>]=?) ?{_LITERAL}|{_FIELD} ?!?~ ?{_MATCH}|!?{_MATCH})"
_PRINT: Final = (
    rf"\{{ ?print(?: (?:{_FIELD}|{_LITERAL})(?:(?:, ?| )(?:{_FIELD}|{_LITERAL}))*)? ?;? ?\}}"
)
_AWK: Final = rf"(?=.) ?(?:{_TEST}(?: ?(?:&&|\|\|) ?{_TEST})*)? ?(?:{_PRINT})? ?"
"""The awk programs that choose lines and print columns of them, and can do nothing else."""
_COLUMNS: Final = re.compile(r"[A-Za-z0-9_%,:.=+ -]{1,300}")
_DNS: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?"
_ADDRESS: Final = rf"(?:{_DNS}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[a-z0-9]+)?)"


def _is_columns(text: str) -> bool:
    # `environ` shows the environment of a process, where secrets are.
    return _COLUMNS.fullmatch(text) is not None and "env" not in text.lower()


def _is_property(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z,]{1,200}", text) is not None and "environ" not in text.lower()


_TEMPLATE_OPEN: Final = re.compile(
    r"env|auth|\.(?:config|spec|containerconfig|tasktemplate|containerspec|info|runtimespec)(?![.\w])"
    r"|(?<![\w)])\.(?![a-z])|\$(?![a-z.])|\$\.(?![a-z])",
    re.IGNORECASE,
)
"""What in a template would print an environment, or a whole object that holds one."""


def _is_template(text: str) -> bool:
    return text in {"json", "{{json .}}", "{{ json . }}"} or (
        _printable(text) and "{{" in text and _TEMPLATE_OPEN.search(_actions(text)) is None
    )


def _actions(text: str) -> str:
    return " ".join(re.findall(r"\{\{(.*?)(?:\}\}|$)", re.sub(r'"[^"]*"', " ", text)))


def _is_revision(text: str) -> bool:
    # `git diff a/../../x b` leaves the repository, and then compares any two files.
    return _REVISION.fullmatch(text) is not None and ".." not in text.split("/")


def _is_config(path: str) -> bool:
    return may_hash(path) and path.startswith(("/etc/", "/usr/local/etc/", "/opt/"))


def _is_archive(path: str) -> bool:
    # tar asks another host for `host:file`.
    return may_hash(path) and ":" not in path


def _is_ports(text: str) -> bool:
    first, _, last = text.partition("-")
    return bool(re.fullmatch(r"[0-9]{1,5}-[0-9]{1,5}", text)) and 0 <= int(last) - int(first) < 1024


_REVISION: Final = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_./^~@{}:*-]{0,255}")

KINDS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "name": _like(r"[A-Za-z0-9_][A-Za-z0-9_.@:%+/-]{0,255}"),
        "unit": _like(r"[A-Za-z0-9_@:.*\\%+?-]{1,256}"),
        "count": _number(0, 100_000),
        "lines": _like(r"[+-]?(?:0|[1-9][0-9]{0,5})|all"),
        "few": _number(1, 100),
        "number": _number(0, 999_999_999),
        "seconds": _like(r"(?:[0-9]{1,3}|[0-9]{0,3}\.[0-9]{1,3})s?"),
        "size": _like(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,3})?[A-Za-z]{0,3}"),
        "id": _like(r"[A-Za-z0-9][A-Za-z0-9_.,:-]{0,255}"),
        "when": _like(r"[A-Za-z0-9_:.+@/ -]{1,60}"),
        "text": _printable,
        "pattern": _printable,
        "columns": _is_columns,
        "read": may_read,
        "hash": may_hash,
        "list": may_list,
        "path": is_normal,
        "dns": _like(_DNS),
        "address": _like(_ADDRESS),
        "network": _like(rf"{_ADDRESS}(?:/[0-9]{{1,3}})?"),
        "endpoint": _like(rf"(?:\[[0-9A-Fa-f:.]+\]|{_ADDRESS})(?::[0-9]{{1,5}})?"),
        "server": _like(rf"@{_ADDRESS}"),
        "type": _like(r"[A-Za-z][A-Za-z0-9]{0,9}"),
        # A bare number would be the interval of a report without end.
        "device": _like(r"(?:/dev/)?[A-Za-z][A-Za-z0-9_.:/-]{0,100}"),
        "iscsi": _like(r"session|node|iface|fw|host"),
        "sed": _like(rf"(?:{_LINE}(?:,{_LINE})?)?!?(?:[pdq=]|{_SUBSTITUTION})"),
        "awk": _like(_AWK),
        "question": _like(rf"@?{_ADDRESS}"),
        "ports": _is_ports,
        "filter": _like(r"[A-Za-z0-9_.:/()!&|=<>\[\] -]{1,200}"),
        "property": _is_property,
        "ntp": _like(r"peers|rv|as|associations|readvar|sysinfo|lpeers|apeers|kerninfo|sysstats"),
        "key": _like(r"[a-z0-9_][A-Za-z0-9_./*-]{0,200}"),
        "date": _like(r"\+[A-Za-z0-9%:. /_,+-]{1,100}"),
        "mode": _like(r"[-/]?[0-7]{1,4}|[-/]?[ugoarwxst+=,]{1,20}"),
        "expression": _like(r"[A-Za-z0-9_:.*=<>!()/\[\] +-]{1,200}"),
        "revision": _is_revision,
        "branch": _like(r"[A-Za-z0-9_][A-Za-z0-9_./*-]{0,255}"),
        "template": _is_template,
        "config": _is_config,
        "archive": _is_archive,
        "socket": _like(r"(?:unix://)?/(?:var/)?run/(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_.-]+\.sock"),
        "interval": _like(r"[1-9][0-9]{0,2}(?:\.[0-9]{1,3})?|0?\.[2-9][0-9]{0,2}"),
        "package": _like(r"[A-Za-z0-9_][A-Za-z0-9_.@:%+*?-]{0,255}"),
        # A macro in the format of rpm can run a program.
        "rpm": _like(r"(?:[^%\x00-\x1f]|%[-0-9]*\{[A-Za-z0-9_:=]{1,60}\}|%%|%\|[A-Z]+\?){1,500}"),
        "endpoints": _like(r"[A-Za-z0-9_:/.,\[\]-]{1,500}"),
        "bsd": _like(r"[aAxuUlfjwvTLchknrsSXm]{1,10}"),
        "bsdo": _like(r"[aAxuUlfjwvTLchnrsSXm]{0,10}o"),
        "selector": _like(r"[A-Za-z0-9_:.,^@/=+-]{1,200}"),
        "offset": _like(r"-?[0-9]{1,4}"),
    }
)
"""Whether a text is of the kind."""

WRITTEN: Final = frozenset(
    {
        *("bsd", "bsdo", "server", "date", "ntp", "property", "iscsi", "sed", "awk"),
        *("template", "rpm"),
    }
)
"""The kinds that say what is to be done, and so may never come out of a parameter."""

PATHS: Final = frozenset({"read", "hash", "list", "path", "config", "archive"})


def fits(kind: str, text: str) -> bool:
    """Return whether `text` is of the kind; a hole is, where parameters may stand."""
    if isinstance(text, Hole) and kind in WRITTEN:
        return False
    if isinstance(text, Unknown):
        return True
    return bool(KINDS[kind](text))
