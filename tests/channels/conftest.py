"""The fixtures of sending, and letters to send."""

import pytest
from fakes.outgoing import house, live, own_law, provider, shared
from fakes.paper import blank

__all__ = ["house", "live", "own_law", "pdf", "provider", "shared"]


@pytest.fixture(scope="session")
def pdf() -> bytes:
    return blank()
