"""Patterns: the linear-time engine that searches lines, and how its matches are counted."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from stanch.tools.filters.errors import FilterError, ProgramError

Pattern = Any
"""A compiled pattern; the engine has no types."""

_MOST_MATCHES: Final = 100_000


@lru_cache(maxsize=256)
def compiled(pattern: str, *, ignore_case: bool = False, longest: bool = True) -> Pattern:
    """Return `pattern`, in the engine's own syntax, ready to search lines.

    Raises:
        ProgramError: the engine does not take it.
    """
    import re2  # noqa: PLC0415 - needed only for patterns

    options = re2.Options()
    options.longest_match = longest
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.max_mem = 8 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ProgramError(f"the pattern cannot be used: {why}", "Write a simpler one.") from error


def found_in(pattern: Pattern, text: str) -> Iterator[Any]:
    """Yield the matches in `text`, as GNU programs count them, up to a limit.

    An empty match right behind another match is none.

    Raises:
        FilterError: there are too many.
    """
    last = -1
    for count, found in enumerate(pattern.finditer(text)):
        if count > _MOST_MATCHES:
            raise FilterError(f"a pattern matches more than {_MOST_MATCHES} times")
        if not found.start() == found.end() == last:
            yield found
        last = found.end()


def quoted(text: str) -> str:
    """Return the pattern that matches exactly `text`."""
    return "".join(quoted_one(character) for character in text)


def groups(pattern: str) -> int:
    """Return how many groups a translated pattern captures."""
    return int(compiled(pattern).groups)


def quoted_one(character: str) -> str:
    """Return the pattern that matches exactly one character."""
    plain = character.isalnum() or character in " _" or ord(character) > 127
    return character if plain else f"\\x{{{ord(character):x}}}"
