"""The same lines as files of nine kinds, made on the spot."""

import io
import zipfile
from email.message import EmailMessage
from html import escape

import pikepdf


def text_file(lines: list[str]) -> bytes:
    return "\n".join(lines).encode()


def html_file(lines: list[str]) -> bytes:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f"<!doctype html><html><head><style>p{{}}</style></head><body>{body}</body></html>".encode()


def eml_file(lines: list[str], files: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Re: ünterlagen"
    message["Message-ID"] = "<8812.55@mx.internal.example.net>"
    message.set_content("\n".join(lines))
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def docx_file(lines: list[str]) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>')
    return out.getvalue()


def xlsx_file(lines: list[str]) -> bytes:
    from workbook import xlsx

    return xlsx({"Notes": [["No", "Note"], *([str(at), line] for at, line in enumerate(lines, 1))]})


def csv_file(lines: list[str]) -> bytes:
    rows = ('{};"{}"'.format(at, line.replace('"', '""')) for at, line in enumerate(lines, 1))
    return "\n".join(["No;Note", *rows]).encode()


def pdf_file(lines: list[str]) -> bytes:
    shown = "".join(
        f"({line.translate(str.maketrans({'(': chr(92) + '(', ')': chr(92) + ')'}))}) Tj T*\n" for line in lines
    )
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(2400, 800))
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    page.Contents = made.make_stream(f"BT /F1 10 Tf 14 TL 20 760 Td\n{shown}ET".encode("cp1252", "replace"))
    return saved(made)


def pdf_form(value: str) -> bytes:
    """Return a PDF whose one text field is filled, and which has no other text."""
    made, name = pikepdf.new(), pikepdf.Name
    page = made.add_blank_page(page_size=(600, 600))
    font = pikepdf.Dictionary(
        Type=name.Font, Subtype=name.Type1, BaseFont=name.Helvetica, Encoding=name.WinAnsiEncoding
    )
    fonts = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    shown = made.make_stream(f"BT /F1 10 Tf 2 5 Td ({value}) Tj ET".encode())
    shown.update(pikepdf.Dictionary(Type=name.XObject, Subtype=name.Form, BBox=[0, 0, 400, 20], Resources=fonts))
    look = pikepdf.Dictionary(
        Type=name.Annot,
        Subtype=name.Widget,
        FT=name.Tx,
        T="a",
        V=value,
        Rect=[10, 500, 410, 520],
        F=4,
        P=page.obj,
        AP=pikepdf.Dictionary(N=shown),
        DA="/F1 10 Tf 0 g",
    )
    field = made.make_indirect(look)
    page.Annots = made.make_indirect(pikepdf.Array([field]))
    made.Root.AcroForm = pikepdf.Dictionary(Fields=[field], DR=fonts)
    return saved(made)


def saved(made: pikepdf.Pdf, **how: object) -> bytes:
    out = io.BytesIO()
    made.save(out, **how)  # type: ignore[arg-type]
    return out.getvalue()


BUILD = {
    "txt": text_file,
    "md": text_file,
    "log": text_file,
    "html": html_file,
    "eml": eml_file,
    "docx": docx_file,
    "xlsx": xlsx_file,
    "csv": csv_file,
    "pdf": pdf_file,
}
