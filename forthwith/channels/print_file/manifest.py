"""The paper that goes with a print file: one line a letter, a line of totals, hashes of all that is handed over."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import pikepdf

COLUMNS = ("seq", "page_from", "page_to", "sheets", "delivery", "postcode", "country", "sha256")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    """One letter of a batch: where it lies in the merged file, and what the envelope needs."""

    seq: int
    page_from: int
    page_to: int
    key: str
    postcode: str
    country: str
    sha256: str

    @property
    def sheets(self) -> int:
        """How many sheets of paper, printed on both sides."""
        return (self.page_to - self.page_from) // 2 + 1


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """One letter on its way into a batch."""

    key: str
    postcode: str
    country: str
    pdf: bytes
    pages: int

    @property
    def order(self) -> tuple[str, str, int, str]:
        """What a mailing house sorts by."""
        return (self.country, self.postcode, (self.pages + 1) // 2, self.key)


def pages_of(pdf: bytes) -> int:
    """Return how many pages a PDF has, 0 where it can't be read."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            return len(opened.pages)
    except pikepdf.PdfError:
        return 0


def merged(letters: Sequence[Letter]) -> bytes:
    """Return the letters as one PDF, in this order. The same letters give the same bytes."""
    out = io.BytesIO()
    with pikepdf.new() as whole:
        opened = [pikepdf.open(io.BytesIO(letter.pdf)) for letter in letters]
        for one in opened:
            whole.pages.extend(one.pages)
        whole.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        for one in opened:
            one.close()
    return out.getvalue()


def laid_out(letters: Sequence[Letter]) -> list[Sheet]:
    """Return where each letter lies in the merged file, pages from 1."""
    sheets, page = [], 1
    for seq, letter in enumerate(letters, 1):
        last = page + letter.pages - 1
        digest = sha256(letter.pdf).hexdigest()
        sheets.append(Sheet(seq, page, last, letter.key, letter.postcode, letter.country, digest))
        page = last + 1
    return sheets


def manifest(sheets: Sequence[Sheet], pdf: bytes) -> bytes:
    """Return the manifest as CSV. The last line holds the totals and the hash of the merged file."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for one in sheets:
        place = (one.seq, one.page_from, one.page_to, one.sheets)
        table.writerow((*place, one.key, cell(one.postcode), cell(one.country), one.sha256))
    totals = (1, sheets[-1].page_to, sum(one.sheets for one in sheets), len(sheets))
    table.writerow(("total", *totals, "", "", sha256(pdf).hexdigest()))
    return out.getvalue().encode()


def cell(value: str) -> str:
    """Return a field that no spreadsheet takes for a formula, on one line."""
    line = " ".join(value.split())
    return f"'{line}" if value.startswith(FORMULA) else line


def keys_of(text: str) -> dict[str, int]:
    """Return the deliveries in a manifest with their sequence numbers."""
    rows = csv.DictReader(io.StringIO(text))
    return {row["delivery"]: int(row["seq"]) for row in rows if row["seq"].isdigit()}
