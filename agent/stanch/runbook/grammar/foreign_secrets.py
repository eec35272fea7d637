"""Secrets in the words of foreign programs: which words are masked before they are kept.

A password stands behind a flag, behind a name, in an address, or in a place that only the
program knows; each of these is a rule here.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from stanch.runbook.grammar.foreign_table import flag_name
from stanch.runbook.grammar.slots import shown
from stanch.runbook.model import ParamRef
from stanch.runbook.words import Word
from stanch.tools.operations.http_secrets import carries_credential, looks_like_credential

_MASK: Final = "***"
_FLAGS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "redis-cli": frozenset({"-a", "-u"}),
        "valkey-cli": frozenset({"-a", "-u"}),
        "gitlab-redis-cli": frozenset({"-a", "-u"}),
        "rabbitmqadmin": frozenset({"-p"}),
        "az": frozenset({"-p"}),
        "doctl": frozenset({"-t"}),
        "knife": frozenset({"-P"}),
        "nats": frozenset({"--nkey", "--creds"}),
        "glab": frozenset({"-t"}),
    }
)
"""Flags of one program whose value is a secret, although their names do not say so."""
_GROUPS: Final[tuple[tuple[str, frozenset[str], frozenset[str]], ...]] = (
    ("gh", frozenset({"secret", "variable"}), frozenset({"-b", "--body"})),
    ("glab", frozenset({"variable"}), frozenset({"-v", "--value"})),
    ("aws", frozenset({"ssm"}), frozenset({"--value"})),
    ("az", frozenset({"secret"}), frozenset({"--value"})),
    ("helm", frozenset({"registry", "repo"}), frozenset({"-p"})),
)
"""Flags that hold a secret when the program is asked for one of these things."""
_BEHIND: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "vault": (
            ("login",),
            ("unwrap",),
            ("unseal",),
            ("operator", "unseal"),
            *(("token", verb) for verb in ("lookup", "revoke", "renew", "capabilities")),
        ),
        "redis-cli": (("auth",), ("acl", "setuser")),
        "glab": (("variable", "set"),),
        "ceph": (("dashboard",), ("config-key", "set")),
    }
)
"""Verbs behind which every word is masked."""
_VALUES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "vault": frozenset({"write", "put", "patch", "login", "unwrap"}),
        "nomad": frozenset({"put"}),
    }
)
"""Verbs behind which the value of every `key=value` is masked."""
_SPEAKS: Final = frozenset(
    {"redis-cli", "valkey-cli", "gitlab-redis-cli", "consul", "aws", "ceph", "pulumi"}
)
"""Programs in which a word may be the name of a setting, and the next one its value."""
_SHORT: Final = 2
_USER_IN_URL: Final = re.compile(r"(?<=://)[^/\s]+(?=@)")
_ASSIGNED: Final = re.compile(r"(?:^|(?<=[\s,;={\"']))([A-Za-z0-9_.\[\]-]+)\"?[=:]")
_PARAMETER: Final = re.compile(r"ParameterKey=([^,\s]+),ParameterValue=")


def masked(program: str, words: tuple[Word, ...]) -> list[Word]:
    """Return `words` without what is a password, a token or another secret."""
    said = [shown(word) for word in words]
    secret = _flags(program, said)
    behind = _behind(program, said)
    found: list[Word] = []
    hidden = False
    for at, word in enumerate(words):
        flag = flag_name(word)
        short = next((one for one in secret if _joined(one, said[at])), None)
        named = flag is not None and (flag in secret or carries_credential(flag.lstrip("-")))
        if flag is None and (hidden or at > behind):
            found.append((_MASK,))
        elif named and "=" in str(word[0]):
            found.append((f"{flag}={_MASK}",))
        elif short is not None:
            found.append((f"{short}{_MASK}",))
        else:
            found.append(_without_secret(program, word, said[:at]))
        hidden = (named and "=" not in str(word[0])) or _names_value(program, flag, said, at)
    return found


def _flags(program: str, said: list[str]) -> frozenset[str]:
    groups = [flags for name, asked, flags in _GROUPS if name == program and asked & {*said}]
    return _FLAGS.get(program, frozenset()).union(*groups)


def _joined(flag: str, text: str) -> bool:
    """Return whether `text` is the flag and its value in one word, as in -pPASSWORD."""
    return len(flag) == _SHORT and text.startswith(flag) and len(text) > _SHORT


def _behind(program: str, said: list[str]) -> int:
    """Return the place behind which every word is a secret; the end when there is none."""
    known = "redis-cli" if program.endswith(("redis-cli", "valkey-cli")) else program
    for verb in _BEHIND.get(known, ()):
        for at in range(len(said) - len(verb) + 1):
            if tuple(one.lower() for one in said[at : at + len(verb)]) == verb:
                return at + len(verb) - 1
    return len(said)


def _names_value(program: str, flag: str | None, said: list[str], at: int) -> bool:
    """Return whether the word is the name of a secret setting, whose value comes next."""
    if program not in _SPEAKS or flag is not None or at + 2 < len(said) - 2:
        return False
    last = re.split(r"[/.:]", said[at])[-1]
    return at > 0 and carries_credential(last) and "=" not in said[at]


def _without_secret(program: str, word: Word, before: list[str]) -> Word:
    text = shown(word)
    if " " in text and program.endswith(("redis-cli", "valkey-cli")):
        inner = masked(program, tuple((part,) for part in text.split(" ")))
        return (" ".join(shown(part) for part in inner),)
    found = _PARAMETER.search(text)
    if found is not None and carries_credential(found[1]):
        return (text[: found.end()] + _MASK,)
    every = _VALUES.get(program, frozenset()).intersection(before)
    one = next(
        (one for one in _ASSIGNED.finditer(text) if every or carries_credential(one[1])), None
    )
    # Behind such a verb a flag may still be harmless, as -format=json is.
    if one is not None and (flag_name(word) is None or carries_credential(one[1])):
        return (text[: one.end()].replace("<", "").replace(">", "") + _MASK,)
    cut: list[str | ParamRef] = [
        _USER_IN_URL.sub(_MASK, part) if isinstance(part, str) else part for part in word
    ]
    return (_MASK,) if looks_like_credential(shown(tuple(cut))) else tuple(cut)
