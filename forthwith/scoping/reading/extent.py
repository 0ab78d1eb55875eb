"""How large a table a spreadsheet spans: two cells in far corners would have the reader fill the memory."""

import re
import zipfile
from collections.abc import Iterator
from typing import IO

from models import Refusal

CELLS = 50_000_000  # a reader makes the whole rectangle that the filled cells span
STEP = 8 * 1024**2
PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{0,3})(\d{1,9})[\"']")
TAG = re.compile(rb"<table:(table-row|table-cell|covered-table-cell|table)\b([^>]*)>")
REPEATED = re.compile(rb"number-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,9})[\"']")


def check_extent(packed: zipfile.ZipFile, name: str) -> None:
    """Raise Refusal where a workbook's sheet spans more cells than can be held."""
    for info in packed.infolist():
        sheet = info.filename.startswith("xl/worksheets/")
        if sheet and info.filename.endswith(".bin"):
            raise Refusal(f"{name} is a binary workbook (XLSB).", "Save it as XLSX, and load that.")
        if (sheet and not info.is_dir()) or info.filename == "content.xml":
            with packed.open(info) as stream:
                pieces = _pieces(stream, b"<row" if sheet else b"<table:table-row")
                cells = _of_excel(pieces) if sheet else _of_open_document(pieces)
            if cells > CELLS:
                raise Refusal(f"{name} has a sheet of {cells:,} cells.", "Save its filled part alone, or as CSV.")


def _pieces(stream: IO[bytes], mark: bytes) -> Iterator[bytes]:
    """Yield a sheet's XML in pieces that are cut before a row."""
    rest = b""
    while step := stream.read(STEP):
        rest += step
        cut = max(rest.rfind(mark), 0)
        if cut:
            yield rest[:cut]
        rest = rest[cut:]
    yield rest


def _of_excel(pieces: Iterator[bytes]) -> int:
    """Return rows times columns of a sheet of XLSX."""
    height = width = count = 0
    for piece in pieces:
        places = PLACE.findall(piece)
        height = max(height, *(int(digits) for digits in {digits for _, digits in places} or {0}))
        width = max(width, *(_column(letters) for letters in {letters for letters, _ in places} or {b""}))
        rows = piece.split(b"<row")
        count += len(rows)
        width = max(width, *(row.count(b"<c ") + row.count(b"<c>") for row in rows))
    return max(height, count) * width


def _column(letters: bytes) -> int:
    """Return a column's number by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _of_open_document(pieces: Iterator[bytes]) -> int:
    """Return rows times columns of the largest sheet of ODS, up to its last filled row and column."""
    most = row = height = width = column = times = 0
    for tag, attributes in (found for piece in pieces for found in TAG.findall(piece)):
        repeated = int(found[1]) if (found := REPEATED.search(attributes)) else 1
        if tag == b"table":
            row = height = width = 0
        elif tag == b"table-row":
            row, column, times = row + repeated, 0, repeated
        else:
            column += repeated
        if times and b"value-type" in attributes:
            height, width = max(height, row), max(width, column)
            most = max(most, height * width)
    return most
