"""Barcodes of a letter: the square code to scan, the mark that an inserting machine reads, and the post's own.

Everything is drawn by zint as SVG without a quiet zone: the layout leaves room around it.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import zint

from forthwith.filling.content import URL
from models import Refusal

RUN = re.compile(r"1+")
QR_LEVEL, QR_MASK = 2, 3  # level M; a fixed mask is legal and saves trying all eight (ISO/IEC 18004)
ZIP = re.compile(r"(\d{5})(?:-?(\d{4}))?")
UK_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}")
NO_SUFFIX = "9Z"  # Royal Mail: the delivery point suffix where none is known
PITCH, BAR = 1.1, 0.5  # mm: 23 bars an inch, which all three posts read
MOST_PAGES = 99


@dataclass(frozen=True, slots=True)
class PostCode:
    """A four-state barcode: what it says, and how high its parts are, in mm (ascender, tracker, descender)."""

    kind: str
    data: str
    heights: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Mailer:
    """Who we are to the USPS: mailer id (6 or 9 digits) and service type (3 digits). Empty: no barcode."""

    mailer_id: str = ""
    service_type: str = ""

    @property
    def known(self) -> bool:
        """Whether both were set, and can be right."""
        return bool(re.fullmatch(r"\d{6}|\d{9}", self.mailer_id) and re.fullmatch(r"\d{3}", self.service_type))


def qr_svg(url: str) -> str:
    """Return a web address as a QR code (ISO/IEC 18004). Raises Refusal where it is no web address."""
    if not URL.fullmatch(url):
        raise Refusal("A link of a notice is no web address.", "Check FORTHWITH_PUBLIC_URL.")
    return _modules(_drawn(zint.Symbology.QRCODE, url, level=QR_LEVEL, option=(QR_MASK + 1) << 8))


def qr(text: str) -> str:
    """Return any text as a QR code, for a screen."""
    return _modules(_drawn(zint.Symbology.QRCODE, text))


def mark(delivery: uuid.UUID, page: int, pages: int) -> str:
    """Return what an envelope's inserting machine and the desk for returns read, as a Data Matrix (ISO/IEC 16022).

    It holds the delivery's id in 32 hexadecimal digits, the page and the number of pages in two digits each.
    """
    said = f"{delivery.hex.upper()}{page:02d}{pages:02d}"
    return _modules(_drawn(zint.Symbology.DATAMATRIX, said, option=int(zint.DataMatrixOptions.SQUARE)))


def post_code(post: Mapping[str, str], mailer: Mailer) -> PostCode | None:
    """Return the barcode of the post that will carry a letter; None where it has none, or something isn't known."""
    made = {"US": _intelligent_mail, "GB": _royal_mail, "AU": _australia_post}.get(post.get("country", ""))
    return made(post, mailer) if made else None


def _intelligent_mail(post: Mapping[str, str], mailer: Mailer) -> PostCode | None:
    """Return the USPS Intelligent Mail barcode (USPS-B-3200): 20 digits of tracking, then the ZIP.

    The serial number is cut from the delivery's id: it tells pieces apart, but isn't unique for sure.
    """
    routing = ZIP.fullmatch(post.get("postcode", ""))
    if not (routing and mailer.known):
        return None
    digits = 15 - len(mailer.mailer_id)
    serial = uuid.UUID(post["delivery"]).int % 10**digits
    tracking = f"00{mailer.service_type}{mailer.mailer_id}{serial:0{digits}d}"
    return PostCode("USPS_IMAIL", f"{tracking}-{routing[1]}{routing[2] or ''}", (1.2, 1.25, 1.2))


def _royal_mail(post: Mapping[str, str], _: Mailer) -> PostCode | None:
    """Return Royal Mail's customer barcode (RM4SCC)."""
    code = post.get("postcode", "").replace(" ", "").upper()
    if not UK_POSTCODE.fullmatch(code):
        return None
    return PostCode("RM4SCC", code + (post.get("dps") or NO_SUFFIX), (1.875, 1.25, 1.875))


def _australia_post(post: Mapping[str, str], _: Mailer) -> PostCode | None:
    """Return Australia Post's standard customer barcode, for which the delivery point (8 digits) must be known."""
    point = post.get("dpid", "")
    return PostCode("AUSPOST", point, (1.875, 1.25, 1.875)) if re.fullmatch(r"\d{8}", point) else None


def post_svg(code: PostCode) -> tuple[str, float, float]:
    """Return a four-state barcode with its width and height in mm."""
    ascenders, _, descenders = _drawn(getattr(zint.Symbology, code.kind), code.data)
    up, middle, down = code.heights
    bars = "".join(
        _bar(i * PITCH, 0 if one[0] == "1" else up, up + middle + (down if one[1] == "1" else 0))
        for i, one in enumerate(zip(ascenders[::2], descenders[::2], strict=True))
    )
    width, height = (len(ascenders) // 2) * PITCH + BAR, up + middle + down
    return _svg(round(width, 2), round(height, 3), bars), width, height


def _bar(x: float, top: float, bottom: float) -> str:
    return f"M{x:.2f} {top:.3f}h{BAR}V{bottom:.3f}h-{BAR}z"


def _drawn(kind: zint.Symbology, data: str, *, level: int = -1, option: int = 0) -> list[str]:
    """Return a symbol's rows, a character a module: 1 is dark."""
    symbol = zint.Symbol()
    symbol.symbology, symbol.option_1, symbol.option_3 = kind, level, option
    symbol.encode(data)
    cells = symbol.encoded_data
    assert cells is not None
    assert cells.shape is not None
    packed, stride = bytes(cells), cells.shape[1]
    rows = [packed[i * stride : (i + 1) * stride] for i in range(symbol.rows)]
    return [f"{int.from_bytes(row, 'little'):0{stride * 8}b}"[::-1][: symbol.width] for row in rows]


def _modules(rows: list[str]) -> str:
    """Return rows of modules as one path: a rectangle a run of dark ones."""
    runs = [(run.span(), y) for y, row in enumerate(rows) for run in RUN.finditer(row)]
    path = "".join([f"M{start} {y}h{end - start}v1h{start - end}z" for (start, end), y in runs])
    return _svg(len(rows[0]), len(rows), path)


def _svg(width: float, height: float, path: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><path d="{path}"/></svg>'
