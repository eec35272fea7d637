"""What a sentence of a model may not hold, so that prose can never be taken for an order.

A post-mortem and the reason of a choice are read by people who approve changes. A sentence
that holds a command, a link, or a call to destroy or to approve is therefore refused as a
whole. Whether the sentence is true is checked elsewhere, against the journal.
"""

import re

from stanch.roles.plain import shown

MAX_SENTENCE = 600
"""Characters; what a claim can hold."""

_OBJECTIONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a link", re.compile(r"\w+://|\bwww\.|\bmailto:|\bjavascript:", re.IGNORECASE)),
    ("markup", re.compile(r"</?[a-z!]|\]\s*[(\[]|&#?\w+;", re.IGNORECASE)),
    (
        "a command",
        re.compile(
            r"\b(kubectl|helm|psql|ssh|curl|wget|sudo|crictl|systemctl|chmod|eval)\s+[-\w/]"
            r"|\brm\s+-|&&|\|\||\$\(|\bdelete\s+from\b"
            r"|\b(drop|truncate)\s+(the\s+)?(table|database|schema|index|volume|namespace)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "a call to destroy something",
        re.compile(r"\b(delete|destroy|wipe|purge|erase|uninstall)\b", re.IGNORECASE),
    ),
    (
        "a call to approve",
        re.compile(
            r"^approve\b|\b(please|must|should|to|now|and|just|can|safely)\s+approve\b"
            r"|\b(ignore|disregard|override)\b.*\binstructions?\b|\bwithout\s+approval\b",
            re.IGNORECASE,
        ),
    ),
)


def tidy(text: str) -> str:
    """Return `text` on one line, without the Markdown emphasis that models like to add."""
    plain = text.replace("`", "").replace("**", "").replace("__", "")
    return " ".join(plain.split()).lstrip("#>-*• ").strip()


def objection(text: str) -> str | None:
    """Say what in `text` may not be shown as prose, or return None when nothing is wrong."""
    if not text:
        return "nothing"
    if len(text) > MAX_SENTENCE:
        return f"more than {MAX_SENTENCE} characters"
    if not text.isprintable() or shown(text) != text:
        return "characters that cannot be seen"
    return next((what for what, pattern in _OBJECTIONS if pattern.search(text)), None)
