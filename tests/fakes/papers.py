"""Documents to send."""

import io

import pikepdf


def blank(pages: int = 1) -> bytes:
    """Return a PDF of blank pages."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page(page_size=(595, 842))
        made.save(out)
    return out.getvalue()
