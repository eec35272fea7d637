"""The forms of jq programs: each is a function from an input to its outputs."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, Final, TypeAlias

from stanch.tools.filters.errors import FilterError
from stanch.tools.filters.jq_values import (
    Env,
    JqError,
    add,
    divide,
    kind,
    modulo,
    multiply,
    order,
    short,
    subtract,
    text,
    truth,
)

Run: TypeAlias = Callable[[Any, Env], Iterator[Any]]

OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
    "==": lambda a, b: order(a) == order(b),
    "!=": lambda a, b: order(a) != order(b),
    "<": lambda a, b: order(a) < order(b),
    "<=": lambda a, b: order(a) <= order(b),
    ">": lambda a, b: order(a) > order(b),
    ">=": lambda a, b: order(a) >= order(b),
}


def identity(value: Any, env: Env) -> Iterator[Any]:
    """`.`: the input."""
    env.budget.spend()
    yield value


def constant(wanted: Any) -> Run:
    """A value that is written out."""

    def run(_: Any, env: Env) -> Iterator[Any]:
        env.budget.spend()
        yield wanted

    return run


def variable(name: str) -> Run:
    """`$name`."""

    def run(_: Any, env: Env) -> Iterator[Any]:
        env.budget.spend()
        yield env.variables[name]

    return run


def pipe(first: Run, then: Run) -> Run:
    """`first | then`."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        for one in first(value, env):
            yield from then(one, env)

    return run


def comma(first: Run, then: Run) -> Run:
    """`first, then`."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        yield from first(value, env)
        yield from then(value, env)

    return run


def bound(source: Run, name: str, body: Run) -> Run:
    """`source as $name | body`."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        for one in source(value, env):
            yield from body(value, env.having(name, one))

    return run


def index(of: Run, by: Run, *, quiet: bool = False) -> Run:
    """`of[by]`: of an object by a name, of an array by a number; `quiet` for `of[by]?`."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        for key in by(value, env):
            for held in of(value, env):
                env.budget.spend()
                try:
                    found = _indexed(held, key)
                except JqError:
                    if quiet:
                        continue
                    raise
                yield found

    return run


def _indexed(held: Any, key: Any) -> Any:
    match held, key:
        case None, str() | int() | float() | None:
            return None
        case dict(), str():
            return held.get(key)
        case list(), bool():
            pass
        case list(), int() | float():
            if key % 1:
                raise FilterError("jq: an item is asked for by a number that is not whole")
            at = int(key)
            return held[at] if -len(held) <= at < len(held) else None
    raise JqError(f"{kind(held)} has no item {text(key)[:40]}")


def piece(of: Run, start: Run | None, end: Run | None, *, quiet: bool = False) -> Run:
    """`of[start:end]`: of an array or a text."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        ends = list(end(value, env)) if end else [None]
        starts = list(start(value, env)) if start else [None]
        for first, last in product(starts, ends):
            for held in of(value, env):
                env.budget.spend(len(held) // 100 if isinstance(held, (list, str)) else 1)
                try:
                    found = _part(held, first, last)
                except JqError:
                    if quiet:
                        continue
                    raise
                yield found

    return run


def _part(held: Any, first: Any, last: Any) -> Any:
    if held is not None and not isinstance(held, (list, str)):
        raise JqError(f"{kind(held)} has no parts")
    if kind(first) not in {"null", "number"} or kind(last) not in {"null", "number"}:
        raise JqError("a part begins and ends with a number")
    first_at = None if first is None else int(first // 1)
    last_at = None if last is None else -int(-last // 1)
    return None if held is None else held[first_at:last_at]


def each(of: Run, *, quiet: bool = False) -> Run:
    """`of[]`: the values of an array or object, one by one."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        for held in of(value, env):
            if not isinstance(held, (list, dict)):
                if quiet:
                    continue
                raise JqError(f"{kind(held)} has no items")
            for item in held if isinstance(held, list) else held.values():
                env.budget.spend()
                yield item

    return run


def everything(value: Any, env: Env) -> Iterator[Any]:
    """`..`: the input and all that is in it, from the top down."""
    waiting = [value]
    while waiting:
        env.budget.spend()
        here = waiting.pop()
        yield here
        if isinstance(here, (list, dict)):
            waiting += reversed(here if isinstance(here, list) else list(here.values()))


def tried(body: Run, otherwise: Run | None) -> Run:
    """`body?` and `try body catch otherwise`."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        try:
            yield from body(value, env)
        except JqError as error:
            if otherwise is not None:
                yield from otherwise(str(error), env)

    return run


def binary(sign: str, left: Run, right: Run) -> Run:
    """An operator between two values; the right one varies more slowly."""
    apply = OPERATORS[sign]

    def run(value: Any, env: Env) -> Iterator[Any]:
        for b in right(value, env):
            for a in left(value, env):
                env.budget.spend(1 + _size(a) + _size(b))
                yield apply(a, b)

    return run


def _size(value: Any) -> int:
    return len(value) // 16 if isinstance(value, (str, list, dict)) else 0


def logic(sign: str, left: Run, right: Run) -> Run:
    """`and` and `or`; the right side is looked at only where it matters."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        for a in left(value, env):
            if truth(a) == (sign == "or"):
                yield sign == "or"
            else:
                yield from (truth(b) for b in right(value, env))

    return run


def alternative(left: Run, right: Run) -> Run:
    """`left // right`: what is true on the left, or else the right."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        found = False
        for a in left(value, env):
            if truth(a):
                found = True
                yield a
        if not found:
            yield from right(value, env)

    return run


def negative(of: Run) -> Run:
    """`-of`."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        for a in of(value, env):
            if kind(a) != "number":
                raise JqError(f"{kind(a)} cannot be negated")
            yield -a if a else -0.0

    return run


def choice(condition: Run, then: Run, otherwise: Run) -> Run:
    """`if condition then ... else ... end`."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        for asked in condition(value, env):
            yield from (then if truth(asked) else otherwise)(value, env)

    return run


def array(of: Run | None) -> Run:
    """`[of]`: all outputs in one array."""

    def run(value: Any, env: Env) -> Iterator[Any]:
        env.budget.spend()
        yield [] if of is None else list(of(value, env))

    return run


def construct(pairs: Sequence[tuple[Run, Run]]) -> Run:
    """`{key: value, ...}`: one object for each combination of keys and values."""

    def made(at: int, value: Any, env: Env) -> Iterator[dict[str, Any]]:
        env.budget.spend()
        if at == len(pairs):
            yield {}
            return
        key_of, value_of = pairs[at]
        for key in key_of(value, env):
            if not isinstance(key, str):
                raise JqError(f"{kind(key)} cannot be a key")
            for held in value_of(value, env):
                for rest in made(at + 1, value, env):
                    env.budget.spend(len(pairs))
                    yield {key: held, **rest}

    return lambda value, env: made(0, value, env)


def interpolated(pieces: Sequence[str | Run], form: Callable[[Any], str]) -> Run:
    r"""`"text \(program) text"`: text with values in it, each printed by `form`."""

    def made(at: int, value: Any, env: Env) -> Iterator[str]:
        if at == len(pieces):
            yield ""
            return
        here = pieces[at]
        for rest in made(at + 1, value, env):
            for held in [here] if isinstance(here, str) else map(form, here(value, env)):
                env.budget.spend(1 + (len(held) + len(rest)) // 100)
                yield short(held + rest)

    return lambda value, env: made(0, value, env)
