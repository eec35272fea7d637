"""Tables of foreign programs: which of their verbs look, change, or do what nobody foresees.

A verb that is on no list counts as destructive, and no flag ever makes a command more
harmless, but for the dry runs that a table proves for a very verb.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NoReturn, TypeAlias

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.slots import shown
from stanch.runbook.words import Word


class Answer(IntEnum):
    """The worst that a foreign command can do."""

    OBSERVE = 0
    MUTATE = 1
    DESTRUCTIVE = 2
    SCRIPT = 3
    """Destructive, because nobody can say what it does: a session, a script, a query."""


def listed(text: str) -> frozenset[str]:
    """Return the words of `text` as a set."""
    return frozenset(text.split())


Reader: TypeAlias = Callable[[str, tuple[Word, ...]], Answer]
Path: TypeAlias = tuple[str, ...]
_HIDDEN: Final = "hidden"
_ENDLESS: Final = "endless"
_REASONS: Final = {_HIDDEN: "its answer holds secrets", _ENDLESS: "it never ends by itself"}

_FINAL_FLAGS: Final = listed(
    """force delete prune purge overwrite execute replace reset remove destroy kill wipe erase
    discard cascade cleanup clean truncate drop really takeover hard unsafe retention"""
)
_SHORTENED: Final = listed("del dele delet forc prun purg overw overwr destr truncat")
"""Beginnings of such names, which some programs take for the whole."""
_ACTING_FLAGS: Final = listed(
    """out outfile write save fix repair apply set update create edit add enable disable start stop
    restart rotate unset refresh import upload download commit push tag"""
)
_WRITING_FLAGS: Final = frozenset({"--output-dir", "--output-file", "--log-file", "--target-dir"})
_ENDLESS_FLAGS: Final = frozenset({"--watch", "--follow", "-follow", "-watch", "--watch-only"})
_GROWING: Final = frozenset({"logs", "log", "events", "tail", "get"})
_CALM: Final = frozenset({"--output", "--no-headers", "--dry-run"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is known of one program."""

    verbs: Mapping[Path, Answer | str]
    """The answer by verb, or the reason why the verb is refused."""
    prefixes: frozenset[Path]
    values: frozenset[str]
    """Flags with a value that may stand before the verb is complete."""
    switches: frozenset[str]
    dry: Mapping[Path, frozenset[str]]
    """The flags, by verb, with which nothing is done but shown."""
    calm: frozenset[str]
    """Flags that do not make a command worse, although their names sound so."""
    worse: Mapping[str, Answer | str]
    """What single flags make of any command."""
    alone: Answer
    """What the program does when it is called without a verb."""

    def read(self, program: str, words: tuple[Word, ...]) -> Answer:
        """Return the worst that `words` ask `program` for.

        Raises:
            RefusedError: they ask for secrets, for an endless answer, or their verb
                cannot be told from a flag's value.
        """
        path, left = self._path(program, words)
        flags = [name for word in words if (name := flag_name(word))]
        found: Answer | str = self.verbs.get(
            path, Answer.DESTRUCTIVE if path or left else self.alone
        )
        for flag in flags:
            found = worst(found, self.worse.get(flag, Answer.OBSERVE))
        for word in left:
            found = worst(found, self.verbs.get((*path, shown(word)), Answer.OBSERVE))
        if isinstance(found, str):
            refuse(program, found)
        if found is Answer.OBSERVE and self._goes_on(path, flags):
            refuse(program, _ENDLESS)
        if found is not Answer.SCRIPT and self._is_dry(path, words):
            return Answer.OBSERVE
        return max(found, raised(flags, calm=self.calm)) if found < Answer.DESTRUCTIVE else found

    def _path(self, program: str, words: tuple[Word, ...]) -> tuple[Path, tuple[Word, ...]]:
        """Return the verb, and the words behind it that may belong to it, too."""
        path: Path = ()
        at = 0
        while at < len(words):
            word = words[at]
            name = flag_name(word)
            if name is None:
                longer = (*path, shown(word))
                if longer not in self.prefixes:
                    return path, () if path else words[at:]
                path = longer
            elif name in self.values:
                at += "=" not in str(word[0]) and (*path, name) not in self.verbs
            elif (*path, name) in self.verbs:
                return (*path, name), words[at + 1 :]
            elif name not in self.switches:
                self._check_complete(program, path, name)
                return path, words[at + 1 :]
            at += 1
        return path, ()

    def _goes_on(self, path: Path, flags: list[str]) -> bool:
        """Return whether an answer is shown again and again, or as it grows."""
        grows = bool(path) and path[-1] in _GROWING and bool({"-f", "-w"}.intersection(flags))
        return grows or bool(_ENDLESS_FLAGS.intersection(flags))

    def _is_dry(self, path: Path, words: tuple[Word, ...]) -> bool:
        """Return whether nothing is done but shown, and no later flag takes that back."""
        proven = self.dry.get(path, frozenset())
        asked = [shown(word) for word in words if "dry-run" in shown(word)]
        return bool(asked) and proven.issuperset(asked)

    def _check_complete(self, program: str, path: Path, flag: str) -> None:
        # Behind a flag that is not known, a word may be its value or the verb.
        if path not in self.verbs and (len(path) == 0 or path in self.prefixes):
            raise RefusedError(
                "RB023",
                f"{flag} stands before the verb of {program}, and stanch does not know it.",
                remedy="Write the verb first.",
            )


