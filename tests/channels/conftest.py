"""The fixtures of sending, and letters to send."""

import io

import pikepdf
import pytest
from fakes.outgoing import house, live, own_law, provider, shared

__all__ = ["house", "live", "own_law", "pdf", "provider", "shared"]


def blank(pages: int = 1) -> bytes:
    """Return a PDF of blank pages."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page(page_size=(595, 842))
        made.save(out)
    return out.getvalue()


@pytest.fixture(scope="session")
def pdf() -> bytes:
    return blank()
