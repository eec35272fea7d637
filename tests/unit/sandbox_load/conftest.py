"""The shops of these tests."""

import pytest

from stanch.sandbox.shop.shop import Shop

from .load_world import well_shop


@pytest.fixture
def shop() -> Shop:
    return well_shop()


@pytest.fixture
def long_shop() -> Shop:
    """Return a shop whose usual traffic is known for longer than the alerts look back."""
    return well_shop(history=1290)
