"""Parameters as parts of a word, for the tests of the scanner."""

from stanch.runbook.model import ParamRef


def refs(*names: str) -> tuple[ParamRef, ...]:
    """Return a reference to each of the parameters `names`."""
    return tuple(ParamRef(param=name) for name in names)
