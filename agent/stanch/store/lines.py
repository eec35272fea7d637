"""One journal entry as one line of a file, and back: plain JSON, or a CloudEvent.

A line is canonical: sorted keys, no blanks, ASCII. From it the raw row can be made again,
byte for byte, so that its seal can be checked outside the database.
"""

import json
from typing import Any, Literal, TypeAlias

Form: TypeAlias = Literal["jsonl", "cloudevents"]
Line: TypeAlias = dict[str, Any]

_KEYS = frozenset(
    {"seq", "at", "incident", "actor", "phase", "type", "data", "once", "before", "mac"}
)
_TYPE = "dev.stanch."
HEADER_TYPE = "dev.stanch.audit.export"


class LineError(ValueError):
    """A line is not what an export writes; the message says what it lacks."""


def canonical(value: Any) -> bytes:
    """Return `value` as canonical JSON: the same bytes for the same value, everywhere."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def line_of(row: dict[str, Any], before: str) -> Line:
    """Return a raw row as a line, with the seal of the entry before it.

    Actor and data become objects when their text can be made again from them exactly;
    otherwise they stay the text that was sealed.
    """
    return {**row, "actor": _opened(row["actor"], _actor), "data": _opened(row["data"], _data)} | {
        "before": before
    }


def row_of(line: Line) -> tuple[dict[str, Any], str]:
    """Return the raw row of a line, and the seal of the entry before it.

    Raises:
        LineError: it is not a line of an export.
    """
    if line.keys() != _KEYS:
        odd = ", ".join(sorted(line.keys() ^ _KEYS))
        raise LineError(f"its fields are not those of an entry: {odd}")
    if type(line["seq"]) is not int or line["seq"] < 1:
        raise LineError("its seq is not a positive number")
    for name in ("at", "incident", "phase", "type", "before", "mac"):
        if not isinstance(line[name], str):
            raise LineError(f"its {name} is not text")
    if not isinstance(line["once"], str | None):
        raise LineError("its once is neither text nor null")
    row = {name: line[name] for name in _KEYS - {"before"}}
    return {**row, "actor": _closed(line, "actor"), "data": _closed(line, "data")}, line["before"]


def encode(line: Line, form: Form, source: str) -> bytes:
    """Return the bytes of a line in `form`, its end of line included."""
    return canonical(line if form == "jsonl" else _event(line, source)) + b"\n"


def decode(raw: bytes, form: Form) -> Line:
    """Return the line that the bytes are.

    Raises:
        LineError: they are none.
    """
    value = parsed(raw)
    return value if form == "jsonl" else _of_event(value)


def header_event(header: Line, source: str, at: str) -> Line:
    """Return the header of a file of CloudEvents as one of them."""
    return {
        "specversion": "1.0",
        "id": f"export-{header['digest'][:32]}",
        "source": source,
        "type": HEADER_TYPE,
        "time": at,
        "datacontenttype": "application/json",
        "data": header,
    }


def parsed(raw: bytes) -> Line:
    """Return the JSON object that the bytes are.

    Raises:
        LineError: they are none.
    """
    try:
        value = json.loads(raw.decode("ascii"))
    except (ValueError, RecursionError):
        raise LineError("it is not a line of ASCII JSON") from None
    if not isinstance(value, dict):
        raise LineError("it is not a JSON object")
    return value


def _event(line: Line, source: str) -> Line:
    actor = line["actor"]
    told = (
        {"actorkind": actor["kind"], "actorid": actor["id"]}
        if isinstance(actor, dict)
        else {"actor": actor}
    )
    named = {} if line["once"] is None else {"once": line["once"]}
    # The specification wants no empty attributes.
    phase = {"phase": line["phase"]} if line["phase"] else {}
    return {
        "specversion": "1.0",
        "id": f"J-{line['seq']:06d}",
        "source": source,
        "type": f"{_TYPE}{line['type']}",
        **({"subject": line["incident"]} if line["incident"] else {}),
        "time": line["at"],
        "datacontenttype": "application/json",
        "data": line["data"],
        "sequence": f"{line['seq']:010d}",
        "before": line["before"],
        "mac": line["mac"],
        **told,
        **named,
        **phase,
    }


def _of_event(value: Line) -> Line:
    try:
        kind = str(value["type"])
        return {
            "seq": int(value["sequence"]),
            "at": value["time"],
            "incident": value.get("subject", ""),
            "actor": (
                value["actor"]
                if "actor" in value
                else {"kind": value["actorkind"], "id": value["actorid"]}
            ),
            "phase": value.get("phase", ""),
            "type": kind.removeprefix(_TYPE),
            "data": value["data"],
            "once": value.get("once"),
            "before": value["before"],
            "mac": value["mac"],
        }
    except (KeyError, TypeError, ValueError):
        raise LineError("it is not a CloudEvent of an export") from None


def _opened(text: Any, write: Any) -> Any:
    """Return the value of a JSON text if `write` makes the same text again, else the text."""
    try:
        value = json.loads(text)
        return value if isinstance(value, dict) and write(value) == text else text
    except (ValueError, TypeError, KeyError, RecursionError):
        return text


def _closed(line: Line, name: str) -> str:
    value = line[name]
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise LineError(f"its {name} is neither an object nor text")
    try:
        return _actor(value) if name == "actor" else _data(value)
    except (KeyError, ValueError):
        raise LineError(f"its {name} is not what a journal holds") from None


def _actor(value: dict[str, Any]) -> str:
    if value.keys() != {"kind", "id"}:
        raise KeyError("kind, id")
    ordered = {"kind": value["kind"], "id": value["id"]}
    return json.dumps(ordered, separators=(",", ":"), ensure_ascii=False)


def _data(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)
