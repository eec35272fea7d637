"""The grammar of git in a repository of the settings: its log, and the revert of a commit.

A path behind -C is a folder of a host, and so is everything behind ssh or sudo: those are
left to the tables of host programs. A revert is never pushed to a branch that exists, so
`git push` is none of these: it stays refused, or with a person.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Allowed, Flag
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.model import ParamRef
from stanch.runbook.words import Word

_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_]([-A-Za-z0-9_.]{0,251}[A-Za-z0-9_])?")
_COUNT: Final = re.compile(r"-([0-9]{1,9})")
_SINCE: Final = re.compile(r"([1-9][0-9]{0,6})[ .](second|minute|hour|day|week)s?(?:[ .]ago)?")
_UNITS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_MOST: Final = 500
_ELSEWHERE: Final = "only hosts can tell it: write the whole path behind -C"
_LOG: Final = Allowed(
    verb="git -C NAME log",
    flags=(
        Flag(name="max-count", short="n"),
        Flag(name="since"),
        Flag(name="after"),
        Flag(name="oneline", switch=True),
        Flag(name="no-color", switch=True),
        Flag(name="no-decorate", switch=True),
    ),
    refused=dict.fromkeys(("--author", "--grep", "--stat", "--patch", "-p", "--all"), _ELSEWHERE),
)
_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}|HEAD")
_BY_PEOPLE: Final = "a revert is prepared for review, one commit at a time"
_REVERT: Final = Allowed(
    verb="git revert",
    flags=(
        Flag(name="mainline", short="m"),
        Flag(name="no-edit", switch=True),
        Flag(name="edit", short="e", switch=True),
        Flag(name="signoff", short="s", switch=True),
    ),
    refused=dict.fromkeys(
        (
            *("--no-commit", "-n", "--continue", "--skip", "--abort", "--quit"),
            *("--strategy", "--strategy-option", "-X", "--gpg-sign", "-S", "--cleanup"),
        ),
        _BY_PEOPLE,
    ),
)


def git(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    """Return what git asks of a repository of the settings; None where it asks another.

    Raises:
        RefusedError: it asks for more than the newest commits, or the revert of one.
    """
    del program
    if around.inside == "here" and given[:1] == (("revert",),):
        return _revert(None, given[1:])
    named = _repository(given, around, "revert")
    if named is not None:
        return _revert(*named)
    found = _repository(given, around, "log")
    if found is None:
        return None
    repository, rest = found
    asked = _LOG.read([word for one in rest for word in _counted(one)])
    if asked.rest or asked.after is not None:
        raise RefusedError(
            "RB026",
            "The commits of a repository of the settings are those of its configured branch.",
            remedy="Leave out branches, ranges and paths, or write a whole path behind -C.",
        )
    count, since = asked.flags.get("max-count"), _since(asked.flags)
    fields: dict[str, Any] = {
        "repository": repository,
        "most": _MOST if count is None else slots.number(count, "The number of commits"),
    }
    if since is not None:
        fields["since_seconds"] = since
    return Typed(kind="git.commits", fields=fields)


def _revert(repository: str | ParamRef | None, words: tuple[Word, ...]) -> Typed:
    """Return the intent to undo one commit.

    Raises:
        RefusedError: it names none or several, or asks for it in another way.
    """
    asked = _REVERT.read(words)
    if len(asked.rest) != 1 or asked.after is not None:
        raise RefusedError(
            "RB026",
            "A revert names exactly one commit, so that a person can review it.",
            remedy="Write one command for each commit.",
        )
    (word,) = asked.rest
    commit = word[0] if len(word) == 1 else None
    if not isinstance(commit, ParamRef) and not (
        isinstance(commit, str) and _COMMIT.fullmatch(commit)
    ):
        raise RefusedError(
            "RB028",
            "A commit is named by its id, at least seven digits of it, or as HEAD.",
            remedy="Write the id, or a parameter of the type commit.",
        )
    fields: dict[str, Any] = {"repository": repository, "commit": commit}
    if "mainline" in asked.flags:
        fields["mainline"] = slots.number(asked.flags["mainline"], "The parent that is kept")
    return Typed(kind="intent.revert", fields=fields)


def _repository(
    given: tuple[Word, ...], around: Surroundings, verb: str
) -> tuple[str | ParamRef, tuple[Word, ...]] | None:
    """Return the name behind -C and the words behind `verb`; None for anything else."""
    words = tuple(word for word in given[:3] if word != ("--no-pager",)) + given[3:]
    named = around.inside == "here" and len(words) > 2 and words[0] == ("-C",)
    if not named or words[2] != (verb,) or len(words[1]) != 1:
        return None
    name = words[1][0]
    if isinstance(name, ParamRef):
        param = around.params.get(name.param)
        is_path = param is not None and param.type == "path"
        return None if is_path else (name, words[3:])
    return (name, words[3:]) if _REPOSITORY.fullmatch(name) else None


def _counted(word: Word) -> tuple[Word, ...]:
    """Return `-20` as `-n 20`, and any other word as it is."""
    found = _COUNT.fullmatch(word[0]) if len(word) == 1 and isinstance(word[0], str) else None
    return (word,) if found is None else (("-n",), (found[1],))


def _since(flags: Mapping[str, Word]) -> int | None:
    given = [(name, flags[name]) for name in ("since", "after") if name in flags]
    if not given:
        return None
    (name, word), *more = given
    found = _SINCE.fullmatch(slots.literal(word, f"--{name}"))
    if more or found is None:
        raise RefusedError(
            "RB028",
            f"--{name} is not a time that means the same to everybody.",
            remedy='Write it once, like --since="2 hours ago".',
        )
    return int(found[1]) * _UNITS[found[2]]
