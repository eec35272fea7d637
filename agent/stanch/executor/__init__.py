"""The executor: the only part that acts on a target."""

from stanch.executor.clients import Clients
from stanch.executor.executor import Executor, NotAllowedError, Result
from stanch.executor.observe import Request
from stanch.executor.printed import output
from stanch.executor.redact import Redactor
from stanch.executor.situation import Purpose, glass_until

__all__ = [
    "Clients",
    "Executor",
    "NotAllowedError",
    "Purpose",
    "Redactor",
    "Request",
    "Result",
    "glass_until",
    "output",
]
