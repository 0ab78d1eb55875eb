"""HTML, Word and PDF as lines of text."""

import io
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from itertools import count
from typing import Any
from xml.etree import ElementTree

from forthwith.scoping.loose.lines import Line, Unreadable, of_rows, paragraphs

BLOCKS = frozenset((
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article",
    "header", "footer", "title", "dt", "dd", "pre", "form",
))  # fmt: skip
HIDDEN = frozenset(("script", "style", "template"))
ADDRESSES = ("mailto:", "tel:", "sms:")
WORDS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|ppt/slides/slide\d+\.xml"
                   r"|ppt/notesSlides/\w+\.xml|content\.xml")  # fmt: skip
PICTURE = re.compile(r"(?:word|ppt)/media/|Pictures/")
LARGEST_PART = 100 * 1024 * 1024
FEW = 20  # characters of text beside a picture from which a page is not taken for a scan


class _Html(HTMLParser):
    """Collects the text that a reader sees, by the source's lines; rows of tables stay together."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.placed: list[tuple[str, str]] = []
        self.parts: list[str] = []
        self.heads: list[str] = []
        self.row: list[tuple[str, str]] | None = None
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line or a cell; addresses behind links and values of forms are text, too."""
        self.hidden += tag in HIDDEN
        if tag in BLOCKS and self.row is None:
            self.end()
        if tag == "tr":
            self.end()
            self.row = []
        elif tag in ("td", "th") and self.row is not None:
            self.row.append((tag, ""))
        self.heads = [] if tag == "table" else self.heads
        for name, value in attrs:
            if value and (name == "value" or (name == "href" and value.lower().startswith(ADDRESSES))):
                self.handle_data(f" {value.partition('?')[0]} ")

    def handle_endtag(self, tag: str) -> None:
        """End a line, a row or what is hidden."""
        self.hidden = max(0, self.hidden - (tag in HIDDEN))
        if tag in ("tr", "table"):
            self.end()
        elif tag in BLOCKS and self.row is None:
            self.end()
            if tag in ("p", "div", "ul", "ol"):
                self.placed.append(("", ""))

    def handle_data(self, data: str) -> None:
        """Keep text where a reader sees it."""
        if self.hidden:
            return
        if self.row:
            tag, text = self.row[-1]
            self.row[-1] = (tag, f"{text} {data}")
        else:
            self.parts.append(data)

    def end(self) -> None:
        """Close the line or row that is open."""
        text = " ".join(" ".join(self.parts).split())
        if self.row:
            text = f"{text} {self._row(self.row)}".strip()
        self.row, self.parts = None, []
        if text:
            self.placed.append((f"line {self.getpos()[0]}", text))

    def _row(self, row: list[tuple[str, str]]) -> str:
        """Return a row's cells after their heads; a row of heads alone is kept as these."""
        cells = [" ".join(text.split()) for _, text in row]
        if len(cells) > 1 and all(tag == "th" for tag, _ in row):
            self.heads = cells
            return " | ".join(cells)
        heads = self.heads if len(self.heads) == len(cells) else [""] * len(cells)
        return " | ".join(f"{head}: {cell}" if head else cell for head, cell in zip(heads, cells, strict=True) if cell)


def of_html(text: str) -> list[Line]:
    """Return a web page's visible text."""
    parser = _Html()
    parser.feed(text)
    parser.close()
    parser.end()
    rows = sum(" | " in line for _, line in parser.placed)
    lines = paragraphs(parser.placed)
    if not rows:
        return lines
    apart = count(len(lines))  # each row of a table tells of somebody else
    return [Line(line.place, line.text, next(apart)) if " | " in line.text else line for line in lines]


