"""Rows as files: CSV, JSON Lines, Windows-1252, Parquet, an SQL dump, a workbook, a mailbox; with rows of nobody."""

import csv
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import orjson
import polars as pl

from .places import EXAMPLES

sys.path.append(str(EXAMPLES))
from workbook import xlsx

NOBODY = -1
Rows = list[list[object]]


def crm_csv(path: Path, heads: list[str], rows: Rows, whose: list[int]) -> None:
    """Write UTF-8 with a byte order mark; a repeated header, a total, torn rows and rows of nobody among them."""
    width = len(heads)
    _amid(rows, whose, [list(heads), ["", *["n/a"] * 2, "noreply@example.com", *[""] * (width - 4)], [""] * width])
    _amid(rows, whose, [[*row[:5], "Apt 4", *row[5:], "x"] for row in rows[7:9]])
    rows.append(["Total", str(len(rows)), *[""] * (width - 2)])
    whose.append(NOBODY)
    _delimited(path, heads, rows, ",", "utf-8-sig")


def kunden_csv(path: Path, heads: list[str], rows: Rows, whose: list[int]) -> None:
    """Write Windows-1252 with semicolons: what it has no letter for becomes question marks."""
    _amid(rows, whose, [[""] * len(heads), ["", "", "k. A.", "k. A.", *[""] * (len(heads) - 4)]])
    _delimited(path, heads, rows, ";", "cp1252")


def _delimited(path: Path, heads: list[str], rows: Rows, mark: str, encoding: str) -> None:
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=mark, lineterminator="\r\n")
        writer.writerow(heads)
        writer.writerows(rows)


def orders_jsonl(path: Path, heads: list[str], rows: Rows, whose: list[int]) -> None:
    """Write nested records, blanks left out; a few lines are cut off."""
    ways = [head.split(".") for head in heads]
    lines = [orjson.dumps(_nested(ways, row)) for row in rows]
    for at in range(11, len(lines), max(len(lines) // 3, 12)):
        lines.insert(at, lines[at][: len(lines[at]) // 2])
        whose.insert(at, NOBODY)
    path.write_bytes(b"\n".join(lines) + b"\n")


def _nested(ways: list[list[str]], row: list[object]) -> dict[str, object]:
    record: dict[str, object] = {}
    for way, cell in zip(ways, row, strict=True):
        if cell:
            inner = record
            for key in way[:-1]:
                inner = inner.setdefault(key, {})  # type: ignore[assignment]
            inner[way[-1]] = str(cell)
    return record


def accounts_parquet(path: Path, heads: list[str], rows: Rows, whose: list[int]) -> None:
    """Write text columns; ZIP codes and days of birth as numbers and dates, as a database has them."""
    _amid(rows, whose, [[""] * len(heads)])
    columns = {
        head: pl.Series(head, [str(cell) if cell else None for cell in column], pl.String)
        for head, column in zip(heads, zip(*rows, strict=True), strict=True)
    }
    frame = pl.DataFrame(columns).with_columns(pl.col("dob").str.to_date("%Y-%m-%d"))
    frame.write_parquet(path)


def legacy_sql(path: Path, heads: list[str], rows: Rows, whose: list[int]) -> None:
    """Write INSERTs of 500 rows each; quotes doubled, NULL for what is unknown, zero dates."""
    names = ", ".join(f"`{head}`" for head in heads)
    begin = f"INSERT INTO `clients` ({names}) VALUES\n"
    blank = "'0000-00-00'"
    date_at = heads.index("birth_date")
    told = (
        "("
        + ", ".join(_quoted(cell) if cell else blank if at == date_at else "NULL" for at, cell in enumerate(row))
        + ")"
        for row in rows
    )
    lines = list(told)
    with path.open("w", encoding="utf-8") as file:
        file.write("-- dump of the old shop\n")
        for at in range(0, len(lines), 500):
            file.write(begin + ",\n".join(lines[at : at + 500]) + ";\n")
    assert len(lines) == len(whose)


def _quoted(cell: object) -> str:
    text = str(cell).replace("\\", "\\\\").replace("'", "''")
    return f"'{text}'"


def members_xlsx(path: Path, heads: list[str], rows: Rows, whose: list[int]) -> None:
    """Write two sheets with titles above their heads, real date cells and empty rows."""
    _amid(rows, whose, [[None] * len(heads)])
    first = len(rows) * 4 // 5
    plain = [[cell if isinstance(cell, date) else str(cell) if cell else None for cell in row] for row in rows]
    top = [["Members"], ["exported 21 November 2026"], []]
    path.write_bytes(xlsx({"Members": [*top, heads, *plain[:first]], "Former": [["Former"], heads, *plain[first:]]}))


def newsletter_mbox(path: Path, _: list[str], rows: Rows, whose: list[int]) -> None:
    """Write messages from one person to another; every fortieth comes from nobody who reads."""
    parts: list[str] = []
    order: list[int] = []
    for at in range(0, len(rows), 2):
        pair, people = rows[at : at + 2], whose[at : at + 2]
        sender, order_of = _entry(pair[0]), [people[0]]
        if at % 80 == 0:
            sender, order_of, pair, people = "noreply@shop.example", [NOBODY], [[], *pair], [NOBODY, *people]
        order += [*order_of, *people[1:]]
        to = ", ".join(_entry(row) for row in pair[1:]) or "undisclosed-recipients:;"
        date_line = "Mon, 16 Nov 2026 10:00:00 +0000"
        parts.append(
            f"From - Mon Nov 16 10:00:00 2026\nFrom: {sender}\nTo: {to}\nDate: {date_line}\nSubject: Hello\n\nHi.\n\n"
        )
    whose[:] = order
    path.write_text("".join(parts), encoding="utf-8")


def _entry(row: list[object]) -> str:
    """Return name and address as in a mail's head."""
    name, address = map(str, row)
    if not name:
        return address
    return f'"{name}" <{address}>' if "," in name or "." in name else f"{name} <{address}>"


def _amid(rows: Rows, whose: list[int], more: Rows) -> None:
    """Put rows of nobody among the others."""
    for n, row in enumerate(more, 1):
        at = min(len(rows), n * len(rows) // (len(more) + 1))
        rows.insert(at, row)
        whose.insert(at, NOBODY)


Write = Callable[[Path, list[str], Rows, list[int]], None]
WRITERS: dict[str, Write] = {
    "crm_contacts.csv": crm_csv, "orders.jsonl": orders_jsonl, "kunden.csv": kunden_csv,
    "accounts.parquet": accounts_parquet, "legacy.sql": legacy_sql, "members.xlsx": members_xlsx,
    "newsletter.mbox": newsletter_mbox,
}  # fmt: skip
