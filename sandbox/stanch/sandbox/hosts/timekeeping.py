"""The clock of a machine: how far it is off, and whether anything keeps it right."""

from dataclasses import dataclass

SERVER = ("10.20.0.2", "ntp.shop.example")
_DRIFT = 12.4e-6


@dataclass(slots=True)
class Timekeeping:
    """The state of a machine's clock; the true time is the shop's."""

    ahead: float = 0.000021
    """Seconds by which the clock is before the true time."""
    synchronised: bool = True
    last_update: float = 0.0
    """When it was last compared with a server, in true time."""
    kept: bool = True
    """Whether a daemon compares and corrects it."""

    def now(self, true: float) -> float:
        """Return what the clock shows at the true Unix time `true`."""
        return true + self.ahead

    def live(self, at: float, seconds: float) -> None:
        """Drift on, or be corrected, for `seconds` until the true time `at`.

        A daemon only slews what is small; it steps the clock when it starts, and not later.
        """
        if self.kept and abs(self.ahead) < 1:
            self.ahead += (0.00002 - self.ahead) * min(1.0, seconds / 300)
            self.last_update = at - at % 64
            self.synchronised = True
        else:
            self.ahead += _DRIFT * seconds
            self.synchronised = False

    def step(self, at: float) -> float:
        """Put the clock right at the true time `at`, as a daemon does when it starts."""
        was, self.ahead = self.ahead, 0.000018
        self.synchronised, self.kept, self.last_update = True, True, at
        return was

    @property
    def max_error(self) -> float:
        """The kernel's bound of the error in seconds; it stops counting at sixteen."""
        return 0.0013 if self.synchronised else 16.0
