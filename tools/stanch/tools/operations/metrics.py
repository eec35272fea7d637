"""What can be asked of a metrics server that speaks the Prometheus HTTP API."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect

Expression = Annotated[str, Field(min_length=1, max_length=4000)]


class _Query(BaseOperation):
    expression: Expression

    @property
    @override
    def effect(self) -> Effect:
        return Effect.OBSERVE

    @property
    @override
    def target(self) -> str:
        return "metrics"


class QueryMetrics(_Query):
    """Evaluate a PromQL expression now.

    Data {"expression", "time": float, "result_type", "result": [{"metric": {...},
    "value": [time, "1.5"]}, ...], "warnings": [...]}; a scalar has one entry with an
    empty metric.
    """

    kind: Literal["metrics.query"] = "metrics.query"

    @override
    def as_text(self) -> str:
        return self.expression


class QueryMetricsRange(_Query):
    """Evaluate a PromQL expression over the `window` seconds up to now.

    Without a `step` in seconds the client takes one that fits the window, and says which.
    Data {"expression", "start", "end", "step", "result": [{"metric": {...}, "values":
    [[time, "1.5"], ...]}, ...], "warnings": [...]}.
    """

    kind: Literal["metrics.query_range"] = "metrics.query_range"
    window: Annotated[int, Field(ge=60, le=7 * 86400)]
    step: Annotated[int, Field(ge=1, le=3600)] | None = None

    @override
    def as_text(self) -> str:
        step = "" if self.step is None else f"{self.step}s"
        return f"{self.expression} [{self.window}s:{step}]"
