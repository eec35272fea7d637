"""PromQL: text in, numbers out.

The text is parsed by the `promql-parser` package and evaluated here over a series store.
What is not supported is refused with a clear error; nothing is ever guessed.
"""

from stanch.sandbox.shop.promql.engine import Engine
from stanch.sandbox.shop.promql.values import (
    Matrix,
    QueryError,
    Result,
    Sample,
    Scalar,
    Text,
    Vector,
)

__all__ = ["Engine", "Matrix", "QueryError", "Result", "Sample", "Scalar", "Text", "Vector"]
