"""Slows the practice clock while the machine cannot keep up with it.

A rehearsal that runs many times as fast as the wall is only true while a look at production
takes a moment of it. On a machine that other programs keep busy a look takes seconds, which
are minutes of the rehearsal: what was seen first is old when the last answer comes. So the
speed that was asked for is the most that is given. The measure is how late the serving loop
is: of a loop that asked to rest for some of each turn, and rested for less, the rest of the
time went to requests, to the world itself, and to other programs.
"""

LEAST_REST = 0.4
"""The share of its time that the serving loop must rest, at the full speed."""
WINDOW = 0.25
"""Wall seconds between two judgements."""
_DOWN = 0.5
_UP = 1.6


class Governor:
    """Judges, turn by turn, which share of the asked speed the machine can bear."""

    def __init__(self) -> None:
        self._share = 1.0
        self._turns = 0
        self._spent = 0.0

    def turn(self, rest: float, spent: float, *, least: float) -> float:
        """Take a turn of `spent` wall seconds that wanted to rest `rest`; return the share.

        The share is at least `least` and at most 1. In one window it falls by half at most,
        and rises by three fifths.
        """
        self._turns += 1
        self._spent += spent
        if self._spent >= WINDOW:
            rested = self._turns * rest / self._spent
            step = min(_UP, max(_DOWN, rested / LEAST_REST))
            self._share = min(1.0, max(least, self._share * step))
            self._turns, self._spent = 0, 0.0
        return self._share
