"""Resource quantities in the one form in which an API server keeps them; pure.

A server stores 1000m as 1 and 1024Mi as 1Gi. A change that names another form would be
stored as something else than was approved, and its way back would not find it.
"""

import re
from decimal import ROUND_UP, Decimal

_FORM = re.compile(
    r"(?P<number>[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30}))(?P<suffix>[KMGTPE]i|[numkMGTPE]?)"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_HOLDS = re.compile(r"/spec/hard/[^/]+|.*/resources/(limits|requests)/[^/]+")


def stored(path: str, value: object) -> object:
    """Return `value` as the server keeps it at this JSON pointer; others are left alone.

    Raises:
        ValueError: a quantity belongs there, and this is none.
    """
    if value is None or _HOLDS.fullmatch(path) is None:
        if isinstance(value, dict):
            return {key: stored(f"{path}/{key}", inner) for key, inner in value.items()}
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{path} is to be a quantity such as 500m or 2Gi")  # noqa: TRY004 - bad data
    return canonical(str(value))


def canonical(text: str) -> str:
    """Return a quantity as an API server writes it.

    Raises:
        ValueError: it is none, or in the form with an exponent.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is no quantity such as 500m or 2Gi")
    number, suffix = Decimal(found["number"]), found["suffix"]
    whole = number * 1024 ** _BINARY[suffix] if suffix in _BINARY else Decimal(0)
    if suffix in _BINARY and whole == whole.to_integral_value():
        return _scaled(int(whole), {name: 1024**power for name, power in _BINARY.items()})
    if suffix in _BINARY:
        nano = (whole * 10**9).to_integral_value(rounding=ROUND_UP)
    else:
        nano = (number * Decimal(10) ** (_DECIMAL[suffix] + 9)).to_integral_value(rounding=ROUND_UP)
    return _scaled(int(nano), {name: 10 ** (power + 9) for name, power in _DECIMAL.items()})


def amount(text: str) -> Decimal:
    """Return how much a quantity is.

    Raises:
        ValueError: it is none, or in the form with an exponent.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is no quantity such as 500m or 2Gi")
    number, suffix = Decimal(found["number"]), found["suffix"]
    if suffix in _BINARY:
        return number * Decimal(1024) ** _BINARY[suffix]
    return number * Decimal(10) ** _DECIMAL[suffix]


def _scaled(number: int, units: dict[str, int]) -> str:
    """Return a whole number in the largest unit that leaves it whole."""
    for suffix, unit in reversed(units.items()):
        if number and number % unit == 0:
            return f"{number // unit}{suffix}"
    return str(number)
