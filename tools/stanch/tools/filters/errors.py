"""What can go wrong with a filter: when it is made, and when it is run."""


class FilterError(Exception):
    """A filter cannot be applied to the answer that it was given; says why."""


class ProgramError(ValueError):
    """A pattern or program is outside what filters accept; `remedy` says how to mend it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