def of_office(data: bytes) -> tuple[list[Line], int]:
    """Return the text of a Word, PowerPoint or OpenDocument text file, and how many pictures it holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = packed.namelist()
        lines: list[Line] = []
        for name in filter(WORDS.fullmatch, names):
            part = "" if name in ("word/document.xml", "content.xml") else f"{name.rpartition('/')[2][:-4]} "
            lines += _of_xml(_part(packed, name), part, len(lines))
        return lines, sum(bool(PICTURE.match(name)) for name in names)


def _part(packed: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """Return a part's XML. One that declares entities is refused: they can blow up."""
    if packed.getinfo(name).file_size > LARGEST_PART:
        raise Unreadable("failed", "a part of it is too large")
    text = packed.read(name)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Unreadable("failed", "its XML declares entities")
    return ElementTree.fromstring(text)


def _of_xml(root: ElementTree.Element, part: str, block: int) -> Iterator[Line]:
    """Yield paragraphs and rows of tables in their order."""
    blocks, numbers = count(block), count(1)
    for kind, element in _bodies(root):
        if kind == "p":
            number, text = next(numbers), _text(element)
            if text.strip():
                yield Line(f"{part}paragraph {number}", text, next(blocks))
            continue
        rows = [[" ".join(_text(cell).split()) for cell in row if _local(cell) in CELLS] for row in _rows(element)]
        rows = [row + [""] * (max(map(len, rows)) - len(row)) for row in rows]
        first = next(numbers)
        places = [f"{part}paragraph {first}, row {number}" for number in range(1, len(rows) + 1)]
        for line in of_rows(rows, places):
            yield Line(line.place, line.text, next(blocks))


CELLS = ("tc", "table-cell")


def _local(element: ElementTree.Element) -> str:
    """Return a tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _bodies(element: ElementTree.Element) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield paragraphs and tables that stand in no other."""
    for child in element:
        name = _local(child)
        if name in ("p", "h"):
            yield "p", child
        elif name in ("tbl", "table"):
            yield "table", child
        else:
            yield from _bodies(child)


def _rows(table: ElementTree.Element) -> list[ElementTree.Element]:
    """Return a table's rows."""
    return [element for element in table.iter() if _local(element) in ("tr", "table-row")]


def _text(element: ElementTree.Element) -> str:
    """Return a paragraph's or a cell's text; a line break or a tab is a space."""
    parts: list[str] = []
    for child in element.iter():
        name = _local(child)
        if name in ("br", "tab", "cr", "line-break", "s") or (name == "p" and parts):
            parts.append(" ")
        if name == "t" or name in ("p", "h", "span", "a"):
            parts.append(child.text or "")
        if child is not element and name in ("span", "a", "s", "tab", "line-break"):
            parts.append((child.tail or "").strip("\n"))
    return "".join(parts)


def of_pdf(data: bytes) -> tuple[list[Line], int, list[tuple[str, bytes]]]:
    """Return a PDF's text by page, how many pages are pictures alone, and the files attached to it."""
    pypdfium2: Any = import_module("pypdfium2")  # only when there is a PDF: it loads a large library
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD
        raise Unreadable(*(("encrypted", "a password") if locked else ("failed", "no readable PDF"))) from None
    try:
        return _pages(document)
    finally:
        document.close()


def _pages(document: Any) -> tuple[list[Line], int, list[tuple[str, bytes]]]:
    """Return an open document's text, its pictures, its attachments."""
    document.init_forms()
    placed: list[tuple[str, str]] = []
    unread = 0
    for number in range(len(document)):
        page = _page(document, number)
        text = str(page.get_textpage().get_text_range()).replace("\ufffe", "-")
        unread += len(text.strip()) < FEW and _pictured(page)
        placed += [(f"page {number + 1}", line) for line in text.splitlines()] + [("", "")]
    files = [document.get_attachment(at) for at in range(document.count_attachments())]
    return paragraphs(placed), unread, [(file.get_name(), bytes(file.get_data())) for file in files]


def _page(document: Any, number: int) -> Any:
    """Return a page with what was filled into its form as text; the change shows when the page is opened anew."""
    page = document[number]
    if document.formenv:
        page.flatten()
        page.close()
        page = document[number]
    return page


def _pictured(page: Any) -> bool:
    """Tell whether a page holds a picture."""
    raw: Any = import_module("pypdfium2.raw")
    return any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4))
