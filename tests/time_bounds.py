"""Bounds on the time that something may take.

A machine that runs tests stands still now and then, and then whatever is measured is slow. What
breaks its bound is therefore tried again, twice, a while later (`only_rerun` in pyproject.toml),
while every other failure counts at once. Who hangs, or is too slow by nature, fails each time.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class TooSlowError(AssertionError):
    """What was measured took longer than it may."""


def below(taken: float, most: float, why: str = "") -> None:
    """Make sure that `taken` seconds are fewer than `most`.

    Raises:
        TooSlowError: they are not.
    """
    if not taken < most:
        raise TooSlowError(f"It took {taken:.3f} s, not less than {most:g} s. {why}".rstrip())


@contextmanager
def uncovered() -> Iterator[None]:
    """Do not measure for coverage, which makes every line several times as slow.

    It goes for this thread, and for those that it starts.
    """
    measure, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(measure)
        threading.settrace(of_threads)


@contextmanager
def work_below(most: float) -> Iterator[None]:
    """Make sure that what is done here takes less than `most` seconds of the processor.

    Raises:
        TooSlowError: it took longer.
    """
    with uncovered():
        begin = time.process_time()
        yield
        taken = time.process_time() - begin
    below(taken, most)