def program(  # noqa: PLR0913 - one list for each answer
    *,
    observe: str = "",
    mutate: str = "",
    destructive: str = "",
    script: str = "",
    hidden: str = "",
    endless: str = "",
    values: str = "",
    switches: str = "",
    dry: Mapping[str, str] | None = None,
    calm: str = "",
    worse: Mapping[str, Answer | str] | None = None,
    alone: Answer = Answer.OBSERVE,
) -> Program:
    """Return a program from lists of verbs, which are separated by commas.

    Without a verb most programs print how they are used; `alone` says so otherwise.
    """
    verbs: dict[Path, Answer | str] = {}
    answers: tuple[tuple[str, Answer | str], ...] = (
        (observe, Answer.OBSERVE),
        (mutate, Answer.MUTATE),
        (destructive, Answer.DESTRUCTIVE),
        (script, Answer.SCRIPT),
        (hidden, _HIDDEN),
        (endless, _ENDLESS),
    )
    for column, answer in answers:
        named = {tuple(verb.split()): answer for verb in column.split(",") if verb.strip()}
        if twice := verbs.keys() & named.keys():
            message = f"verbs with two answers: {sorted(twice)}"
            raise ValueError(message)
        verbs |= named
    prefixes = frozenset(verb[:end] for verb in verbs for end in range(1, len(verb) + 1))
    tried = {tuple(verb.split()): frozenset(flags.split()) for verb, flags in (dry or {}).items()}
    return Program(
        verbs=verbs,
        prefixes=prefixes,
        values=frozenset(values.split()),
        switches=frozenset(switches.split()),
        dry=tried,
        calm=frozenset(calm.split()) | _CALM,
        worse=worse or {},
        alone=alone,
    )


def flag_name(word: Word) -> str | None:
    """Return the name of the flag that `word` is, with its dashes; None when it is none."""
    first = word[0]
    if not isinstance(first, str) or not first.startswith("-") or first == "-":
        return None
    return first.partition("=")[0]


def raised(flags: list[str], *, calm: frozenset[str] = _CALM) -> Answer:
    """Return the worst that the names of `flags` say."""
    answer = Answer.OBSERVE
    for flag in flags:
        if flag in calm or flag.startswith("--no-"):
            continue
        said = set(re.split(r"[-_.]", flag.lower()))
        if said & _FINAL_FLAGS or said & _SHORTENED:
            return Answer.DESTRUCTIVE
        if said & _ACTING_FLAGS or flag in _WRITING_FLAGS:
            answer = Answer.MUTATE
    return answer


def worst(one: Answer | str, other: Answer | str) -> Answer | str:
    """Return the worse of two answers; a change is never hidden behind a refusal's reason."""
    if isinstance(one, str):
        return one
    return other if isinstance(other, str) else max(one, other)


def refuse(name: str, reason: str) -> NoReturn:
    """Refuse a command of the program `name`; `reason` is `hidden`, `endless`, or a text."""
    raise RefusedError(
        "RB038",
        f"The command of {name} is refused: {_REASONS.get(reason, reason)}.",
        remedy="Ask for a listing or a status of the same thing.",
    )
