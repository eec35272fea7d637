"""Placeholders: the three ways to write a parameter in a command, a query or a claim.

`<name>` is what people write for people, `$NAME` and `${NAME}` what they write for a
shell. They are recognised before anything else is read, so that no value can ever meet
a lexer.
"""

import re
from collections.abc import Collection

ANGLE = re.compile(r"<([A-Za-z][A-Za-z0-9_-]{0,62})>")
DOLLAR = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]{0,62})\}|([A-Za-z_][A-Za-z0-9_]{0,62}))")

# A named group of a regular expression, (?P<name>...) or (?<name>...), is no placeholder.
IN_TEXT = re.compile(r"(?<!\?P)(?<!\?)" + ANGLE.pattern)


def resolve(name: str, declared: Collection[str]) -> str:
    """Return the declared parameter that `name` means: itself, or its lower-case form.

    `$POD_NAME` means `pod-name` or `pod_name`. An undeclared name is returned as it is.
    """
    lower = name.lower()
    for form in (name, lower.replace("_", "-"), lower):
        if form in declared:
            return form
    return name


def at(text: str, position: int) -> tuple[str, int] | None:
    """Return the name of the placeholder at `position` and the position after it."""
    if text[position] == "<" and (found := ANGLE.match(text, position)):
        return found[1], found.end()
    if text[position] == "$" and (found := DOLLAR.match(text, position)):
        return found[1] or found[2], found.end()
    return None


def in_angles(text: str) -> tuple[str, ...]:
    """Return the names of all `<name>` in `text`, each once, in order."""
    return tuple(dict.fromkeys(found[1] for found in IN_TEXT.finditer(text)))


def all_in(text: str, declared: Collection[str]) -> frozenset[str]:
    """Return the parameters that `text` may mean, wherever they stand in it."""
    dollars = (found[1] or found[2] for found in DOLLAR.finditer(text))
    return frozenset(resolve(name, declared) for name in (*in_angles(text), *dollars))


def dollars_to_angles(text: str, declared: Collection[str]) -> str:
    """Return `text` with `$NAME` of a declared parameter as `<name>`; others stay."""

    def replaced(found: re.Match[str]) -> str:
        name = resolve(found[1] or found[2], declared)
        return f"<{name}>" if name in declared else found[0]

    return DOLLAR.sub(replaced, text)
