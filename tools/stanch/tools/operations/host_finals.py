"""What the words of a change raise, whatever its verb: values that make it destructive.

The tables know flags and verbs. Here stand the values that turn a change of a known effect
into one that nothing puts back, and those that hold a secret.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise, zip_longest
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Role = Literal["verb", "flag", "operand"]


class Part(NamedTuple):
    """One argument; the value is that of a flag."""

    role: Role
    text: str
    value: str | None = None
    glue: str = " "
    """What stands between a flag and its value."""
    written: bool = False
    """Whether its value is written out in the runbook, so that no parameter filled it."""


_TOP: Final = r"/(?:bin|boot|dev|etc|home|lib|lib64|opt|proc|root|run|sbin|srv|sys|usr|var)?/?"
_UNITS: Final = (
    r"(?:systemd-)?(?:soft-)?(?:reboot|poweroff|halt|kexec|exit)|rescue|emergency|shutdown|umount"
    r"|final|ctrl-alt-del|runlevel[0-6]|(?:systemd-)?(?:suspend(?:-then-hibernate)?|hibernate|hybrid-sleep|sleep)"
    r"|initrd[^ ]*|factory-reset|system-update[^ ]*|basic|sysinit|local-fs|local-fs-pre"
    r"|-|init|[^ ]*[*?\[][^ ]*"
)
_FLAG_OR_NUMBER: Final = r"(?:-[agsdvinRANTW]+|--[a-z-]+|--|sleep [0-9]+)"
_PERF_VALUE: Final = r"-[agsdvin]*(?:[eptCo] [\w,:./-]+|[Fcmr] [0-9]+)|--call-graph [\w,]+"
_FINAL: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("kill", "pkill", "killall", "skill"),
            # A signal that nothing can catch or that dumps the memory; all processes; the
            # first; a pattern that is almost everything; all but those that are named.
            re.compile(
                r"(?:^|[ =-])(?:sig)?(?:kill|abrt|segv|quit|bus|0?9|0?6|11|0?3)(?: |$)"
                r"|(?:^| )0*[01](?: |$)|. -0*1(?: |$)|\.[*+]|(?:^| )-[ugt](?: |$)"
                r"|(?:^| )--(?:inverse|user|uid|euid|group|regexp)",
                re.IGNORECASE,
            ),
        ),
        # Another command behind the flags, an output that is a program, a tampered call.
        "strace": re.compile(
            r"^(?!(?:(?:-o [\w./-]+|-e (?:trace=)?[\w,%!]+|-[psSaO] [\w,-]+|-P [\w./-]+"
            r"|-(?![oe] )[a-zA-Z]+|--attach [\w,-]+|--[a-z-]+)(?: |$))+$)"
        ),
        "ltrace": re.compile(
            r"^(?!(?:(?:-o [\w./-]+|-e [\w,%!]+|-[psa] [\w,-]+|-(?![oe] )[a-zA-Z]+)(?: |$))+$)"
        ),
        "perf": re.compile(
            rf"^(?!(?:record|stat|top|trace)(?: (?:{_PERF_VALUE}|{_FLAG_OR_NUMBER}))*$)"
        ),
        **dict.fromkeys(
            ("mv", "cp", "scp", "install", "ln"),
            re.compile(rf"(?:^|[ :])/dev/|^(?:-\S+ )*{_TOP}(?: |$)"),
        ),
        # The owners and modes of a whole system are written down nowhere.
        **dict.fromkeys(
            ("chmod", "chown", "chgrp", "setfacl", "chattr"),
            re.compile(rf"^(?=.*(?:^| )(?:-[a-zA-Z]*R|--rec)).* {_TOP}(?: |$)"),
        ),
        "fuser": re.compile(rf"(?:^| ){_TOP}(?: |$)"),
        **dict.fromkeys(("apt", "apt-get"), re.compile(r"\w-(?: |$)")),
        "systemctl": re.compile(
            rf"(?:^| )(?:(?:{_UNITS})(?:\.(?:target|service|mount|scope))?|[^ ]*\.slice)(?: |$)"
        ),
        # Without a process they start a program with the new limits.
        "prlimit": re.compile(
            r"(?:^| )(?!-|[0-9:]*unlimited[:0-9]*(?: |$))[^ ]*[a-zA-Z/]|(?:^| )-- "
        ),
        **dict.fromkeys(("git",), re.compile(r"(?:^| )\+[^ ]|(?:^| )--abort(?: |$)|(?:^| )ext::")),
        "openssl": re.compile(r"(?:^| )--?(?:engine|provider)"),
    }
)
"""Words that make a change destructive, whatever else is said."""

FINAL_PROGRAMS: Final = frozenset(_FINAL)
"""The programs for which it matters whether a value is written out."""

_HARMLESS_RUNS: Final = frozenset(
    {
        *("ls", "du", "stat", "wc", "file", "grep", "egrep", "zgrep", "cat", "head", "tail"),
        *("md5sum", "sha256sum", "echo", "readlink", "getfacl", "lsattr"),
    }
)
_WRITES: Final = frozenset({"-delete", "-ok", "-okdir", "-fprint", "-fprint0", "-fprintf", "-fls"})

_SECRET_FLAG: Final = re.compile(
    r"--?(?!no-)[a-z_-]*(?:password|passwd|passphrase|secret|token|api-?key|access-?key|credential)s?",
    re.IGNORECASE,
)
_IN_URL: Final = re.compile(r"://[^/\s:@]+:[^@/\s]+@")
_IN_WORD: Final = re.compile(
    r"(?:^|[,;\s._-])(?:password|passwd|secret|token|api_?key)=[^\s,]|^pass:.", re.IGNORECASE
)


def is_final(program: str, parts: Sequence[Part]) -> bool:
    """Return whether a word of a change makes it destructive."""
    pattern = _FINAL.get(program)
    if pattern is None:
        return False
    return pattern.search(_joined(parts)) is not None or (
        program in {"pkill", "skill"} and _is_wide(parts)
    )


def depends_on_value(program: str, parts: Sequence[Part]) -> bool:
    """Return whether it is destructive by a value that a parameter may have filled."""
    return is_final(program, parts) and not is_final(program, [_typical(p) for p in parts])


def only_looks(program: str, parts: Sequence[Part]) -> bool:
    """Return whether `find` runs nothing but programs that read, for each file."""
    if program != "find" or any(part.text in _WRITES for part in parts):
        return False
    runs = [after.text for part, after in pairwise(parts) if part.text in {"-exec", "-execdir"}]
    return bool(runs) and _HARMLESS_RUNS.issuperset(runs)


def sweeps(program: str, parts: Sequence[Part]) -> bool:
    """Return whether a search shows whatever is in a folder of settings, keys among it."""
    names = {part.text for part in parts if part.role == "flag"}
    said = [part.text for part in parts if part.role == "operand"]
    if not program.endswith("grep") or names.isdisjoint({"-r", "-R", "--recursive"}):
        return False
    given = [part.value for part in parts if part.text in {"-e", "--regexp"} and part.value]
    patterns = given or said[:1]
    everything = not names.isdisjoint({"-v", "--invert-match"}) or any(
        len(re.findall(r"\w", re.sub(r"\\.", "", text))) < 2 for text in patterns
    )
    return everything and any(text.startswith("/etc") for text in said)


def holds_secret(parts: Sequence[Part], *, reads: bool) -> bool:
    """Return whether a secret is written into the words."""
    followed = zip_longest(parts, parts[1:])
    if any(
        part.role == "flag"
        and _SECRET_FLAG.fullmatch(part.text)
        and (part.value is not None or (after is not None and after.role == "operand"))
        for part, after in followed
    ):
        return True
    words = [text for part in parts for text in (part.text, part.value) if text]
    return any(_IN_URL.search(text) for text in words) or (
        not reads and any(_IN_WORD.search(text) for text in words)
    )


def _is_wide(parts: Sequence[Part]) -> bool:
    """Return whether a pattern of processes is one that almost every name fits."""
    said = [part.text for part in parts if part.role == "operand" and not part.text.isdigit()]
    return not all(
        re.fullmatch(r"[\w./@:^$ =-]{3,}", text) and len(re.findall(r"\w", text)) > 1
        for text in said
    )


def _joined(parts: Sequence[Part]) -> str:
    return " ".join(text for part in parts for text in (part.text, part.value) if text is not None)


def _typical(part: Part) -> Part:
    """Return `part` with a harmless value instead of one that may come from a parameter."""
    if part.written or part.role == "verb":
        return part
    if part.role == "flag":
        return part if part.value is None else part._replace(value="4321")
    return part._replace(text="4321")
