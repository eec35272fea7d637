"""The programs of Kafka: each is told by a flag what it does, and some do nothing without one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from stanch.runbook.grammar.foreign_table import Answer, Reader, flag_name, refuse
from stanch.runbook.grammar.slots import shown
from stanch.runbook.words import Word

_DASHES: Final = 2
_CALM: Final = frozenset(
    {
        *("--bootstrap-server", "--topic", "--partition", "--offset", "--from-beginning"),
        *("--max-messages", "--timeout-ms", "--isolation-level", "--property", "--include"),
        *("--whitelist", "--skip-message-on-error"),
    }
)
_FOREVER: Final = ("--max-messages", "--timeout-ms")


@dataclass(frozen=True, slots=True)
class _ByFlag:
    """A program whose flags say what it does; without any of them it is destructive."""

    actions: Mapping[str, Answer]
    worse: Mapping[str, Answer] = field(default_factory=dict)
    """Flags that make an action worse."""

    def read(self, program: str, words: tuple[Word, ...]) -> Answer:
        del program
        flags = [flag for word in words if (flag := flag_name(word))]
        asked = [self.actions[name] for flag in flags for name in meant(flag, self.actions)]
        if not asked:
            return Answer.DESTRUCTIVE
        return max(*asked, *(self.worse.get(flag, Answer.OBSERVE) for flag in flags), asked[0])


def meant(flag: str, known: Collection[str]) -> list[str]:
    """Return which of the `known` flags `flag` may be short for; Kafka takes any beginning."""
    if flag in known:
        return [flag]
    return [name for name in known if len(flag) > _DASHES and name.startswith(flag)]


_LOOK: Final = {"--list": Answer.OBSERVE, "--describe": Answer.OBSERVE, "--version": Answer.OBSERVE}


def _groups(program: str, words: tuple[Word, ...]) -> Answer:
    flags = [flag for word in words if (flag := flag_name(word))]
    if any(meant(flag, ("--delete", "--delete-offsets")) for flag in flags):
        return Answer.DESTRUCTIVE
    if any(meant(flag, ("--reset-offsets",)) for flag in flags):
        acts = any(meant(flag, ("--execute",)) for flag in flags)
        return Answer.MUTATE if acts else Answer.OBSERVE
    return _ByFlag(_LOOK | {"--validate-regex": Answer.OBSERVE}).read(program, words)


def _configs(program: str, words: tuple[Word, ...]) -> Answer:
    answer = _ByFlag({**_LOOK, "--alter": Answer.MUTATE}).read(program, words)
    # A shorter time to keep messages deletes those that are older.
    deletes = any(part in shown(word) for word in words for part in ("retention", "cleanup"))
    asks = Answer.DESTRUCTIVE if deletes or _has(words, "--add-config-file") else Answer.OBSERVE
    return max(answer, asks) if answer is not Answer.OBSERVE else answer


def _consumer(program: str, words: tuple[Word, ...]) -> Answer:
    if not any(_has(words, flag) for flag in _FOREVER):
        refuse(program, "endless")
    flags = [flag for word in words if (flag := flag_name(word))]
    if any(flag.startswith("--form") for flag in flags):
        return Answer.SCRIPT
    # Whatever else is said may name a group, whose place in the topic would move.
    return Answer.OBSERVE if _CALM.issuperset(flags) else Answer.MUTATE


_ALONE: Final = frozenset("LCPQeuqOTvJZE")
"""Letters of kcat without a value, which may stand together behind one dash."""


def _kcat(program: str, words: tuple[Word, ...]) -> Answer:
    letters: set[str] = set()
    for word in words:
        if flag_name(word) is None:
            continue
        for letter in shown(word)[1:]:
            letters.add(letter)
            if letter not in _ALONE:
                break
    if {"F", "X"} & letters or not {"L", "C", "Q"} & letters or {"P", "D", "-"} & letters:
        return Answer.DESTRUCTIVE
    if "G" in letters:
        return Answer.MUTATE
    if "C" in letters and not {"c", "e"} & letters:
        refuse(program, "endless")
    return Answer.OBSERVE


def _election(program: str, words: tuple[Word, ...]) -> Answer:
    del program
    said = {shown(word).lower().rpartition("=")[2] for word in words}
    return Answer.MUTATE if "preferred" in said and "unclean" not in said else Answer.DESTRUCTIVE


def _run_class(program: str, words: tuple[Word, ...]) -> Answer:
    del program
    named = shown(words[0]) if words else ""
    looks = named in {"kafka.tools.GetOffsetShell", "org.apache.kafka.tools.GetOffsetShell"}
    return Answer.OBSERVE if looks else Answer.SCRIPT


def _never(program: str, words: tuple[Word, ...]) -> Answer:
    del program, words
    return Answer.SCRIPT


def _looks(program: str, words: tuple[Word, ...]) -> Answer:
    del program, words
    return Answer.OBSERVE


def _quorum(program: str, words: tuple[Word, ...]) -> Answer:
    del program
    said = [shown(word) for word in words]
    return (
        Answer.OBSERVE
        if "describe" in said and not {"add-controller", "remove-controller"}.intersection(said)
        else (Answer.DESTRUCTIVE)
    )


def _has(words: tuple[Word, ...], flag: str) -> bool:
    return any(flag_name(word) == flag for word in words)


_CREATE: Final = {"--create": Answer.MUTATE, "--delete": Answer.DESTRUCTIVE}
_PROGRAMS: Final[dict[str, Reader]] = {
    "kafka-topics": _ByFlag({**_LOOK, **_CREATE, "--alter": Answer.DESTRUCTIVE}).read,
    "kafka-consumer-groups": _groups,
    "kafka-configs": _configs,
    "kafka-acls": _ByFlag(
        {"--list": Answer.OBSERVE, "--add": Answer.MUTATE, "--remove": Answer.DESTRUCTIVE}
    ).read,
    "kafka-reassign-partitions": _ByFlag(
        {
            "--list": Answer.OBSERVE,
            "--generate": Answer.OBSERVE,
            "--verify": Answer.MUTATE,
            "--execute": Answer.MUTATE,
            "--cancel": Answer.MUTATE,
        }
    ).read,
    "kafka-leader-election": _election,
    "kafka-preferred-replica-election": _ByFlag({"--bootstrap-server": Answer.MUTATE}).read,
    "kafka-log-dirs": _ByFlag({"--describe": Answer.OBSERVE}).read,
    "kafka-broker-api-versions": _looks,
    "kafka-get-offsets": _looks,
    "kafka-metadata-quorum": _quorum,
    "kafka-console-consumer": _consumer,
    "kafka-console-producer": _never,
    "kafka-run-class": _run_class,
    "kafka-delete-records": _never,
    "kafka-server-stop": _never,
    "kafka-server-start": _never,
    "kafka-storage": _never,
    "kafka-streams-application-reset": _never,
    "kafka-producer-perf-test": _never,
    "zookeeper-shell": _never,
}
READERS: Final[dict[str, Reader]] = {
    **_PROGRAMS,
    **{f"{name}.sh": reader for name, reader in _PROGRAMS.items()},
    "kcat": _kcat,
    "kafkacat": _kcat,
}
