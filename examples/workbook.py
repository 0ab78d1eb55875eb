# ruff: noqa: E501 - the parts of a workbook are XML in one line each
"""Write a small XLSX workbook with the standard library alone: the same cells give the same bytes."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from xml.sax.saxutils import escape

SHEET = '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
PARTS = {
    "_rels/.rels": '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/styles.xml": '<?xml version="1.0" encoding="UTF-8"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}  # fmt: skip


def xlsx(sheets: dict[str, list[list[object]]]) -> bytes:
    """Return a workbook's bytes, the same for the same cells."""
    out, names = io.BytesIO(), list(sheets)
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in range(1, len(names) + 1)
    )
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
    linked = "".join(
        f'<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    parts = {
        "[Content_Types].xml": f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>{kinds}</Types>',
        **PARTS,
        "xl/workbook.xml": f'<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{linked}<Relationship Id="rId{len(names) + 1}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
        **{f"xl/worksheets/sheet{n}.xml": SHEET + "".join(cells(rows)) + "</sheetData></worksheet>" for n, rows in enumerate(sheets.values(), 1)},
    }  # fmt: skip
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        for name, text in parts.items():
            book.writestr(zipfile.ZipInfo(name, (2026, 11, 16, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def cells(rows: list[list[object]]) -> Iterator[str]:
    """Yield each row of a sheet as XML; dates are real date cells."""
    for at, row in enumerate(rows, 1):
        yield f'<row r="{at}">'
        for column, value in enumerate(row):
            place = f"{chr(65 + column)}{at}"
            if isinstance(value, date):
                yield f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
            elif value:
                yield f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
        yield "</row>"
