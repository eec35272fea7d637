"""What goes wrong with a decision, and the words that are kept of one."""


class ApprovalError(Exception):
    """The decision does not count; the message says why and what to do."""


def legible(text: str) -> str:
    """Return what somebody said on one line, without what is obeyed instead of being read."""
    # A control character would be obeyed by some terminal, and refused by some database.
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
