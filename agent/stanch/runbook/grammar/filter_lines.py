"""How the filters that choose, order and count lines are read."""

import re
from collections.abc import Sequence
from typing import Any, Final

from stanch.runbook.grammar import slots
from stanch.runbook.grammar.filter_arguments import Given, Option, options, parts, refuse
from stanch.runbook.model import ParamRef, Slot
from stanch.runbook.words import Word

Fields = dict[str, Any]

_FILES: Final = "a filter reads what comes through the pipe"
_GREP: Final = options(
    "grep",
    Option(name="ignore_case", short="i", long="ignore-case"),
    Option(name="ignore_case", short="y"),
    Option(name="invert", short="v", long="invert-match"),
    Option(name="extended", short="E", long="extended-regexp"),
    Option(name="fixed", short="F", long="fixed-strings"),
    Option(name="basic", short="G", long="basic-regexp"),
    Option(name="perl", short="P", long="perl-regexp"),
    Option(name="count", short="c", long="count"),
    Option(name="only_matching", short="o", long="only-matching"),
    Option(name="numbers", short="n", long="line-number"),
    Option(name="words", short="w", long="word-regexp"),
    Option(name="whole_lines", short="x", long="line-regexp"),
    Option(name="patterns", short="e", long="regexp", takes="value", repeats=True),
    Option(name="most", short="m", long="max-count", takes="value"),
    Option(name="after", short="A", long="after-context", takes="value"),
    Option(name="before", short="B", long="before-context", takes="value"),
    Option(name="around", short="C", long="context", takes="value"),
    Option(name="color", long="color", takes="maybe"),
    Option(name="color", long="colour", takes="maybe"),
    Option(name="plain", short="h", long="no-filename"),
    Option(name="plain", short="s", long="no-messages"),
    Option(name="plain", short="a", long="text"),
    Option(name="plain", long="line-buffered"),
    f="it reads a file",
    file="it reads a file",
    r=_FILES,
    R=_FILES,
    recursive=_FILES,
    q="nothing is printed, and no status is kept",
    quiet="nothing is printed, and no status is kept",
    l=_FILES,
    L=_FILES,
)
_HEAD: Final = options(
    "head",
    Option(name="lines", short="n", long="lines", takes="value"),
    Option(name="characters", short="c", long="bytes", takes="value"),
    Option(name="plain", short="q", long="quiet"),
)
_TAIL: Final = options(
    "tail",
    Option(name="lines", short="n", long="lines", takes="value"),
    Option(name="characters", short="c", long="bytes", takes="value"),
    Option(name="plain", short="q", long="quiet"),
    f="it never ends",
    F="it never ends",
    follow="it never ends",
)
_UNIQ: Final = options(
    "uniq",
    Option(name="count", short="c", long="count"),
    Option(name="repeated", short="d", long="repeated"),
    Option(name="unique", short="u", long="unique"),
    Option(name="ignore_case", short="i", long="ignore-case"),
    Option(name="skip_fields", short="f", long="skip-fields", takes="value"),
)
_WC: Final = options(
    "wc",
    Option(name="lines", short="l", long="lines"),
    Option(name="words", short="w", long="words"),
    Option(name="characters", short="m", long="chars"),
    Option(name="bytes", short="c", long="bytes"),
    Option(name="longest", short="L", long="max-line-length"),
    files0_from="it reads files",
)
_WANTS_VALUE: Final = re.compile(r"-[a-zA-Z]*[nceABCm]|--(?:lines|bytes|regexp|max-count)")
_DIGITS: Final = re.compile(r"-([0-9]{1,6})([a-zA-Z].*)?")


def grep(program: str, words: tuple[Word, ...]) -> Fields:
    """Read grep, egrep and fgrep."""
    given = _GREP.read(_spelled(words, "-C"))
    patterns, operands = list(given.flags.get("patterns", ())), list(given.operands)
    if not patterns:
        if not operands:
            refuse("grep has no pattern.", "Write: grep PATTERN")
        patterns.append(operands.pop(0))
    Given(program="grep", flags={}, operands=tuple(operands)).no_operands()
    fields: Fields = {"patterns": [parts(word) for word in patterns]}
    fields |= given.switches(
        *("ignore_case", "invert", "count", "only_matching", "numbers", "words", "whole_lines")
    )
    fields["syntax"] = _syntax(program, given)
    if given.on("color"):
        _check_color(given.value("color"))
    around = given.number("around")
    sides: Fields = {"before": around, "after": around} if around is not None else {}
    sides |= {side: given.number(side) for side in ("before", "after") if given.on(side)}
    if given.on("most"):
        sides["most"] = given.number("most")
    return fields | sides


