"""What can go wrong with a view."""


class ViewError(ValueError):
    """An answer cannot be shown in the format that was asked for; says why.

    `remedy` says how the format would be accepted.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}. {remedy}".rstrip() if remedy else message)
        self.remedy = remedy
