"""Files in files: ODS spreadsheets and ZIP archives, made on the spot."""

import io
import zipfile
from datetime import date
from xml.sax.saxutils import escape

SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
)
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(files: dict[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP file's bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def locked(data: bytes) -> bytes:
    """Return a ZIP file whose entries say that they are encrypted."""
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.find(mark)
        while start >= 0:
            changed[start + at] |= 1
            start = changed.find(mark, start + 4)
    return bytes(changed)


def ods(sheets: dict[str, list[list[object]]], *, manifest: str = "<manifest/>", more: str = "") -> bytes:
    """Return an ODS spreadsheet's bytes; `more`: XML that stands after the rows of each sheet."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(map(_row, rows))}{more}</table:table>'
        for name, rows in sheets.items()
    )
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    content = f"<office:document-content {SPACES}>{body}</office:document-content>"
    return zipped({"mimetype": ODS, "META-INF/manifest.xml": manifest, "content.xml": content})


def _row(cells: list[object]) -> str:
    return f"<table:table-row>{''.join(map(_cell, cells)) or '<table:table-cell/>'}</table:table-row>"


def _cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind = 'office:value-type="string"'
    if isinstance(value, date):
        kind = f'office:value-type="date" office:date-value="{value}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"
