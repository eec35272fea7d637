"""Strings for the scanner: command lines as people write them, and as an attacker bends them.

Every string is drawn from a seeded source, so that a run can be repeated.
"""

from random import Random
from typing import Final

PROGRAMS: Final = ("kubectl", "grep", "ssh", "psql", "df", "awk", "head", "curl")

_WORDS: Final = (
    *("get", "pods", "-n", "shop", "--tail=50", "-o", "wide", "a=b", "x,y", "1", "2", "-", "--"),
    *("pod/web-0", "http://h:80/x", "user@host", "%1", "+x", "a#b", "a^b", "a!=b", "a~b", "a]"),
    *("{}", "jsonpath={.items}", "-I{}", "a{b}c", "=", ":", ".", "..", "/var/log", "time", "in"),
    *("'a b'", "'$(x)'", "'`'", "''", "'*?[a]{b}~!#;&|<'", "'\\'", "'\"'", "'é'", "'$x'", "'a\nb'"),
    *('"a b"', '""', '"\\""', '"\\\\"', '"\\$x"', '"\\`"', '"*?[a]{b}~#;&|"', '"\'"', '"ü"'),
    *('"\\n"', '"\\d+"', '"a$"', '"$ b"', '"! a"', '"a\nb"', '"a\\\nb"', '"\t"', '"a < b > c"'),
    *("\\ ", "\\*", "\\#", "\\$x", "\\'", '\\"', "\\\\", "\\;", "\\~", "\\&", "\\|", "\\{\\}"),
    *("'{\"a\": 1}'", '"{\\"a\\": 1}"', "'{print $1}'", "'$3 > 80 {print $NF}'", "-F'\"'"),
    *("<pod>", "<pod name>", "<node-ip>", "pod/<name>", "<name>-0", "$POD", "${POD}", '"$POD"'),
    *('"<pod name>"', "'<name>'", "x-${POD}-y", "<ns>/<pod>:/tmp", "http://<host>/x", "-l=a=<b>"),
    *("<a><b>", '"x <name> y"', '"x <a and b> y"', "<path/name>", "'(?<name>x)'"),
)
_GAPS: Final = (" ",) * 12 + ("  ", "\t", " \\\n", " \\\n  ")
_ENDS: Final = ("",) * 9 + (
    *(" 2>/dev/null", " >/dev/null", " 2>&1", " > /dev/null 2>&1", " </dev/null", "  # all of it"),
    *(" # don't `do` $(this)", "\n", " ", " >>/dev/null"),
)
_DANGERS: Final[tuple[str, ...]] = (
    *"|&;<>()$`\\\"'*?[]{}~!#^=\n\r\t\0:%-, a1",
    *("$(", "${", "<<", ">>", "&&", "||", "|&", "&>", ">|", "<(", "$'", '$"', "$((", "<&", ">&2"),
    *("é", "\u200b", "\u00a0", "\u202e", "\u2019", "\u043e", "\ufe0f", "\ue000", "\u3164"),
    *(
        "~/",
        "=~",
        ":~",
        "{a,b}",
        "{1..3}",
        "[a]",
        "a*",
        "?",
        "http://a/b?c=d",
        ";",
        " ; ",
        "; # x",
        "!!",
        "!a",
        "!(a)",
        "@(a)",
        "#",
        " #",
    ),
    *("\\\n", "\\", "''", '""', "2>", ">/dev/null", " >out", "<in", "'", '"', "$1", "$?", "$@"),
    *(
        "<x>out",
        "<x>/etc",
        "<in >",
        "<a b",
        "a> ",
        "X=1 ",
        "if ",
        "$PO\\\nD",
        " 2>/dev/nullx",
        " >/dev/null/x",
        "time ",
        "! ",
        "{ ",
        "} ",
    ),
)


def string(rng: Random) -> str:
    """Return one command line; about half of them are bent somewhere."""
    text = _line(rng)
    if rng.random() < 0.55:
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            text = _bent(text, rng)
    return text


def _line(rng: Random) -> str:
    stages = rng.choices((1, 2, 3), (78, 16, 6))[0]
    pipes = [rng.choice((" | ", "|", " |\n", " | \\\n ")) for _ in range(stages - 1)]
    programs: list[str] = rng.sample(PROGRAMS, stages)
    text = _stage(programs[0], rng)
    for pipe, program in zip(pipes, programs[1:], strict=True):
        text += pipe + _stage(program, rng)
    text += rng.choice(_ENDS)
    if rng.random() < 0.06:
        form = rng.choice(
            ("KEPT=$({})", 'KEPT="$({})"', "export KEPT=$({})", 'export KEPT="$({})"')
        )
        text = form.replace("{}", text) + rng.choice(("", " ", " # kept"))
    return text


def _stage(program: str, rng: Random) -> str:
    words = (_word(rng) for _ in range(rng.randrange(5)))
    return program + "".join(rng.choice(_GAPS) + word for word in words)


def _word(rng: Random) -> str:
    return "".join(rng.choice(_WORDS) for _ in range(rng.choice((1, 1, 1, 1, 2, 3))))


def _bent(text: str, rng: Random) -> str:
    at = rng.randrange(len(text) + 1)
    match rng.randrange(6):
        case 0 | 1 | 2:
            return text[:at] + rng.choice(_DANGERS) + text[at:]
        case 3:
            return text[:at] + text[at + 1 :]
        case 4:
            return text[:at] + text[max(0, at - rng.randrange(8)) :]
        case _:
            other = rng.randrange(len(text) + 1)
            return text[: min(at, other)] + rng.choice(_WORDS) + text[max(at, other) :]
