"""Whose turn it is: what a person is to carry out by hand, as any screen tells it."""

from stanch.cli.plain import plain
from stanch.cli.session import Session


def turn(here: Session, incident: str) -> str:
    """Return what a person is to do now, line by line; empty when it is nobody's turn."""
    from stanch.store.ledger import unsettled
    from stanch.tools.operations import DoByHand

    for entry in unsettled(here.store.database, incident):
        change = here.store.records.proposal(entry.proposal).operation
        if isinstance(change, DoByHand):
            asks = "\n  ".join(plain(line) for line in change.asks.split("\n"))
            return (
                f"{asks}\nThen say so: `stanch done {incident} --ran`, or `--did-not-run` "
                "if you did not."
            )
    return ""
