"""The form of the answers of the Prometheus HTTP API; pure."""

import json
from dataclasses import dataclass
from typing import Any

_LONGEST = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The answer to one query; `time` when the server said for which moment it holds."""

    result_type: str
    series: list[dict[str, Any]]
    time: float | None
    warnings: list[str]
    infos: list[str]


def result_of(body: bytes) -> Result:
    """Read the body of a good answer; a scalar becomes one series without labels.

    Raises:
        ValueError: it is not in the form of the API.
    """
    try:
        answer = json.loads(body)
        data = answer["data"]
        series, time = data["result"], None
        if data["resultType"] in {"scalar", "string"}:
            series = [{"metric": {}, "value": series}]
        if data["resultType"] != "matrix" and series:
            time = float(series[0]["value"][0])
        if answer["status"] != "success" or not all("metric" in item for item in series):
            raise ValueError("no success, or no series")  # noqa: TRY301 - one way out for any bad form
        return Result(
            result_type=data["resultType"],
            series=series,
            time=time,
            warnings=[str(warning) for warning in answer.get("warnings") or []],
            infos=[str(info) for info in answer.get("infos") or []],
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"not in the form of the Prometheus API: {error!r}") from error


def refusal_of(body: bytes) -> str | None:
    """Return the server's own words in the body of a bad answer; None when it has none."""
    try:
        answer = json.loads(body)
        return f"{answer['errorType']}: {answer['error']}"[:_LONGEST].rstrip(".")
    except (ValueError, KeyError, TypeError):
        return None
