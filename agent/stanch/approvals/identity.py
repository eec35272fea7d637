"""Who decides, established by something that the person cannot simply type.

A name is never taken from what somebody says of themselves: the operating system names
the person at a terminal, and a token names whoever holds it. Other ways, such as a login
with OpenID Connect or a signed request of a chat, take the place of `Authority`.
"""

from dataclasses import dataclass
from typing import Protocol

from stanch.approvals.errors import ApprovalError
from stanch.clock import Clock
from stanch.store import Store

TERMINAL = "operating system user"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who decides, and how that was established."""

    name: str
    how: str


class Authority(Protocol):
    """A way to know who somebody is.

    An implementation for OpenID Connect checks signature, issuer, audience and expiry of an
    ID token and gives the claim that the policy's names are made of; one for a chat checks
    the signature and the age of its request. Both give an error for all that they cannot
    check, and neither takes a name from the body of a message.
    """

    def identify(self, credential: str) -> Identity:
        """Return whose `credential` it is.

        Raises:
            ApprovalError: nobody's, or not any more.
        """


class OperatingSystem:
    """Takes the person from the operating system; there is no credential."""

    def __init__(self, user: str) -> None:
        """Use `user`, as the process itself was told by the operating system."""
        self._user = user

    def identify(self, credential: str = "") -> Identity:
        """Return the user of this process."""
        del credential
        return Identity(self._user, TERMINAL)


class TokenAuthority:
    """Takes the person from a token that this store has issued."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def identify(self, credential: str) -> Identity:
        """Return whose token it is.

        Raises:
            ApprovalError: it is unknown, was revoked, or ran out.
        """
        entry = self._store.tokens.person(credential, now=self._clock.now())
        if entry is None:
            raise ApprovalError(
                "the token is not valid: it is unknown, ran out or was revoked; "
                "`stanch token issue NAME` makes a new one"
            )
        return Identity(entry.person, f"token {entry.number}")