def _syntax(program: str, given: Given) -> str:
    chosen = [name for name in ("extended", "fixed", "basic", "perl") if given.on(name)]
    if len(chosen) > 1:
        refuse("grep is given several kinds of patterns.", "Keep one of -E, -F, -G and -P.")
    by_name = {"egrep": "extended", "fgrep": "fixed"}.get(program)
    if by_name and chosen and chosen != [by_name]:
        refuse(f"{program} is given another kind of patterns.", "Write grep.")
    return chosen[0] if chosen else by_name or "basic"


def _check_color(value: Word | None) -> None:
    if value not in {("",), ("auto",), ("never",)}:
        refuse("grep --color writes colours into the answer.", "Leave it out.")


def _spelled(words: Sequence[Word], flag: str) -> tuple[Word, ...]:
    """Return `words` in which `-5` is written as `flag` and its number."""
    spelled: list[Word] = []
    for at, word in enumerate(words):
        found = _DIGITS.fullmatch(word[0]) if isinstance(word[0], str) else None
        before = words[at - 1][0] if at else ""
        is_value = isinstance(before, str) and _WANTS_VALUE.fullmatch(before) is not None
        if found is None or len(word) > 1 or is_value or ("--",) in words[:at]:
            spelled.append(word)
            continue
        spelled += [(flag,), (found[1],)]
        if found[2]:
            spelled.append((f"-{found[2]}",))
    return tuple(spelled)


def head(_: str, words: tuple[Word, ...]) -> Fields:
    """Read head."""
    given = _HEAD.read(_spelled(words, "-n"))
    given.no_operands()
    if given.on("characters"):
        if given.on("lines"):
            refuse("head counts lines or characters, not both.", "Keep one of -n and -c.")
        return {"characters": given.number("characters")}
    count = given.value("lines")
    if count is None:
        return {}
    if isinstance(count[0], str) and count[0].startswith("-") and len(count) == 1:
        return {"lines": slots.number((count[0][1:],), "The number of head"), "all_but": True}
    return {"lines": given.number("lines")}


def tail(_: str, words: tuple[Word, ...]) -> Fields:
    """Read tail."""
    given = _TAIL.read(_spelled(words, "-n"))
    if given.operands and str(given.operands[0][0]).startswith("+"):
        refuse("tail +N is an old form.", "Write: tail -n +N")
    given.no_operands()
    if given.on("characters"):
        if given.on("lines"):
            refuse("tail counts lines or characters, not both.", "Keep one of -n and -c.")
        return {"characters": _last(given.value("characters"))}
    count = given.value("lines")
    if count is None:
        return {}
    if isinstance(count[0], str) and count[0].startswith("+"):
        rest: Word = (count[0][1:], *count[1:]) if count[0][1:] else count[1:]
        return {"first": slots.number(rest or ("",), "The number of tail")}
    return {"lines": _last(count)}


def _last(count: Word | None) -> Slot:
    """Return how many of the last lines are meant: `5` and `-5` say the same."""
    word: Word = ("",) if count is None else count
    first = word[0]
    if not isinstance(first, ParamRef) and first.startswith("-") and len(word) == 1:
        word = (first[1:],)
    return slots.number(word, "The number of tail")


def uniq(_: str, words: tuple[Word, ...]) -> Fields:
    """Read uniq."""
    given = _UNIQ.read(words)
    given.no_operands()
    fields: Fields = given.switches("count", "repeated", "unique", "ignore_case")
    return fields | (
        {"skip_fields": given.number("skip_fields")} if given.on("skip_fields") else {}
    )


def wc(_: str, words: tuple[Word, ...]) -> Fields:
    """Read wc."""
    given = _WC.read(words)
    given.no_operands()
    return given.switches("lines", "words", "characters", "bytes", "longest")


def bare(program: str, words: tuple[Word, ...]) -> Fields:
    """Read a filter that has neither flags nor operands here."""
    options(program).read(words).no_operands()
    return {}
