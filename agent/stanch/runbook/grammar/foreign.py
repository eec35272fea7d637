"""The grammar of programs that stanch has no client for: named, judged, and never run.

Each becomes a read or a change for a person to carry out, with the worst that it can do,
so that a runbook can be judged as a whole.
"""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import (
    foreign_aws,
    foreign_azure,
    foreign_cluster,
    foreign_databases,
    foreign_forges,
    foreign_google,
    foreign_kafka,
    foreign_machines,
    foreign_queues,
    foreign_redis,
    foreign_storage,
)
from stanch.runbook.grammar.foreign_secrets import masked
from stanch.runbook.grammar.foreign_table import Answer, Reader
from stanch.runbook.grammar.http_url import slot
from stanch.runbook.grammar.slots import literal
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.words import Word

_READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    foreign_aws.READERS
    | foreign_azure.READERS
    | foreign_cluster.READERS
    | foreign_databases.READERS
    | foreign_forges.READERS
    | foreign_google.READERS
    | foreign_kafka.READERS
    | foreign_machines.READERS
    | foreign_queues.READERS
    | foreign_redis.READERS
    | foreign_storage.READERS
)
_TELLING: Final = frozenset({("--version",), ("--help",)})
_FOLDER: Final = re.compile(r"/(?:[a-z0-9.-]+/)*")


class _Grammar:
    programs: Collection[str] = frozenset({*_READERS, "envdir"})

    def read(self, program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
        del around
        return _typed(program, words, _answer(program, words))


def _answer(program: str, words: tuple[Word, ...]) -> Answer:
    if program == "envdir":
        return _under_envdir(words)
    if len(words) == 1 and words[0] in _TELLING:
        return Answer.OBSERVE
    return _READERS[program](program, words)


def _under_envdir(words: tuple[Word, ...]) -> Answer:
    """Return what the program under envdir does, where it is one of these programs."""
    if len(words) > 1:
        name = _FOLDER.sub("", literal(words[1], "The name of the program"), count=1)
        if name in _READERS:
            return _answer(name, words[2:])
    raise RefusedError(
        "RB038",
        "envdir runs another program, with settings that nobody sees here.",
        remedy="Write the inner command by itself.",
    )


def _typed(program: str, words: tuple[Word, ...], answer: Answer) -> Typed:
    fields: dict[str, Any] = {
        "program": program,
        "words": [slot(word) for word in masked(program, words)],
        "reason": f"stanch has no client for {program}",
    }
    if answer is Answer.OBSERVE:
        return Typed(kind="manual.read", fields=fields)
    worst = "mutate" if answer is Answer.MUTATE else "destructive"
    fields |= {"worst": worst, "script": answer is Answer.SCRIPT}
    return Typed(kind="intent.manual", fields=fields)


GRAMMAR = _Grammar()
