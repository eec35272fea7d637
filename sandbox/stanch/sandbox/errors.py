"""Errors of the sandbox command: one sentence on what is wrong, and one on what to do."""


class SandboxError(Exception):
    """The sandbox cannot do what was asked; `remedy` says how to mend it."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy

    @property
    def text(self) -> str:
        """The message and the remedy, as they are shown."""
        return f"{self}. {self.remedy}"


class NotUpError(SandboxError):
    """No sandbox answers for this home."""
