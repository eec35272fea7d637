"""Placeholders: the ways to write a parameter in a command, a query or a claim.

`<name>` is what people write for people, `$NAME` and `${NAME}` what they write for a
shell. They are recognised before anything else is read, so that no value can ever meet
a lexer. In a command people also write `<pod name>` and `<path/name>`.
"""

import re
from collections.abc import Collection
from typing import Final

ANGLE = re.compile(r"<([A-Za-z][A-Za-z0-9_-]{0,62})>")
# A name that is longer is not cut: a shell would read all of it as the name.
DOLLAR = re.compile(
    r"\$(?:\{([A-Za-z_][A-Za-z0-9_]{0,62})\}|([A-Za-z_][A-Za-z0-9_]{0,62})(?![A-Za-z0-9_]))"
)

# A named group of a regular expression, (?P<name>...) or (?<name>...), is no placeholder.
IN_TEXT = re.compile(r"(?<!\?P)(?<!\?)" + ANGLE.pattern)

# Each word of it begins with a letter or digit: `<in -r>` is two redirects and a flag.
_DESCRIBED: Final = re.compile(r"<([A-Za-z][A-Za-z0-9_]*(?:[-, ./]{1,2}[A-Za-z0-9_]+)*)>")
_MOST_DESCRIBED: Final = 96
_FLAG: Final = re.compile(r"[ ][-, ./]|[-./]{2}|[-/] ")
_NOT_NAME: Final = re.compile(r"[^a-z0-9]+")


def resolve(name: str, declared: Collection[str]) -> str:
    """Return the declared parameter that `name` means: itself, or its lower-case form.

    `$POD_NAME` and `<Pod name>` mean `pod-name` or `pod_name`. An undeclared name is
    returned as it is.
    """
    lower = name.lower()
    plain = _NOT_NAME.sub("-", lower)
    for form in (name, plain, plain.replace("-", "_"), lower):
        if form in declared:
            return form
    return name


def at(text: str, position: int) -> tuple[str, int] | None:
    """Return the name of the placeholder at `position` and the position after it."""
    if text[position] == "<" and (found := IN_TEXT.match(text, position)):
        return found[1], found.end()
    if text[position] == "$" and (found := DOLLAR.match(text, position)):
        return found[1] or found[2], found.end()
    return None


def described_at(text: str, position: int) -> tuple[str, int] | None:
    """Return the name of a placeholder of several words at `position`, and where it ends.

    Only outside of longer text is it certain that `<a b>` is one: in `x <a and b> y` it
    may be two comparisons.
    """
    found = _DESCRIBED.match(text, position, position + _MOST_DESCRIBED)
    if found is None or _FLAG.search(found[1]):
        return None
    return found[1], found.end()


def in_angles(text: str) -> tuple[str, ...]:
    """Return the names of all `<name>` in `text`, each once, in order."""
    return tuple(dict.fromkeys(found[1] for found in IN_TEXT.finditer(text)))


def all_in(text: str, declared: Collection[str]) -> frozenset[str]:
    """Return the parameters that `text` may mean, wherever they stand in it."""
    dollars = (found[1] or found[2] for found in DOLLAR.finditer(text))
    described = (found[1] for found in _DESCRIBED.finditer(text))
    names = (*in_angles(text), *dollars, *described)
    return frozenset(resolve(name, declared) for name in names)


def dollars_to_angles(text: str, declared: Collection[str]) -> str:
    """Return `text` with `$NAME` of a declared parameter as `<name>`; others stay."""

    def replaced(found: re.Match[str]) -> str:
        name = resolve(found[1] or found[2], declared)
        return f"<{name}>" if name in declared else found[0]

    return DOLLAR.sub(replaced, text)
