"""The kinds of changes that a policy may name."""

from functools import cache
from typing import Annotated, get_args

from pydantic import AfterValidator, Field

from stanch.policy.reads import fits_any
from stanch.tools.operations import ChangeOperation


@cache
def kinds() -> tuple[str, ...]:
    """Return every kind of change that stanch can make, in order of their names."""
    return tuple(sorted(one.model_fields["kind"].default for one in get_args(ChangeOperation)))


def _known(pattern: str) -> str:
    if not any(fits_any((pattern,), kind) for kind in kinds()):
        raise ValueError(f"no kind of change is called {pattern}; there are {', '.join(kinds())}")
    return pattern


KindPattern = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_known)]
"""A kind of change, or several with `*`: kubernetes.*."""
