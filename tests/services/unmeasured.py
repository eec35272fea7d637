"""Programs beside the tests that are not measured for coverage, which would make them slow.

They are killed before they could write what was measured, or serve what has tests of its own.
"""

import os


def environment() -> dict[str, str]:
    """Return this process's environment without what has a program measured."""
    own = os.environ.items()  # noqa: TID251 - handed on to the program
    return {name: value for name, value in own if not name.startswith("COVERAGE_")}
