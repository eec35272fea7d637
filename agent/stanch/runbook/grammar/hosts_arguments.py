"""Arguments of host programs: words become verbs, flags and operands, by the tables.

A parameter is the value of one flag or a part of one operand; it is never a flag or a verb.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.model import Joined, ParamRef, Slot
from stanch.runbook.words import Word
from stanch.tools.operations.host_judge import VERB_SECOND, WORDS_AS_FLAGS, Part
from stanch.tools.operations.host_table import NUMBER, Flags, Program, Value, Verb
from stanch.tools.operations.host_values import Hole

Arguments = list[dict[str, Any]]
"""The fields of stanch.tools.operations.host.HostPart, one for each argument."""

_NAME: Final = re.compile(r"--?[A-Za-z0-9][A-Za-z0-9_.:+,/-]*|--")


def slot(word: Word) -> Slot:
    """Return `word` as one field: text, a parameter, or text around parameters."""
    return word[0] if len(word) == 1 else Joined(parts=word)


def split_verb(program: str, forms: Program, words: Sequence[Word]) -> tuple[Verb, list[int]]:
    """Return the verb in `words` and the places of its words."""
    places = _leading(forms, words)
    texts = [_first(words[at]) for at in places]
    verb = forms.verb(texts)
    if program in VERB_SECOND and not verb and len(words) > 1 and not _is_flag(words[0]):
        said = _text(words[1])
        verb = () if said is None else forms.verb([said])
        places = [1]
    return verb, places[: len(verb)]


def _leading(forms: Program, words: Sequence[Word]) -> list[int]:
    """Return the places of the words that stand before any flag but the known ones."""
    places: list[int] = []
    skip = False
    for at, word in enumerate(words):
        text = _text(word)
        name, equals, _ = _first(word).partition("=")
        if skip:
            skip = False
        elif text is not None and text in forms.before:
            value = forms.before[text]
            skip = value is not None and not value.attached
        elif text is None or (_is_flag(word) and not (equals and name in forms.before)):
            break
        elif not _is_flag(word):
            places.append(at)
    return places


def closed(
    flags: Flags, words: Sequence[Word], verb: tuple[Sequence[int], Flags], *, program: str
) -> Arguments:
    """Return the arguments of a reading, whose flags are all known.

    `verb` is the places of the words of the verb, and the flags that may stand before them.

    Raises:
        RefusedError: a flag is not among those that may stand in its place.
    """
    found: Arguments = []
    verbs, before = verb
    behind = flags
    left = list(enumerate(words))
    plain = False
    while left:
        at, word = left.pop(0)
        first = _first(word)
        flags = before if verbs and at < verbs[-1] and _named(word) in before else behind
        if at in verbs:
            found.append({"role": "verb", "text": first})
        elif plain or (not _is_flag(word) and not _is_sign(flags, word)):
            found.append({"text": slot(word)})
        elif _text(word) == "--" and "--" in flags:
            plain = True
            found.append({"role": "flag", "text": "--"})
        else:
            found += _flag(flags, word, left, program)
    return found


def open_(words: Sequence[Word], verbs: Sequence[int], before: Flags) -> Arguments:
    """Return the arguments of a change: whatever begins with a dash is a flag.

    Raises:
        RefusedError: a flag holds what no flag does.
    """
    found: Arguments = []
    skip = False
    for at, word in enumerate(words):
        first = _first(word)
        if at in verbs:
            found.append({"role": "verb", "text": first})
            skip = False
        elif skip:
            found[-1]["value"] = slot(word)
            skip = False
        elif _is_flag(word):
            found.append(_open_flag(word, first))
            value = before.get(first) if len(word) == 1 else None
            skip = value is not None and not value.attached and bool(verbs) and at < verbs[0]
        else:
            found.append({"text": slot(word)})
    return found


def judged(arguments: Arguments, hole: Callable[[ParamRef], Hole]) -> tuple[Part, ...]:
    """Return `arguments` as the tables judge them, with a hole for each parameter."""
    return tuple(
        Part(
            one.get("role", "operand"),
            _filled(one["text"], hole),
            None if one.get("value") is None else _filled(one["value"], hole),
            one.get("glue", " "),
            one.get("written", False),
        )
        for one in arguments
    )


def written(arguments: Arguments) -> Arguments:
    """Return `arguments` with a mark on each value that is written out."""
    return [
        {**one, "written": True}
        if isinstance(one["text"] if one.get("role") != "flag" else one.get("value"), str)
        and one.get("role") != "verb"
        else one
        for one in arguments
    ]


def _filled(value: Slot, hole: Callable[[ParamRef], Hole]) -> str:
    match value:
        case ParamRef():
            return hole(value)
        case Joined():
            return Hole("".join(p if isinstance(p, str) else hole(p) for p in value.parts))
        case _:
            return str(value)


def _open_flag(word: Word, first: str) -> dict[str, Any]:
    name, equals, _ = first.partition("=")
    if not _NAME.fullmatch(name) or (len(word) > 1 and not equals):
        raise RefusedError(
            "RB023",
            f"'{slots.shown(word)}' is not a flag.",
            remedy="Write a flag and its value as two words.",
        )
    if not equals:
        return {"role": "flag", "text": name}
    return {"role": "flag", "text": name, "value": slot(_after(word, len(name) + 1)), "glue": "="}


def _flag(flags: Flags, word: Word, left: list[tuple[int, Word]], program: str) -> Arguments:
    text, first = _text(word), _first(word)
    if text in flags:
        return [_with_next(text or "", flags[text or ""], left)]
    name, equals, _ = first.partition("=")
    if equals and name in flags and flags[name] is not None:
        value = slot(_after(word, len(name) + 1))
        return [{"role": "flag", "text": name, "value": value, "glue": "="}]
    if text is not None and text[1:].isdigit() and NUMBER in flags:
        return [{"role": "flag", "text": text}]
    if not first.startswith("--") and program not in WORDS_AS_FLAGS:
        return _bundle(flags, word, left)
    raise _unknown(name, flags)


def _bundle(flags: Flags, word: Word, left: list[tuple[int, Word]]) -> Arguments:
    found: Arguments = []
    first = _first(word)
    for at, letter in enumerate(first[1:], start=1):
        name = f"-{letter}"
        if name not in flags or letter == "-":
            raise _unknown(name, flags)
        value = flags[name]
        if value is None:
            found.append({"role": "flag", "text": name})
            continue
        rest = _after(word, at + 1)
        if rest == ("",):
            found.append(_with_next(name, value, left))
        else:
            found.append({"role": "flag", "text": name, "value": slot(rest), "glue": ""})
        return found
    if len(word) > 1:
        raise _unknown(slots.shown(word), flags)
    return found


def _with_next(name: str, value: Value | None, left: list[tuple[int, Word]]) -> dict[str, Any]:
    if value is None or value.attached:
        return {"role": "flag", "text": name}
    if not left:
        raise RefusedError("RB023", f"{name} has no value.", remedy="Write its value behind it.")
    return {"role": "flag", "text": name, "value": slot(left.pop(0)[1])}


def _unknown(name: str, flags: Flags) -> RefusedError:
    known = ", ".join(sorted(flags.keys() - {"--"})) or "none"
    return RefusedError(
        "RB023", f"{name} is not a flag that is allowed.", remedy=f"Allowed: {known}."
    )


def _is_flag(word: Word) -> bool:
    return _first(word).startswith("-") and _text(word) != "-"


def _is_sign(flags: Flags, word: Word) -> bool:
    """Return whether `word` is one of the flags without a dash, such as `+short` or `!`."""
    return _text(word) in flags or _named(word) in flags


def _named(word: Word) -> str:
    """Return the flag that `word` is, without a value behind `=`."""
    return _first(word).partition("=")[0]


def _text(word: Word) -> str | None:
    """Return `word` when it is all text."""
    return word[0] if len(word) == 1 and isinstance(word[0], str) else None


def _first(word: Word) -> str:
    """Return the text that `word` begins with."""
    return word[0] if isinstance(word[0], str) else ""


def _after(word: Word, count: int) -> Word:
    """Return `word` without the first `count` characters, which are text."""
    rest = _first(word)[count:]
    return (rest, *word[1:]) if rest or len(word) == 1 else word[1:]
