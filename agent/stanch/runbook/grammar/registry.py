"""Which grammar a command belongs to: by the name of its program, and by nothing else.

A third party adds a grammar through the entry-point group `stanch.grammars`: the entry
names an object with `programs` and `read` (see `stanch.runbook.grammar.typed`). It cannot
take a program from a grammar that is built in, nor say anything but a kind that stanch
knows; the effect of what it returns is that of the operation, whatever it says.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final, cast

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.typed import Grammar, Surroundings, Typed
from stanch.runbook.words import Word

GROUP: Final = "stanch.grammars"
_BUILT_IN: Final = ("kubectl", "hosts", "psql", "curl", "argocd", "restore", "foreign")
"""The modules beside this one that hold a `GRAMMAR`, asked in this order."""
_FOLDER: Final = re.compile(r"/(?:usr/)?(?:local/)?s?bin/|/opt/[a-z0-9-]+/(?:embedded/)?s?bin/")
"""Where programs are installed; a program anywhere else may be anything."""


def read(words: tuple[Word, ...], around: Surroundings) -> Typed:
    """Return what the command `words` asks for, its program first.

    Raises:
        RefusedError: no grammar knows the program, or its grammar refuses the command.
    """
    named = slots.literal(words[0], "The name of the program")
    folder = _FOLDER.match(named)
    program = named[folder.end() :] if folder else named
    grammar = built_in().get(program) or added().get(program)
    if grammar is None:
        remedy = "Leave out the prompt, or call the block console." if program == "$" else ""
        raise RefusedError(
            "RB021",
            f"'{program}' is not a program that stanch speaks.",
            remedy=remedy or "Call the block ```text if it is no command.",
        )
    return grammar.read(program, words[1:], around)


@cache
def built_in() -> Mapping[str, Grammar]:
    """Return the grammars that come with stanch, by the programs that they know."""
    found: dict[str, Grammar] = {}
    for name in _BUILT_IN:
        grammar: Grammar = import_module(f"stanch.runbook.grammar.{name}").GRAMMAR
        for program in grammar.programs:
            found.setdefault(program, grammar)
    return MappingProxyType(found)


@cache
def added() -> Mapping[str, Grammar]:
    """Return the grammars of third parties, by the programs that they know.

    Raises:
        RefusedError: one of them cannot be loaded. Then no unknown program is read, for
            nobody can say which of them it would have been for.
    """
    found: dict[str, Grammar] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        grammar = _Guarded(entry)
        for program in grammar.programs:
            found.setdefault(program, grammar)
    return MappingProxyType(found)


class _Guarded:
    """A third party's grammar, whose faults refuse a command and stop nothing else."""

    def __init__(self, entry: EntryPoint) -> None:
        self._name = entry.name
        try:
            self._grammar = cast("Grammar", entry.load())
            self.programs = frozenset(self._grammar.programs)
        except Exception as error:
            raise self._broken("cannot be loaded", error) from error

    def read(self, program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
        """Return what the grammar says, if it is a command and not a fault."""
        try:
            typed = self._grammar.read(program, words, around)
        except RefusedError:
            raise
        except Exception as error:
            raise self._broken("failed", error) from error
        if not isinstance(typed, Typed):
            raise self._broken("returned no typed command", TypeError(type(typed).__name__))
        return typed

    def _broken(self, what: str, error: Exception) -> RefusedError:
        return RefusedError(
            "RB021",
            f"The grammar '{self._name}' of the group {GROUP} {what}: {type(error).__name__}.",
            remedy="Update or remove the package that brings it.",
        )
