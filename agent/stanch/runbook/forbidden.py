"""What a command line may not hold, each by its name and with what to write instead."""

import re
import string
import unicodedata
from typing import Final, NoReturn

from stanch.runbook.findings import RefusedError

RESERVED: Final = frozenset(
    {
        *("if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until"),
        *("for", "in", "function", "select", "time", "coproc"),
    }
)
"""Words that a shell takes for itself where a program's name stands."""

_ONLY_WORDS: Final = "Write one plain command; stanch runs no shell."
_QUOTE_IT: Final = "Put it in single quotes if it is meant as text."
_OWN_LINE: Final = "Write each command on a line of its own."
_SPECIAL: Final[dict[str, tuple[str, str]]] = {
    "&": ("a background or and-list operator", _OWN_LINE),
    ";": ("a command separator", _OWN_LINE),
    "<": ("a redirect", "A placeholder is written <name>, without blanks at its ends."),
    ">": ("a redirect", "Leave it out: the answer is kept as evidence."),
    "(": ("a subshell", _QUOTE_IT),
    ")": ("a subshell", _QUOTE_IT),
    "`": ("a command substitution", "Declare a parameter and write <name>."),
    "*": ("a file pattern", _QUOTE_IT),
    "?": ("a file pattern", _QUOTE_IT),
    "[": ("a file pattern", _QUOTE_IT),
    "{": ("a brace expansion", _QUOTE_IT),
    "}": ("a brace expansion", _QUOTE_IT),
    "~": ("a tilde expansion", _QUOTE_IT),
    "!": ("a history expansion", _QUOTE_IT),
}
_LONGER: Final[dict[str, tuple[str, str]]] = {
    "||": ("an or-list operator", _OWN_LINE),
    "&&": ("an and-list operator", _OWN_LINE),
    "|&": ("a pipe that only bash knows", "Write 2>&1 | instead."),
    "&>": ("a redirect that only bash knows", "Leave it out, or write >/dev/null 2>&1."),
    "<<": ("the begin of a here-document", _ONLY_WORDS),
    "<(": ("a process substitution", _ONLY_WORDS),
    ">(": ("a process substitution", _ONLY_WORDS),
    "$(": ("a command substitution", "Write NAME=$(command) on a line before, then $NAME."),
}
_SUSPECT: Final = re.compile(r"[^ -~\t\n]")
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What shows nothing though Unicode counts it as a letter, a mark or a sign."""


def refuse(message: str, remedy: str) -> NoReturn:
    """Refuse a command line.

    Raises:
        RefusedError: always.
    """
    raise RefusedError("RB020", message, remedy=remedy)


def refuse_hidden(text: str) -> None:
    """Refuse `text`, quoted or a comment, if a reader cannot see all of it.

    Raises:
        RefusedError: it holds a control, an invisible character or an odd blank.
    """
    for found in _SUSPECT.finditer(text):
        here = found[0]
        if unicodedata.category(here) in _HIDDEN_CATEGORIES or _BLANK.match(here):
            refuse_character(here)


def refuse_character(here: str) -> NoReturn:
    """Refuse a character that has no place in a command.

    Raises:
        RefusedError: always.
    """
    refuse(f"The command holds {described(here)}.", "Type it in plain ASCII, or leave it out.")


def refuse_at(text: str, at: int) -> NoReturn:
    """Refuse what stands at `at`, by the name that a shell has for it.

    Raises:
        RefusedError: always.
    """
    here, two = text[at], text[at : at + 2]
    if two in _LONGER:
        name, remedy = _LONGER[two]
        refuse(f"'{two}' is {name}, which needs a shell.", remedy)
    if here == "$":
        refuse(
            "'$' begins an expansion, which needs a shell.",
            "Only whole parameters are filled in: <name>, $NAME or ${NAME}.",
        )
    if here == "\n":
        refuse("A line ends inside the command.", _OWN_LINE)
    if here in _SPECIAL:
        name, remedy = _SPECIAL[here]
        refuse(f"{described(here)} is {name}, which needs a shell.", remedy)
    refuse_character(here)


def described(character: str) -> str:
    """Return `character` in quotes, or its number and name where it does not print."""
    if character in string.printable and character.isprintable():
        return f"'{character}'"
    name = unicodedata.name(character, "control character").lower()
    return f"U+{ord(character):04X} ({name})"
