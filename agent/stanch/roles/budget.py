"""How much a chat model may cost one incident, in tokens and in time spent waiting."""

import threading

from stanch.roles.errors import ModelBudgetError
from stanch.roles.reasoner import Cost


class Budget:
    """The purse of one incident; it only ever empties.

    A resumed incident starts with `spent`, which the journal's `model.used` events add up to.
    """

    def __init__(
        self, *, tokens: int = 100_000, seconds: float = 180.0, spent: Cost | None = None
    ) -> None:
        if tokens < 0 or not seconds >= 0:
            raise ValueError(
                f"a budget of {tokens} tokens and {seconds} seconds cannot be kept; "
                "give 0 or more of each"
            )
        self._tokens = tokens
        self._seconds = seconds
        self._spent = spent or Cost()
        self._lock = threading.Lock()

    @property
    def spent(self) -> Cost:
        """What has been spent so far."""
        with self._lock:
            return self._spent

    @property
    def seconds_left(self) -> float:
        """How long the incident may still wait for the model; never negative."""
        return max(0.0, self._seconds - self.spent.seconds)

    def require(self, tokens: int) -> None:
        """Make sure that a question of about `tokens` tokens can still be paid.

        Raises:
            ModelBudgetError: the tokens or the time of the incident are used up.
        """
        spent = self.spent
        if spent.tokens + tokens > self._tokens:
            raise ModelBudgetError(
                f"the next question needs about {tokens} tokens, and {spent.tokens} of the "
                f"{self._tokens} that this incident may use are spent"
            )
        if self.seconds_left <= 0:
            raise ModelBudgetError(
                f"this incident has waited {spent.seconds:.0f} s for the model, "
                f"all that it may ({self._seconds:.0f} s)"
            )

    def charge(self, cost: Cost) -> None:
        """Take `cost` from what is left; it may take more than is there."""
        with self._lock:
            old = self._spent
            self._spent = Cost(
                seconds=old.seconds + cost.seconds,
                tokens_in=old.tokens_in + cost.tokens_in,
                tokens_out=old.tokens_out + cost.tokens_out,
            )
