"""Calling jq's functions by name: those of values, and those that run a part of a program."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, Final

from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.jq_forms import Run
from stanch.tools.filters.jq_functions import (
    PURE,
    NothingError,
    Pure,
    entries_joined,
    items_of,
    list_of,
    object_of,
)
from stanch.tools.filters.jq_values import Env, kind, order, truth


def called(name: str, arguments: list[Run]) -> Run:
    """Return the call of a function.

    Raises:
        ProgramError: the function is not in the list.
    """
    by_program = _BY_PROGRAM.get((name, len(arguments)))
    if by_program is not None:
        return by_program(*arguments)
    pure = PURE.get((name, len(arguments)))
    if pure is None:
        raise ProgramError(
            f"the function {name}/{len(arguments)} of jq is not known here",
            "Use paths, select, map, keys, length, to_entries, test, sort_by and the like.",
        )
    return _applied(pure, arguments)


def _applied(pure: Pure, arguments: list[Run]) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        env.budget.spend(1 + (len(value) // 8 if isinstance(value, (list, dict, str)) else 0))
        for values in _combined(arguments, value, env):
            try:
                yield pure(value, *values)
            except NothingError:
                continue

    return run


def _combined(arguments: list[Run], value: Any, env: Env) -> Iterator[tuple[Any, ...]]:
    if not arguments:
        yield ()
        return
    for last in arguments[-1](value, env):
        for others in _combined(arguments[:-1], value, env):
            yield (*others, last)


def _select(condition: Run) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        for asked in condition(value, env):
            if truth(asked):
                yield value

    return run


def _map(body: Run) -> Run:
    return lambda value, env: iter([[one for item in items_of(value) for one in body(item, env)]])


def _map_values(body: Run) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        if isinstance(value, dict):
            first = {key: next(body(held, env), _GONE) for key, held in value.items()}
            yield {key: held for key, held in first.items() if held is not _GONE}
        else:
            found = [next(body(item, env), _GONE) for item in items_of(value)]
            yield [item for item in found if item is not _GONE]

    return run


_GONE: Final = object()


def _with_entries(body: Run) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        entries = [{"key": key, "value": held} for key, held in object_of(value).items()]
        yield entries_joined([made for entry in entries for made in body(entry, env)])

    return run


def _keyed(body: Run, value: Any, env: Env) -> list[tuple[Any, Any]]:
    """Return the items of `value`, each with the key that `body` makes of it, in order."""
    found = [(order(list(body(item, env))), item) for item in list_of(value)]
    env.budget.spend(len(found))
    return sorted(found, key=lambda pair: pair[0])


def _sort_by(body: Run) -> Run:
    return lambda value, env: iter([[item for _, item in _keyed(body, value, env)]])


def _group_by(body: Run) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        runs = groupby(_keyed(body, value, env), key=lambda pair: pair[0])
        yield [[item for _, item in group] for _, group in runs]

    return run


def _unique_by(body: Run) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        runs = groupby(_keyed(body, value, env), key=lambda pair: pair[0])
        yield [next(group)[1] for _, group in runs]

    return run


def _extreme_by(body: Run, *, last: bool) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        found = [item for _, item in _keyed(body, value, env)]
        if not found:
            yield None
            return
        if last:
            yield found[-1]
        else:
            yield found[0]

    return run


def _first(body: Run) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        for one in body(value, env):
            yield one
            return

    return run


def _last(body: Run) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        found = list(body(value, env))
        yield from found[-1:]

    return run


def _whether(body: Run, *, every: bool) -> Run:
    def run(value: Any, env: Env) -> Iterator[Any]:
        asked = (truth(one) for item in items_of(value) for one in body(item, env))
        yield all(asked) if every else any(asked)

    return run


def _of_kind(*names: str) -> Callable[[], Run]:
    def run(value: Any, env: Env) -> Iterator[Any]:
        env.budget.spend()
        if kind(value) in names:
            yield value

    return lambda: run


def _empty() -> Run:
    return lambda _value, _env: iter(())


_BY_PROGRAM: Final[dict[tuple[str, int], Callable[..., Run]]] = {
    ("empty", 0): _empty,
    ("select", 1): _select,
    ("map", 1): _map,
    ("map_values", 1): _map_values,
    ("with_entries", 1): _with_entries,
    ("sort_by", 1): _sort_by,
    ("group_by", 1): _group_by,
    ("unique_by", 1): _unique_by,
    ("min_by", 1): lambda body: _extreme_by(body, last=False),
    ("max_by", 1): lambda body: _extreme_by(body, last=True),
    ("first", 1): _first,
    ("last", 1): _last,
    ("any", 1): lambda body: _whether(body, every=False),
    ("all", 1): lambda body: _whether(body, every=True),
    ("values", 0): _of_kind("boolean", "number", "string", "array", "object"),
    ("nulls", 0): _of_kind("null"),
    ("strings", 0): _of_kind("string"),
    ("numbers", 0): _of_kind("number"),
    ("booleans", 0): _of_kind("boolean"),
    ("arrays", 0): _of_kind("array"),
    ("objects", 0): _of_kind("object"),
    ("scalars", 0): _of_kind("null", "boolean", "number", "string"),
    ("iterables", 0): _of_kind("array", "object"),
}
