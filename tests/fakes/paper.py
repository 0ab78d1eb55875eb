"""Blank letters to send."""

import io

import pikepdf


def blank(pages: int = 1, size: tuple[float, float] = (595, 842)) -> bytes:
    """Return a PDF of blank pages."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page(page_size=size)
        made.save(out)
    return out.getvalue()
