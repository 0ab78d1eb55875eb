"""Excel workbooks: several sheets, titles above the header, numbers that lost their text form."""

from pathlib import Path

import fastexcel
import polars as pl

from forthwith.scoping.reading.sheet import BadRow, Sheet, frame_of, header_at, tidy_heads
from models import Refusal

LOCKED = "EncryptedPackage".encode("utf-16-le")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_workbook(data: bytes, path: Path) -> list[Sheet]:
    """Return each filled sheet. Raises Refusal where the file is locked or broken."""
    return _number([(name, rows) for name, rows in tables_of(data, path) if rows])


def tables_of(data: bytes, path: Path) -> list[tuple[str, list[list[str]]]]:
    """Return each sheet's cells as text. Raises Refusal where the file is locked or broken."""
    if data.startswith(OLE) and LOCKED in data:
        raise Refusal(f"{path.name} is protected by a password.", "Save it without one, and load that.")
    try:
        book = fastexcel.read_excel(data)
        return [(name, _table(book, name)) for name in book.sheet_names]
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError):
        raise Refusal(f"{path.name} is not a readable workbook.", "It may be broken or cut off.") from None


def _table(book: "fastexcel.ExcelReader", name: str) -> list[list[str]]:
    """Return a sheet's cells as text, without the empty rows at its end."""
    sheet = book.load_sheet(name, header_row=None, dtypes="string")
    rows = [[_plain(cell) for cell in row] for row in sheet.to_polars().iter_rows()]
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _plain(cell: str | None) -> str:
    """Return a cell's text; a whole number that was stored as a fraction loses the `.0`, a midnight its time."""
    text = (cell or "").strip()
    if text.endswith(".0") and text[:-2].lstrip("-").isdigit():
        return text[:-2]
    return text.removesuffix(" 00:00:00")


def _number(tables: list[tuple[str, list[list[str]]]]) -> list[Sheet]:
    """Return the sheets with their rows numbered through the whole file."""
    sheets: list[Sheet] = []
    for name, rows in tables:
        header = header_at(rows)
        body = rows if header is None else rows[header + 1 :]
        heads = tidy_heads([""] * len(rows[0]) if header is None else rows[header])
        begin = sum(sheet.rows_in for sheet in sheets)
        filled = [(begin + at, row) for at, row in enumerate(body) if any(row)]
        bad = [BadRow(begin + at, "the row is empty", "") for at, row in enumerate(body) if not any(row)]
        frame = frame_of(heads, [row for _, row in filled], [at for at, _ in filled])
        sheets.append(Sheet.of(name, _without_empty_columns(frame), bad))
    return sheets


def _without_empty_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop columns that have neither a head nor a value: a workbook's formatting makes them."""
    empty = [name for name in frame.columns if name.startswith("column ") and frame[name].null_count() == frame.height]
    return frame.drop(empty)
