"""Resource quantities such as 250m, 1Gi or 0.5: their value, and the one way to write them."""

import re
from decimal import ROUND_UP, Decimal

_FORM = re.compile(
    r"(?P<number>[+-]?(\d+(\.\d*)?|\.\d+))(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def _read(text: str) -> tuple[Decimal, str]:
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(
            "quantities must match the regular expression "
            "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        )
    number, suffix = Decimal(match["number"]), match["suffix"] or ""
    if suffix in _BINARY:
        return number * 1024 ** _BINARY[suffix], "binary"
    if suffix in _DECIMAL:
        return number * Decimal(10) ** _DECIMAL[suffix], "decimal"
    return number * Decimal(10) ** int(suffix[1:]), "exponent"


def value(text: str | float) -> float:
    """Return the number that a quantity stands for: cores, bytes or a count.

    Raises:
        ValueError: `text` is not a quantity.
    """
    return float(_read(str(text))[0])


def canonical(text: str) -> str:
    """Write a quantity as the API server does: 1000m becomes 1, 0.5 becomes 500m.

    Raises:
        ValueError: `text` is not a quantity.
    """
    number, form = _read(text)
    if form == "exponent":
        return text
    if form == "binary" and number == number.to_integral_value():
        whole = int(number)
        for suffix, power in reversed(_BINARY.items()):
            if whole and whole % 1024**power == 0:
                return f"{whole // 1024**power}{suffix}"
        return str(whole)
    number = (number * 10**9).to_integral_value(rounding=ROUND_UP)
    for suffix, power in reversed(_DECIMAL.items()):
        unit = 10 ** (power + 9)
        if number and int(number) % unit == 0:
            return f"{int(number) // unit}{suffix}"
    return "0"
