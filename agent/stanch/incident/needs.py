"""Whose yes a change needs, as the policy said when it was asked for."""

from typing import Annotated

from pydantic import Field

from stanch.tools.operations import Frozen


class Needs(Frozen):
    """Whose yes a change needs; bound into the approval, so that it cannot be lowered later."""

    environment: str
    approvers: tuple[str, ...]
    """People by name, groups spelled out; who asked is left out under four eyes."""
    quorum: Annotated[int, Field(ge=1)] = 1
    four_eyes: bool = True
    expires_minutes: Annotated[float, Field(gt=0)] = 15.0
    rule: str
    """The place in the policy that says so."""
    glass: bool = False
    """Whether it is possible only because the glass was broken."""
    by_itself: bool = False
    """Whether the policy lets stanch make it without asking."""
