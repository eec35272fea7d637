"""The commands that a machine answers, in the formats of Debian's own tools.

Each is a function of the words of a command line and of a `Sight`; `run` is the only door.
What is not in the table is not found: there is no shell and no way to another program.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from stanch.sandbox.hosts.commands.answer import Answer
from stanch.sandbox.hosts.commands.options import UsageError
from stanch.sandbox.hosts.commands.sight import Sight

__all__ = ["Answer", "run"]

Command = Callable[[Sequence[str], Sight], Answer]
_SECONDS = re.compile(r"\d+(?:\.\d+)?[smhd]?")
_WRAPPERS = 4
"""How many wrappers may stand before a program."""


@cache
def table() -> Mapping[str, Command]:
    """Return all programs by name."""
    from stanch.sandbox.hosts.commands import (  # noqa: PLC0415  # tables of one door
        acts,
        clock,
        disk,
        docker,
        ending,
        files,
        finding,
        load,
        logs,
        network,
        opened,
        process,
        rotation,
        services,
        system,
        text,
        tls,
        top,
    )

    modules = (acts, clock, disk, docker, ending, files, finding, load, logs, network, opened)
    found: dict[str, Command] = {}
    for module in (*modules, process, rotation, services, system, text, tls, top):
        found.update(module.COMMANDS)
    return found


def run(argv: Sequence[str], see: Sight) -> Answer:
    """Answer one command line, given as words."""
    try:
        argv, see = _unwrapped(list(argv), see)
        if not argv:
            return Answer()
        name = (
            argv[0].rpartition("/")[2]
            if argv[0].startswith(("/bin/", "/usr/", "/sbin/"))
            else argv[0]
        )
        command = table().get(name)
        if command is None:
            return Answer(err=f"bash: line 1: {argv[0]}: command not found\n", status=127)
        return command((name, *argv[1:]), see)
    except UsageError as error:
        return Answer(err=f"{error}\n", status=error.status)


def _unwrapped(argv: list[str], see: Sight) -> tuple[list[str], Sight]:
    """Return the program behind sudo, timeout, env and nice, and how it is seen.

    Raises:
        UsageError: a wrapper does not take what it was given, or forbids it.
    """
    for _ in range(_WRAPPERS):
        match argv[:1]:
            case ["sudo"]:
                argv, see = _sudo(argv[1:], see)
            case ["timeout"]:
                argv = _timeout(argv[1:])
            case ["nice"]:
                argv = argv[3:] if argv[1:2] == ["-n"] else argv[1:]
            case ["env"]:
                argv = argv[1:]
                while argv and "=" in argv[0]:
                    argv = argv[1:]
            case _:
                return argv, see
    raise UsageError("forced-command: too many programs stand before the command", 126)


def _sudo(rest: list[str], see: Sight) -> tuple[list[str], Sight]:
    asked, user = False, "root"
    while rest and rest[0].startswith("-"):
        word, rest = rest[0], rest[1:]
        if word == "--":
            break
        if word in {"-n", "--non-interactive"}:
            asked = True
        elif word in {"-u", "--user"} and rest:
            user, rest = rest[0], rest[1:]
        elif word.startswith("--user="):
            user = word.partition("=")[2]
        else:
            raise UsageError(f"sudo: invalid option -- '{word.lstrip('-')[:1]}'")
    if user not in {"root", see.user, "postgres", "www-data", "shop"}:
        raise UsageError(
            f"sudo: unknown user {user}\nsudo: error initializing audit plugin sudoers_audit"
        )
    if not asked or see.user not in {"reader", "operator"}:
        raise UsageError(
            "sudo: a terminal is required to read the password; either use the -S option to read"
            " from standard input or configure an askpass helper\nsudo: a password is required"
        )
    return rest, replace(see, root=user == "root", acting=user)


def _timeout(rest: list[str]) -> list[str]:
    while rest and rest[0].startswith("-"):
        word, rest = rest[0], rest[1:]
        if word in {"-k", "-s"}:
            rest = rest[1:]
        elif not word.startswith(
            ("-k", "-s", "--kill-after=", "--signal=", "--preserve", "--fore")
        ):
            raise UsageError(
                f"timeout: unrecognized option '{word}'\n"
                "Try 'timeout --help' for more information.",
                125,
            )
    if not rest:
        raise UsageError(
            "timeout: missing operand\nTry 'timeout --help' for more information.", 125
        )
    if not _SECONDS.fullmatch(rest[0]):
        raise UsageError(
            f"timeout: invalid time interval \u2018{rest[0]}\u2019\n"
            "Try 'timeout --help' for more information.",
            125,
        )
    return rest[1:]
