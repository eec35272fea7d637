"""The grammar of host commands: programs that look at a machine, or change it.

What a program may be given stands in `stanch.tools.operations.host_programs`; programs that
run another one (ssh, sudo, timeout, docker exec) are in `hosts_wrappers`.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import hosts_wrappers
from stanch.runbook.grammar.hosts_arguments import (
    Arguments,
    closed,
    judged,
    open_,
    split_verb,
    written,
)
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.kinds import sample
from stanch.runbook.model import ParamRef
from stanch.runbook.words import Word
from stanch.tools.operations.host_judge import (
    FINAL_PROGRAMS,
    HostError,
    Verdict,
    judge_change,
    judge_reading,
    table,
)
from stanch.tools.operations.host_table import Program, Verb
from stanch.tools.operations.host_values import Hole, Unknown


class _Grammar:
    @property
    def programs(self) -> Collection[str]:
        return table().keys() | hosts_wrappers.WRAPPERS.keys()

    def read(self, program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
        wrapper = hosts_wrappers.WRAPPERS.get(program)
        found = None if wrapper is None else wrapper(program, words, around)
        return found or call(program, words, around)


GRAMMAR = _Grammar()
_HOW: Final = frozenset({"RB023", "RB028", "RB029", "RB037"})
"""The codes of what is wrong with how something is asked, and not with what."""


def call(program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
    """Return what a program asks for with `words`: a reading, or else a change.

    Raises:
        RefusedError: the tables know neither.
    """
    forms = table().get(program)
    if forms is None:
        raise RefusedError("RB036", f"'{program}' is refused.", remedy="Write what it runs.")
    verb, places = split_verb(program, forms, words)
    try:
        return _typed("host.read", program, _reading(program, words, (verb, places), around))
    except RefusedError as refusal:
        change = _change(program, words, places, around)
        if isinstance(change, RefusedError):
            raise change from None
        if change is None or (not change[1].named and _is_read(forms, verb, refusal)):
            raise
        if not (change[1].named or change[1].unbounded) and _seems_read(forms, words):
            raise RefusedError(
                "RB023",
                f"A flag before the verb of '{program}' is not one that is allowed.",
                remedy="Leave it out, or write it behind the verb.",
            ) from None
        return _typed("intent.host", program, change[0])


def _reading(
    program: str, words: tuple[Word, ...], found: tuple[Verb, list[int]], around: Surroundings
) -> Arguments:
    verb, places = found
    forms: Program = table()[program]
    refusal = RefusedError(
        "RB036",
        f"'{' '.join((program, *verb))}' is not a host command that stanch runs.",
        remedy=_remedy(forms),
    )
    for reading in forms.readings.get(verb, ()):
        try:
            arguments = closed(reading.flags, words, (places, forms.before), program=program)
            # A time limit is set by the wrapper that asks: the model has the last word.
            judge_reading(program, judged(arguments, _hole(around)), bounded=_limited(around))
        except HostError as error:
            refusal = RefusedError(error.code, error.message, remedy=error.remedy)
        except RefusedError as error:
            refusal = error
        else:
            return arguments
    raise refusal


def _change(
    program: str, words: tuple[Word, ...], places: list[int], around: Surroundings
) -> tuple[Arguments, Verdict] | RefusedError | None:
    """Return the arguments of a change and what it does, or why it is refused.

    None where the tables know no such change.
    """
    forms = table()[program]
    if not forms.changes:
        return None
    try:
        arguments = open_(words, places, forms.before)
        if program in FINAL_PROGRAMS:
            arguments = written(arguments)
        return arguments, judge_change(program, judged(arguments, _hole(around)))
    except HostError as error:
        return (
            RefusedError(error.code, error.message, remedy=error.remedy) if error.remedy else None
        )
    except RefusedError as error:
        return error


def _is_read(forms: Program, verb: Verb, refusal: RefusedError) -> bool:
    """Return whether a verb that only reads was refused for how it was asked."""
    return bool(verb) and verb in forms.readings and refusal.code in _HOW


def _seems_read(forms: Program, words: tuple[Word, ...]) -> bool:
    """Return whether the first verb behind unknown flags is one that only reads."""
    texts = [word[0] if isinstance(word[0], str) else "" for word in words]
    if not texts or not texts[0].startswith("-"):
        return False
    plain = [text for text in texts if not text.startswith("-")]
    found = (forms.verb(plain[at:]) for at in range(min(3, len(plain))))
    verb = next((one for one in found if one), ())
    return bool(verb) and verb in forms.readings and verb not in forms.changes


def _typed(kind: str, program: str, arguments: Arguments) -> Typed:
    fields: dict[str, Any] = {"program": program}
    if arguments:
        fields["args"] = arguments
    return Typed(kind=kind, fields=fields)


def _hole(around: Surroundings) -> Callable[[ParamRef], Hole]:
    """Return what gives a sample value for a parameter."""

    def hole(ref: ParamRef) -> Hole:
        param = around.params.get(ref.param)
        return Unknown(sample(None)) if param is None else Hole(sample(param))

    return hole


def _limited(around: Surroundings) -> bool:
    return isinstance(around, hosts_wrappers.Limited)


def _remedy(forms: Program) -> str:
    known = sorted({verb[0] for verb in forms.readings if verb})
    return f"Reads: {', '.join(known)}." if known else ""
