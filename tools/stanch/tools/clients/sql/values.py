r"""Values: what PostgreSQL sends, as JSON keeps it.

Numbers are numbers where JSON loses nothing of them, moments are in UTC to the microsecond,
arrays are lists, JSON is itself; all else stays the text that the server writes, bytea as
\x and hexadecimal digits. Nothing here fails: what cannot be read as its type stays text.
"""

import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from psycopg.adapt import AdaptersMap, Buffer, Loader
from psycopg.types import TypeInfo

_MOMENT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?\+00(?::?00)?"
)
_INT8 = 2**63


class _Text(Loader):
    def load(self, data: Buffer) -> Any:
        return self.read(bytes(data).decode("utf-8", "replace"))

    def read(self, text: str) -> Any:
        return text


class _Whole(_Text):
    def read(self, text: str) -> Any:
        return int(text)


class _Boolean(_Text):
    def read(self, text: str) -> Any:
        return text == "t"


class _Real(_Text):
    def read(self, text: str) -> Any:
        number = float(text)
        return number if math.isfinite(number) else text


class _Numeric(_Text):
    def read(self, text: str) -> Any:
        return number(text)


class _Moment(_Text):
    def read(self, text: str) -> Any:
        return moment(text)


class _Json(_Text):
    def read(self, text: str) -> Any:
        try:
            return json.loads(text, parse_constant=str)
        except (ValueError, RecursionError):
            return text


_LOADERS: Final[dict[str, type[_Text]]] = {
    "bool": _Boolean,
    "int2": _Whole,
    "int4": _Whole,
    "int8": _Whole,
    "oid": _Whole,
    "xid": _Whole,
    "float4": _Real,
    "float8": _Real,
    "numeric": _Numeric,
    "timestamptz": _Moment,
    "json": _Json,
    "jsonb": _Json,
}


def number(text: str) -> int | float | str:
    """Return a decimal as a number if JSON keeps all of it, and as its text if not."""
    if text.lstrip("-").isdecimal():
        whole = int(text) if len(text) <= 20 else _INT8
        return whole if -_INT8 <= whole < _INT8 else text
    real = float(text)
    try:
        same = math.isfinite(real) and Decimal(repr(real)) == Decimal(text)
    except InvalidOperation:
        same = False
    return real if same else text


def moment(text: str) -> str:
    """Return a moment as 2026-11-01T12:00:00.000000+00:00; another text stays what it is."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    year, month, day, hour, minute, second, fraction = found.groups()
    micros = (fraction or "").ljust(6, "0")
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}.{micros}+00:00"


def register(adapters: AdaptersMap) -> None:
    """Have a connection give all values as JSON keeps them."""
    for info in list(adapters.types):
        if not isinstance(info, TypeInfo) or not info.oid:
            continue
        adapters.register_loader(info.oid, _LOADERS.get(info.name, _Text))
        # Arrays are read element by element, each by the loader of its type.
    adapters.register_loader(0, _Text)
