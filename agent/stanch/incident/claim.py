"""A claim: one sentence of a document, with what backs it."""

from typing import Annotated

from pydantic import Field

from stanch.tools.operations import Frozen


class Claim(Frozen):
    """One sentence; `cites` are ids of evidence (E-), events (J-) or computed facts (C:)."""

    text: Annotated[str, Field(min_length=1, max_length=600)]
    cites: tuple[str, ...] = ()
