"""Programs that run another program: the inner command is read, and carries the outer's mark.

`sudo` says as whom, `ssh` where, `timeout` for how long, and `docker exec`, `chroot` and
`ip netns exec` inside of what. What the inner command is, and does, its own grammar says.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.hosts_arguments import slot
from stanch.runbook.grammar.hosts_git import git
from stanch.runbook.grammar.hosts_inner import HOST_KINDS, WrapperWords, inner, marked, no_way
from stanch.runbook.grammar.hosts_ssh import ssh
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.words import Word

_HARMLESS: Final = frozenset({"LC_ALL", "LANG", "LANGUAGE", "TZ", "ETCDCTL_API", "TERM", "COLUMNS"})
"""The variables that change how an answer looks, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited(Surroundings):
    """Surroundings in which a time limit ends every command."""


_SUDO_USER: Final = re.compile(r"(?:--user=|-[inHE]*u)(.*)")


def _sudo(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    words = WrapperWords(program, given)
    user: Any = "root"
    while (flag := words.flag()) is not None:
        if flag in {"-u", "--user"}:
            user = slot(words.value(flag))
        elif found := _SUDO_USER.fullmatch(flag):
            user = found[1] or slot(words.value(flag))
        elif flag in {"-i", "-s", "--login", "--shell"}:
            if not words.left:
                raise _session("sudo")
            continue
        elif flag in {"-l", "--list", "-v", "-k", "-K", "-e", "--edit"}:
            words.refuse(flag)
        elif flag == "--":
            break
        elif flag not in {"-n", "-H", "-E", "--non-interactive", "--set-home"}:
            words.refuse(flag)
    _variables(words)
    typed = inner(words, replace(around, inside="host") if around.inside == "here" else around)
    return marked(typed, sudo=user) if typed.kind in HOST_KINDS else typed


def _session(program: str) -> RefusedError:
    return RefusedError(
        "RB029", f"'{program}' opens a shell here.", remedy="Write the command behind it."
    )


def _variables(words: WrapperWords) -> None:
    """Take the assignments of variables from the front, if they are harmless."""
    while words.left and isinstance(words.left[0][0], str) and "=" in words.left[0][0]:
        name, _, _ = words.left[0][0].partition("=")
        if not name.isidentifier():
            return
        if name not in _HARMLESS:
            raise RefusedError(
                "RB036", f"The variable {name} is set.", remedy="Leave the variable out."
            )
        words.left.pop(0)


def _env(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    words = WrapperWords(program, given)
    _variables(words)
    if not words.left:
        raise RefusedError("RB036", f"'{program}' shows secrets.", remedy="Leave it out.")
    if words.flag() is not None:
        raise RefusedError("RB023", f"No flag of '{program}' is allowed.")
    return around.read(tuple(words.left), around)


def _timeout(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    words = WrapperWords(program, given)
    while (flag := words.flag()) is not None:
        if flag in {"-k", "-s", "--signal", "--kill-after"}:
            words.value(flag)
        elif not flag.startswith(("--kill-after=", "--signal=", "-k", "-s")) and flag not in {
            "--preserve-status",
            "--foreground",
            "-v",
            "--verbose",
        }:
            words.refuse(flag)
    limit = words.value("The time limit")
    text = slots.whole(limit, "The time limit")
    seconds: Any = text
    if isinstance(text, str):
        seconds = slots.seconds(text if text[-1:].isalpha() else f"{text}s", "The time limit")
    limited = Limited(read=around.read, params=around.params, inside=around.inside)
    typed = inner(words, limited)
    return marked(typed, seconds=seconds) if typed.kind in HOST_KINDS else typed


def _nice(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    words = WrapperWords(program, given)
    while (flag := words.flag()) is not None:
        if flag in {"-n", "-c"}:
            slots.literal(words.value(flag), flag)
        elif flag in {"-p", "-P", "-u"}:
            return None
        elif not flag[1:].lstrip("-nc").isdigit() and flag not in {"-t", "--"}:
            words.refuse(flag)
    return inner(words, around)


def _time(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    words = WrapperWords(program, given)
    while (flag := words.flag()) is not None:
        if flag not in {"-p", "-v", "--"}:
            words.refuse(flag)
    return inner(words, around)


_ENGINES: Final = frozenset({"docker", "podman", "nerdctl", "crictl"})
_ENGINE_SWITCHES: Final = frozenset(
    {"-i", "-t", "-it", "-ti", "--interactive", "--tty", "-s", "--sync"}
)


def _engine(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    """Read `docker exec NAME command`; everything else stands in the tables."""
    if not given or given[0] != ("exec",):
        if given[:2] == (("container",), ("exec",)):
            return _engine(program, given[1:], around)
        _check_run(program, given)
        return None
    words = WrapperWords(f"{program} exec", given[1:])
    user: Any = None
    while (flag := words.flag()) is not None:
        if flag in {"-u", "--user"}:
            user = slot(words.value(flag))
        elif flag.startswith("--user="):
            user = flag.removeprefix("--user=")
        elif flag not in _ENGINE_SWITCHES:
            words.refuse(flag)
    name = slot(words.value("The container"))
    return _enclosed(words, around, {"by": program, "name": name, "user": user})


def _check_run(program: str, given: tuple[Word, ...]) -> None:
    """Refuse a new container that reaches the host: nobody can say what it does there."""
    if program == "crictl" or not given or given[0] not in {("run",), ("create",)}:
        return
    risky = ("-v", "--volume", "--mount", "--privileged", "--pid", "--net", "--ipc", "--device")
    for word in given:
        first = word[0] if isinstance(word[0], str) else ""
        if first.startswith(risky) or first in _ENGINE_SWITCHES:
            raise RefusedError(
                "RB029",
                f"'{program} run' with {first.partition('=')[0]} can do anything on the host.",
                remedy="Use a command of the host itself.",
            )


def _chroot(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    words = WrapperWords(program, given)
    if (flag := words.flag()) is not None:
        words.refuse(flag)
    root = slot(words.value("The folder"))
    if not words.left:
        return None
    return _enclosed(words, around, {"by": "chroot", "name": root})


def _ip(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    if given[:2] not in {(("netns",), ("exec",)), (("net",), ("exec",))}:
        return None
    words = WrapperWords(f"{program} netns exec", given[2:])
    if len(words.left) < 2 or words.flag() is not None:
        return None
    name = slot(words.value("The namespace"))
    return _enclosed(words, around, {"by": "netns", "name": name})


def _enclosed(words: WrapperWords, around: Surroundings, enclosure: dict[str, Any]) -> Typed:
    typed = inner(words, replace(around, inside="container"))
    if typed.kind not in HOST_KINDS or "sudo" in typed.fields or "seconds" in typed.fields:
        return no_way(typed, words.program)
    return marked(typed, inside={k: v for k, v in enclosure.items() if v is not None})


Wrapper = Callable[[str, tuple[Word, ...], Surroundings], Typed | None]

WRAPPERS: Final[Mapping[str, Wrapper]] = MappingProxyType(
    {
        "sudo": _sudo,
        "env": _env,
        "timeout": _timeout,
        "nice": _nice,
        "ionice": _nice,
        "time": _time,
        "chroot": _chroot,
        "ip": _ip,
        "ssh": ssh,
        "git": git,
        **dict.fromkeys(sorted(_ENGINES), _engine),
    }
)
"""The wrappers by name; one that returns None leaves the command to the tables."""
