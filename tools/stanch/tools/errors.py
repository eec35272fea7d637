"""Errors of the tools.

* ToolError
  - TargetUnreachableError     nothing was sent
  - OperationRefusedError      the target said no
    - PreconditionFailedError  the target is not in the state that was seen
  - OutcomeUnknownError        it was sent, and no answer came
"""

from typing import ClassVar


class ToolError(Exception):
    """An operation gave no usable outcome.

    Every subclass answers the two questions of the person on call:
    what do I do now (`remedy`), and may it have changed anything (`may_have_run`)?
    """

    remedy: ClassVar[str]
    may_have_run: ClassVar[bool] = False

    @property
    def advice(self) -> str:
        """What went wrong, and what to do now."""
        return f"{str(self).rstrip('.')}. {self.remedy}"


class TargetUnreachableError(ToolError):
    """The target could not be reached, so the operation was never sent."""

    remedy = "Check the address and the network path, then resume the incident."


class OperationRefusedError(ToolError):
    """The target understood the operation and refused it."""

    remedy = "Read the target's own words above; the credential may lack a grant."


class PreconditionFailedError(OperationRefusedError):
    """The target compared its state with the one that was seen, and they differ."""

    remedy = "Look at the target again; a new proposal is made for its new state."


class OutcomeUnknownError(ToolError):
    """The operation was sent, and the answer timed out or the connection broke."""

    remedy = "Look at the target before you resume: the operation may have run."
    may_have_run = True
