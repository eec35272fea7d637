"""sed: lines printed, deleted and changed by a short script."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.filters.base import MOST_LINES, BaseFilter
from stanch.tools.filters.errors import FilterError
from stanch.tools.filters.lines import joined, split
from stanch.tools.filters.regex import found_in
from stanch.tools.filters.sed_script import Address, Command, Substitution, parse
from stanch.tools.filters.written import Parts, written

_MOST_CHARACTERS = 4 * 1024 * 1024
_MOST_ON_A_LINE = 1024 * 1024


class Sed(BaseFilter):
    """Run the commands of `scripts`, one script after the other, on each line."""

    kind: Literal["sed"] = "sed"
    scripts: Annotated[tuple[Parts, ...], Field(min_length=1, max_length=20)]
    quiet: bool = False
    """Whether only what a command prints is kept (-n)."""
    extended: bool = False

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        _ = self._commands
        return self

    @cached_property
    def _commands(self) -> tuple[Command, ...]:
        return tuple(
            command
            for parts in self.scripts
            for command in parse(written(parts), extended=self.extended)
        )

    @property
    @override
    def most_lines(self) -> int:
        return MOST_LINES

    @override
    def apply(self, text: str) -> str:
        lines = split(text)
        made: list[str] = []
        length, ended = 0, True
        one = _Run(self._commands, lines, quiet=self.quiet)
        for line, whole in one.lines():
            length += len(line)
            if length > _MOST_CHARACTERS:
                raise FilterError("sed: the answer grows too long")
            made.append(line)
            ended = whole or text.endswith("\n")
        whole_text = joined(made)
        return whole_text if ended or one.stopped else whole_text.removesuffix("\n")


class _Run:
    """One run of a script; it remembers which ranges of lines are open."""

    def __init__(self, commands: tuple[Command, ...], lines: list[str], *, quiet: bool) -> None:
        self._commands = commands
        self._lines = lines
        self._quiet = quiet
        self._open: dict[int, Address] = {}
        self.stopped = False
        """Whether it was ended by `q`, which always ends the last line too."""

    def lines(self) -> Iterator[tuple[str, bool]]:
        """Yield each printed line, and whether its end is printed for sure."""
        for number, line in enumerate(self._lines, 1):
            last = number == len(self._lines)
            space, deleted, stopped = line, False, False
            for at, command in enumerate(self._commands):
                if not self._chosen(at, command, number, space):
                    continue
                if command.substitution is not None:
                    space, hit = _substituted(space, command.substitution)
                    if hit and command.substitution.prints:
                        yield space, not last
                elif command.name == "p":
                    yield space, not last
                else:
                    deleted, stopped = command.name == "d", command.name == "q"
                    break
            if not self._quiet and not deleted:
                yield space, not last
            if stopped:
                self.stopped = True
                return

    def _chosen(self, at: int, command: Command, number: int, space: str) -> bool:
        return self._in_range(at, command, number, space) != command.negated

    def _in_range(self, at: int, command: Command, number: int, space: str) -> bool:
        if command.first is None:
            return True
        if command.last is None:
            return self._is(command.first, number, space)
        if at in self._open:
            return self._goes_on(at, command.last, number, space)
        if not self._is(command.first, number, space):
            return False
        ends_here = isinstance(command.last, int) and command.last <= number
        if not ends_here:
            self._open[at] = command.last
        return True

    def _goes_on(self, at: int, last: Address, number: int, space: str) -> bool:
        if isinstance(last, int) and number > last:
            del self._open[at]
            return False
        if self._is(last, number, space):
            del self._open[at]
        return True

    def _is(self, address: Address, number: int, space: str) -> bool:
        if isinstance(address, int):
            return number == address
        if address == "$":
            return number == len(self._lines)
        return address.search(space) is not None


def _substituted(text: str, by: Substitution) -> tuple[str, bool]:
    """Return `text` after one substitution, and whether anything was replaced."""
    done: list[str] = []
    at = length = 0
    for count, found in enumerate(found_in(by.pattern, text), 1):
        if count < by.number:
            continue
        new = "".join(
            piece if isinstance(piece, str) else found[piece] or "" for piece in by.replacement
        )
        length += len(new)
        if length > _MOST_ON_A_LINE:
            raise FilterError("sed: a line grows too long")
        done += [text[at : found.start()], new]
        at = found.end()
        if not by.everywhere:
            break
    return "".join([*done, text[at:]]), bool(done)
