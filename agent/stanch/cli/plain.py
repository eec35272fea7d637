"""Text from targets made safe for a terminal."""

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Control, format, surrogate and separator characters: they act instead of being read."""


def plain(text: str) -> str:
    """Return `text` with every control and invisible character shown instead of obeyed.

    A log line must not be able to move the cursor, recolour a card or hide a word. Line
    ends and tabs are kept.
    """
    return "".join(_shown(character) for character in text)


def one_line(text: str) -> str:
    """Return `text` safe and on one line, so that it cannot pass for a line of ours."""
    return " ".join(plain(text).split())


def _shown(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
