"""Errors of the chat model. None of them ever leaves the team: the rules answer instead.

* ModelError
  - ModelUnavailableError   the server is busy, failing or out of reach; another attempt may help
  - ModelTimeoutError       no whole answer came in time
  - ModelRequestError       the server did not accept the form of the question
  - ModelAccessError        the key, the model's name or the address is wrong
  - ModelAnswerError        an answer came that cannot be used
  - ModelBudgetError        the incident has used up its tokens or its time
"""

from typing import ClassVar


class ModelError(Exception):
    """The model gave no usable answer."""

    final: ClassVar[bool] = False
    """Whether asking again in the same incident is pointless."""


class ModelUnavailableError(ModelError):
    """The server is busy, failing or out of reach."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        """Seconds that the server asked to be left alone, where it said so."""


class ModelTimeoutError(ModelError):
    """No whole answer came in the time that one question may take."""


class ModelRequestError(ModelError):
    """The server did not accept the form of the question."""

    def __init__(self, reason: str, *, param: str = "") -> None:
        super().__init__(reason)
        self.param = param
        """The field of the request that the server objects to, where it named one."""


class ModelAccessError(ModelError):
    """The key, the model's name or the address is wrong."""

    final = True


class ModelAnswerError(ModelError):
    """The answer was cut short, refused, or breaks the rules of the menu."""


class ModelBudgetError(ModelError):
    """The incident has used up the tokens or the time that the model may cost."""

    final = True
