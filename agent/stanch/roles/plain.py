"""Text of a target, made fit to be shown to a model: bounded, and with nothing unseen in it.

Direction marks, zero-width and other invisible characters can hide an instruction from the
person who reads the same text. They are written out as their code points instead.
"""

import unicodedata

_KEPT = frozenset("\n\t")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
# Letters and marks by category, yet drawn as nothing.
_BLANKS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(chr(code) for code in range(0xFE00, 0xFE10))
    + "".join(chr(code) for code in range(0xE0100, 0xE01F0))
)


def shown(text: str) -> str:
    """Return `text` with every character that has no shape written as `<U+XXXX>`."""
    return "".join(_visible(letter) for letter in text)


def clipped(text: str, most: int) -> str:
    """Return `text` within `most` characters or little more: its head, its tail, and the gap.

    The tail is kept because the last line of a log is often the telling one.
    """
    if len(text) <= most:
        return text
    tail = most // 3
    head = most - tail
    return f"{text[:head]} [... {len(text) - most} characters left out ...] {text[-tail:]}"


def _visible(letter: str) -> str:
    if letter in _KEPT:
        return letter
    if letter in _BLANKS or unicodedata.category(letter) in _HIDDEN_CATEGORIES:
        return f"<U+{ord(letter):04X}>"
    return letter
