"""The executor: the only part that acts on a target."""

from stanch.executor.clients import Clients, DryRun
from stanch.executor.executor import Executor, NotAllowedError, Result
from stanch.executor.observe import Request
from stanch.executor.printed import output
from stanch.executor.redact import Redactor

__all__ = [
    "Clients",
    "DryRun",
    "Executor",
    "NotAllowedError",
    "Redactor",
    "Request",
    "Result",
    "output",
]
