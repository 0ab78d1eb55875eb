"""The paper that goes with a print file: one line a letter, a line of totals, hashes of all that is handed over."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

import pikepdf

COLUMNS = ("seq", "page_from", "page_to", "sheets", "delivery", "postcode", "country", "barcode", "sha256")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """One letter on its way into a batch."""

    key: str
    postcode: str
    country: str
    pdf: bytes  # its own, or one that many letters share
    first: int  # its first page in there, from 0
    pages: int
    barcode: str = ""  # what the post's barcode on it says

    @property
    def order(self) -> tuple[str, str, int, str]:
        """What a mailing house sorts by."""
        return (self.country, self.postcode, (self.pages + 1) // 2, self.key)


@dataclass(frozen=True, slots=True, repr=False)
class Placed:
    """One letter of a batch, and where it lies in the merged file: pages from 1, sheets of paper."""

    seq: int
    page_from: int
    page_to: int
    sheets: int
    letter: Letter
    sha256: str


def places(pdf: bytes) -> list[tuple[int, int]]:
    """Return where each letter of a PDF begins, from 0, and how many pages it has; nothing where it can't be read.

    Letters that were typeset together are told apart by their titles, which stand in the outline.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            index = {page.obj.objgen: n for n, page in enumerate(opened.pages)}
            starts = [index[title.Dest[0].objgen] for title in _titles(opened)] or [0]
            return [(a, b - a) for a, b in pairwise([*starts, len(index)])] if index else []
    except (pikepdf.PdfError, KeyError, AttributeError):
        return []


def _titles(opened: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Return the entries at the top of an outline. Reading them alone is many times quicker than the whole tree."""
    entry = opened.Root.get("/Outlines", pikepdf.Dictionary()).get("/First")
    while entry is not None:
        if "/Dest" in entry:
            yield entry
        entry = entry.get("/Next")


def merged(letters: Sequence[Letter], *, duplex: bool) -> tuple[bytes, list[str]]:
    """Return the letters as one PDF, in this order, and the hash of each one's page contents. Deterministic.

    Printed on both sides, a letter with an odd number of pages is followed by a blank one: else the next person's
    letter would begin on its back.
    """
    out = io.BytesIO()
    with ExitStack() as stack:
        whole = stack.enter_context(pikepdf.new())
        opened = {pdf: stack.enter_context(pikepdf.open(io.BytesIO(pdf))) for pdf in {one.pdf for one in letters}}
        hashes = []
        for letter in letters:
            pages = list(opened[letter.pdf].pages[letter.first : letter.first + letter.pages])
            hashes.append(_hash(pages))
            whole.pages.extend(pages)
            if duplex and letter.pages % 2:
                whole.add_blank_page(page_size=_size(pages[-1]))
        whole.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue(), hashes


def _size(page: pikepdf.Page) -> tuple[float, float]:
    """Return a page's width and height in points."""
    left, bottom, right, top = (float(side) for side in page.mediabox)
    return right - left, top - bottom


def paper(letters: Sequence[Letter]) -> list[tuple[float, float]]:
    """Return the sizes of paper that letters need, in points, each once."""
    sizes = set[tuple[float, float]]()
    for pdf in {one.pdf for one in letters}:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            sizes |= {tuple(round(side, 1) for side in _size(page)) for page in opened.pages}  # type: ignore[misc]
    return sorted(sizes)


def _hash(pages: Sequence[pikepdf.Page]) -> str:
    """Return the hash of a letter's pages, their sizes and contents: anyone can compute it again from the file."""
    found = sha256()
    for page in pages:
        found.update(repr([float(side) for side in page.mediabox]).encode())
        parts = page.Contents if isinstance(page.Contents, pikepdf.Array) else [page.Contents]
        for part in parts:
            found.update(part.read_bytes())
    return found.hexdigest()


def laid_out(letters: Sequence[Letter], hashes: Sequence[str], *, duplex: bool) -> list[Placed]:
    """Return where each letter lies in the merged file. Each begins on a sheet of its own."""
    placed, page = list[Placed](), 1
    for seq, (letter, digest) in enumerate(zip(letters, hashes, strict=True), 1):
        sheets = (letter.pages + 1) // 2 if duplex else letter.pages
        placed.append(Placed(seq, page, page + letter.pages - 1, sheets, letter, digest))
        page += sheets * 2 if duplex else sheets
    return placed


def manifest(placed: Sequence[Placed], pdf: bytes, *, duplex: bool) -> bytes:
    """Return the manifest as CSV. The last line holds the totals, blank backs among the pages, and the file's hash."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for one in placed:
        place, letter = (one.seq, one.page_from, one.page_to, one.sheets), one.letter
        table.writerow(
            (*place, letter.key, cell(letter.postcode), cell(letter.country), cell(letter.barcode), one.sha256)
        )
    sheets = sum(one.sheets for one in placed)
    totals = (1, sheets * 2 if duplex else sheets, sheets, len(placed))
    table.writerow(("total", *totals, "", "", "", sha256(pdf).hexdigest()))
    return out.getvalue().encode()


def cell(value: str) -> str:
    """Return a field that no spreadsheet takes for a formula, on one line."""
    line = " ".join(value.split())
    return f"'{line}" if value.startswith(FORMULA) else line


def keys_of(text: str) -> dict[str, int]:
    """Return the deliveries in a manifest with their sequence numbers."""
    rows = csv.DictReader(io.StringIO(text))
    return {row["delivery"]: int(row["seq"]) for row in rows if row["seq"].isdigit()}
