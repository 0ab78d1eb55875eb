"""ZIP files: which kind one is, and the files in it, unpacked in memory within limits and never onto the disk."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.scoping.reading.extent import check_extent
from models import Refusal

TOTAL = 2 * 1024**3  # bytes that one file may unpack to, the files in its files counted too
RATIO, RATIO_FROM = 200, 10 * 1024**2  # how many times its packed size a file of more bytes than that may have
MEMBERS, ENTRIES = 10_000, 100_000  # files in one archive; directory entries from which it is not even opened
STEP = 1024**2
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others can't be unpacked in bounded steps
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
ODS = b"application/vnd.oasis.opendocument.spreadsheet"
NOISE = (".DS_Store", "Thumbs.db", "desktop.ini")  # what desktops leave in folders; it is nobody's evidence
APPLE_DOUBLE = b"\x00\x05\x16\x07"


@dataclass(slots=True)
class Budget:
    """How many bytes a file may still unpack to."""

    left: int = TOTAL

    def take(self, size: int, name: str) -> None:
        """Count bytes off. Raises Refusal where there are too many."""
        self.left -= size
        if self.left < 0:
            raise Refusal(f"{name} unpacks to more than {TOTAL // 1024**3} GB.", "Load the files in it one by one.")


def kind_of(data: bytes) -> str:
    """Return what a ZIP is by what is in it: xlsx, ods, office, zip, or nothing where it is broken."""
    try:
        with _opened(data) as packed:
            names = packed.namelist()
            return _office(names) or _open_document(packed, names) or "zip"
    except BROKEN:
        return "xlsx" if b"xl/" in data[:STEP] else ""


def _opened(data: bytes) -> zipfile.ZipFile:
    """Return the archive. Raises ValueError where its directory alone would fill the memory."""
    if data.count(b"PK\x01\x02") > ENTRIES:
        raise ValueError("too many entries")
    return zipfile.ZipFile(io.BytesIO(data))


def _office(names: list[str]) -> str:
    """Return xlsx for a workbook, office for another of Microsoft's documents."""
    if "[Content_Types].xml" not in names:
        return ""
    return "xlsx" if any(name.startswith("xl/") for name in names) else "office"


def _open_document(packed: zipfile.ZipFile, names: list[str]) -> str:
    """Return ods for a spreadsheet, office for another OpenDocument file."""
    if "mimetype" not in names:
        return ""
    with packed.open("mimetype") as stream:
        stated = stream.read(len(ODS))
    return "ods" if stated == ODS else "office" if stated.startswith(ODS[:35]) else ""


def check_inside(data: bytes, name: str) -> None:
    """Raise Refusal where an office document would unpack to more than is bearable, or is locked."""
    budget = Budget()
    try:
        with _opened(data) as packed:
            for info in packed.infolist():
                _check(info, name, budget)
            locked = "META-INF/manifest.xml"
            if locked in packed.namelist() and b"encryption-data" in _unpacked(packed, packed.getinfo(locked)):
                raise Refusal(f"{name} is protected by a password.", "Save it without one, and load that.")
            check_extent(packed, name)
    except BROKEN:
        raise Refusal(f"{name} is not a readable workbook.", "It may be broken or cut off.") from None


def members(data: bytes, name: str, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file in an archive. Raises Refusal where it is locked, broken or too big."""
    try:
        with _opened(data) as packed:
            infos = [info for info in packed.infolist() if not info.is_dir()]
            _check_all(infos, name, budget)
            for info in infos:
                content = _unpacked(packed, info)
                if not _noise(info.filename, content):
                    yield shown(info.filename), content
    except BROKEN:
        raise Refusal(f"{name} is not a readable ZIP file.", "It may be broken or cut off: pack it again.") from None


def _check_all(infos: list[zipfile.ZipInfo], name: str, budget: Budget) -> None:
    """Raise Refusal, before anything is unpacked, where an archive is not to be unpacked."""
    if not infos:
        raise Refusal(f"{name} holds no file.", "Pack it again with its files.")
    if len(infos) > MEMBERS:
        raise Refusal(f"{name} holds more than {MEMBERS:,} files.", "Load it in parts.")
    for info in infos:
        _check(info, name, budget)


def _check(info: zipfile.ZipInfo, name: str, budget: Budget) -> None:
    """Raise Refusal where a packed file is locked, packed in an odd way, or a bomb."""
    if info.flag_bits & 0x1:
        raise Refusal(f"{name} is protected by a password.", "Unpack it, and load the files in it.")
    if info.compress_type not in PACKED:
        raise Refusal(f"{name} is packed in an unusual way.", "Pack it again as a plain ZIP file (deflate).")
    if info.file_size > RATIO_FROM and info.file_size > RATIO * max(1, info.compress_size):
        what = f"{name} unpacks to more than {RATIO} times its size: it may be made to fill the memory."
        raise Refusal(what, "If it is no trap, unpack it, and load the files in it.")
    budget.take(info.file_size, name)


def _unpacked(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return a file's bytes, unpacked step by step: whatever it says of its size, no step takes much memory."""
    with packed.open(info) as stream:
        return b"".join(iter(lambda: stream.read(STEP), b""))


def _noise(name: str, content: bytes) -> bool:
    """Tell whether a file is what a desktop or a packer leaves behind by itself."""
    last = name.rsplit("/", 1)[-1]
    return last in NOISE or (last.startswith("._") and content.startswith(APPLE_DOUBLE))


def shown(name: str) -> str:
    """Return a packed file's name as it can be shown: no control characters, not endless."""
    plain = "".join(char if char.isprintable() else "?" for char in name)
    return plain if len(plain) <= 120 else f"{plain[:60]}...{plain[-50:]}"
