"""Text from targets made safe for a terminal."""

import re

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def plain(text: str) -> str:
    """Return `text` with every control and invisible character shown instead of obeyed.

    A log line must not be able to move the cursor, recolour a card or hide a word.
    """
    return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text)
