"""Redirects: which of them may stand in a command, and which placeholder looks like one.

A shell reads `<name>` outside quotes as two redirects: from a file `name`, and into
whatever comes next. Nobody means that by `kubectl get pod <name> -n shop`, but
`df -h <x>/etc/passwd` empties a file. A declared parameter is a parameter wherever it
stands. An undeclared one outside quotes is refused where a redirect is likely:

* text is glued to it that begins with a letter, a digit or `_` (`sort <in>out`), or with
  a path, unless the placeholder is itself in the middle of a path or an address
  (`http://<host>/x` is fine, `<x>/etc/passwd` and `a<x>/etc/passwd` are not);
* the next word is a path, or a file by its ending (`grep <pattern> /var/log/syslog`);
* the program reads files or its standard input, and the next word is no flag
  (`sort <in> out`);
* a pipe is glued to it, because `>|` overwrites.
"""

import re
from typing import Final

from stanch.runbook.findings import RefusedError

DISCARDING: Final = re.compile(
    r"(?P<out>1?>>?[ \t]*/dev/null)(?=[ \t\n|)]|\Z)"
    r"|(?:2>>?[ \t]*/dev/null|2>&1|<[ \t]*/dev/null)(?=[ \t\n|)]|\Z)"
)
"""The redirects that change nothing but what is seen; `out` leaves a pipe nothing."""

_PATH: Final = re.compile(r"/.|~|\.{1,2}/")
_FILE: Final = re.compile(
    r".+\.(?:bak|cfg|conf|csv|db|dump|env|gz|html|ini|json|key|log|md|old|out|pem|pid|py|service"
    r"|sh|sql|tar|tgz|tmp|txt|xml|yaml|yml|zip)"
)
_READERS: Final = frozenset(
    {
        *("awk", "base64", "cat", "cut", "date", "df", "diff", "du", "echo", "egrep", "fgrep"),
        *("file", "find", "free", "grep", "gunzip", "gzip", "head", "id", "jq", "less", "ls"),
        *("md5sum", "more", "mysql", "openssl", "od", "printf", "ps", "psql", "sed", "sha256sum"),
        *("sort", "stat", "strings", "tac", "tail", "tee", "tr", "uniq", "uptime", "w", "wc"),
        *("xargs", "yq", "zcat", "zgrep", "zless"),
    }
)


def refuse_glued(name: str, before: str, after: str) -> None:
    """Refuse the undeclared `<name>` between `before` and `after` if it may be a redirect.

    Both are the texts that touch it in its word; empty when nothing does.

    Raises:
        RefusedError: a shell would write into a file that `after` names.
    """
    inside = bool(before) and not (before[-1].isalnum() or before[-1] == "_")
    if after[:1].isalnum() or after[:1] == "_" or (not inside and _PATH.match(after)):
        _refuse(name, after)


def refuse_followed(name: str, program: str, word: str) -> None:
    """Refuse the undeclared `<name>` at the end of a word if the next one is its target.

    Raises:
        RefusedError: a shell would write into a file that `word` is.
    """
    target = _PATH.match(word) or _FILE.fullmatch(word)
    if target or (program in _READERS and word[:1] not in {"-", "+", ""}):
        _refuse(name, word)


def refuse_piped(name: str) -> None:
    """Refuse the pipe that is glued to `<name>`.

    Raises:
        RefusedError: always; a shell reads `>|` as a redirect that overwrites.
    """
    raise RefusedError(
        "RB020",
        f"A pipe is glued to <{name}>; a shell reads '>|' as a redirect that overwrites.",
        remedy="Write a blank before the pipe.",
    )


def _refuse(name: str, target: str) -> None:
    raise RefusedError(
        "RB020",
        f"<{name}> is not declared, and a shell would read it as a redirect into '{target}'.",
        remedy="Declare it as a parameter, or put it in quotes.",
    )
