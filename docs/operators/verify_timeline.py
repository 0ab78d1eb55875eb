#!/usr/bin/env python3
"""Check an exported timeline of a data breach: that nothing in it was changed, removed, added or moved.

Runs alone: it needs Python 3.11 or newer and the `cryptography` package, no network and no database.

    python verify_timeline.py 2026-001.json
    python verify_timeline.py 2026-001.json --key FINGERPRINT      the key that the organisation gave you elsewhere
    python verify_timeline.py new.json --earlier old.json          nothing that you were shown before was rewritten

Exit code 0: everything fits. Exit code 1: it does not, and the first place is named. Exit code 2: wrong usage.

The file has one header line, one line an entry, and a closing line. Each line is canonical JSON (sorted keys, no
spaces, UTF-8). An entry's `sha256` is the SHA-256 of its canonical JSON without `sha256` and `signature`; its `prev`
is the entry's before it (64 zeros in the first); `signature` is Ed25519 over the 32 bytes of `sha256`. The closing
line holds the SHA-256 of the header line and of all entry lines, and an Ed25519 signature over both.
"""

import argparse
import base64
import binascii
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "forthwith-timeline"
VERSION = 1
GENESIS = "0" * 64
CONTEXT = b"forthwith timeline export 1\n"
HEADER = {"count", "exported_at", "format", "head", "incident", "organisation", "public_key", "ref", "version"}
BODY = {"actor", "at", "data", "incident", "object_id", "object_type", "prev", "seq", "text", "verb"}
ENTRY = BODY | {"sha256", "signature"}
OPENING, LIST, END, CLOSING = b'{"header":', b'"entries":[', b"],", b'"closing":'


class Broken(Exception):
    """Something does not fit: where, and what."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where, self.what = where, what


@dataclass(frozen=True)
class Report:
    """What was checked, and the first thing that does not fit (`where` is empty where all fits)."""

    ref: str = ""
    count: int = 0
    head: str = ""
    fingerprint: str = ""
    where: str = ""
    what: str = ""

    @property
    def sound(self) -> bool:
        """Whether everything fits."""
        return not self.where


def canonical(value: Any) -> bytes:
    """Return the one way to write `value` as JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def fingerprint(public_key: str) -> str:
    """Return the SHA-256 of a raw public key that is given as base64, in hex."""
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()


def verify(content: bytes, key: str | None = None, earlier: bytes | None = None) -> Report:
    """Check an export. `key`: the fingerprint (or base64 public key) that it must be signed with."""
    header: dict[str, Any] = {}
    try:
        lines = split(content)
        header = check_header(lines)
        check_chain(lines.entries, header["public_key"], header["incident"])
        check_ends(header, lines)
        check_key(header["public_key"], key)
        check_earlier(lines, header, earlier)
    except Broken as found:
        return Report(**_told(header), where=found.where, what=found.what)
    return Report(**_told(header))


def _told(header: dict[str, Any]) -> dict[str, Any]:
    if not header:
        return {}
    told = {name: header[name] for name in ("ref", "count", "head")}
    return {**told, "fingerprint": fingerprint(header["public_key"])}


@dataclass(frozen=True)
class Lines:
    """The parts of an export: the header's line, the entries' lines, the closing's line."""

    header: bytes
    raw: list[bytes]
    entries: list[dict[str, Any]]
    closing: bytes


def split(content: bytes) -> Lines:
    """Cut an export into its lines. Raises Broken where its layout is another."""
    lines = content.split(b"\n")
    if not (lines[0].startswith(OPENING) and lines[0].endswith(b",")):
        raise Broken("header", "the first line is not that of a timeline export")
    if len(lines) < 6 or lines[1] != LIST:
        raise Broken("header", "the list of entries does not follow it")
    if lines[-1] != b"" or not (lines[-2].startswith(CLOSING) and lines[-2].endswith(b"}")):
        raise Broken("closing", "the last line is missing, cut short or followed by something")
    if lines[-3] != END:
        raise Broken(f"entry {_starts(lines)}", "the list of entries does not end after it")
    raw = lines[2:-3]
    return Lines(
        lines[0][len(OPENING) : -1], raw, list(map(_entry, range(1, len(raw) + 1), raw, _commas(raw))),
        lines[-2][len(CLOSING) : -1],
    )  # fmt: skip


def _starts(lines: list[bytes]) -> int:
    return sum(line.startswith(b'{"actor"') for line in lines)


def _commas(raw: list[bytes]) -> list[bytes]:
    return [b","] * (len(raw) - 1) + [b""]


def _entry(number: int, line: bytes, comma: bytes) -> dict[str, Any]:
    """Read the line of entry `number`, which must be canonical to the byte."""
    where = f"entry {number}"
    if not line.endswith(b"}" + comma):
        raise Broken(where, "its line does not end as it must")
    entry = _read(where, line.removesuffix(comma))
    if set(entry) != ENTRY:
        raise Broken(where, "it has not exactly the fields of an entry")
    return entry


def _read(where: str, line: bytes) -> dict[str, Any]:
    """Read canonical JSON of an object. Raises Broken where a byte of it is not as it must be."""
    try:
        value = json.loads(line)
        same = isinstance(value, dict) and canonical(value) == line
    except (ValueError, RecursionError):
        raise Broken(where, "it is not readable") from None
    if not same:
        raise Broken(where, "it is not written in the canonical form")
    return dict(value)


def check_header(lines: Lines) -> dict[str, Any]:
    """Read the header, and check it against the hash in the closing. Raises Broken."""
    header = _read("header", lines.header)
    closing = _read("closing", lines.closing)
    if set(header) != HEADER or header["format"] != FORMAT or header["version"] != VERSION:
        raise Broken("header", "it is not that of a timeline export of version 1")
    _public("header", header["public_key"])
    if closing.get("header") != hashlib.sha256(lines.header).hexdigest():
        raise Broken(_changed(header, closing, lines), "header and closing do not fit each other")
    return header


def _changed(header: dict[str, Any], closing: dict[str, Any], lines: Lines) -> str:
    """Return which of header and closing was changed, where the two differ."""
    public = header["public_key"]
    if _signed(public, closing.get("signature"), _closed(closing)):
        return "header"
    first = lines.entries[0]
    return "closing" if _signed(public, first["signature"], _digest(first["sha256"])) else "header"


def check_chain(entries: list[dict[str, Any]], public_key: str, incident: str) -> None:
    """Check number, chain, hash and signature of every entry. Raises Broken at the first that does not fit."""
    before = GENESIS
    for number, entry in enumerate(entries, start=1):
        if problem := _misfit(entry, number, before, incident):
            raise Broken(f"entry {number}", problem)
        if not _signed(public_key, entry["signature"], _digest(entry["sha256"])):
            raise Broken(f"entry {number}", "it was not signed with the key of the header")
        before = entry["sha256"]


def _misfit(entry: dict[str, Any], number: int, before: str, incident: str) -> str:
    """Return what is wrong with an entry by itself and after the one before it, or nothing."""
    if entry["seq"] != number:
        return f"number {entry['seq']} stands here: an entry was removed, added or moved"
    if entry["prev"] != before:
        return "it does not follow on the entry before it"
    if entry["incident"] != incident:
        return "it belongs to another incident"
    content = {name: entry[name] for name in BODY}
    fits = entry["sha256"] == hashlib.sha256(canonical(content)).hexdigest()
    return "" if fits else "its hash does not fit its content"


def check_ends(header: dict[str, Any], lines: Lines) -> None:
    """Check the count, the head and the closing signature. Raises Broken."""
    closing = _read("closing", lines.closing)
    if set(closing) != {"entries", "header", "signature"}:
        raise Broken("closing", "it has not exactly the fields of a closing")
    if header["count"] != len(lines.entries) or header["head"] != lines.entries[-1]["sha256"]:
        raise Broken(f"entry {len(lines.entries)}", "it is not the last one that the header names")
    if closing["entries"] != hashlib.sha256(b"\n".join(lines.raw)).hexdigest():
        raise Broken("closing", "its hash does not fit the entries")
    if not _signed(header["public_key"], closing["signature"], _closed(closing)):
        raise Broken("closing", "it was not signed with the key of the header")


def check_key(public_key: str, expected: str | None) -> None:
    """Check that the key is the expected one, given as fingerprint or as base64. Raises Broken."""
    if expected is None:
        return
    bare = expected.strip().removeprefix("sha256:").replace(":", "").replace(" ", "").lower()
    if bare != fingerprint(public_key) and expected.strip() != public_key:
        raise Broken("header", "the timeline is signed with another key than the one expected")


def check_earlier(lines: Lines, header: dict[str, Any], earlier: bytes | None) -> None:
    """Check that an earlier export is the beginning of this one. Raises Broken."""
    if earlier is None:
        return
    old = verify(earlier, key=header["public_key"])
    if not old.sound:
        raise Broken(f"earlier export, {old.where}", old.what)
    known = [entry["sha256"] for entry in split(earlier).entries]
    for number, digest in enumerate(known, start=1):
        if number > len(lines.entries) or lines.entries[number - 1]["sha256"] != digest:
            raise Broken(f"entry {number}", "the earlier export shows another one here")


def _closed(closing: dict[str, Any]) -> bytes:
    """Return what the closing's signature covers."""
    return CONTEXT + canonical({name: closing.get(name) for name in ("entries", "header")})


def _digest(sha256: Any) -> bytes:
    try:
        return bytes.fromhex(sha256)
    except (ValueError, TypeError):
        return b""


def _public(where: str, public_key: Any) -> Ed25519PublicKey:
    try:
        raw = base64.b64decode(public_key, validate=True)
        if base64.b64encode(raw).decode() != public_key:
            raise ValueError
        return Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, TypeError, binascii.Error):
        raise Broken(where, "its public key is not one") from None


def _signed(public_key: str, signature: Any, content: bytes) -> bool:
    """Return whether `signature` (base64, in its one spelling) is the key's over `content`."""
    try:
        raw = base64.b64decode(signature, validate=True)
        _public("header", public_key).verify(raw, content)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return bool(base64.b64encode(raw).decode() == signature)


def in_words(report: Report, checked_key: bool) -> str:
    """Return a report as lines for people."""
    if not report.sound:
        return f"NOT SOUND: {report.where}: {report.what}.\n"
    advice = "" if checked_key else "\n  Compare it with the fingerprint that the organisation gave you elsewhere."
    return (
        f"Sound: incident {report.ref}, {report.count} entries, none changed, removed, added or moved.\n"
        f"  head {report.head}\n  key  {report.fingerprint}{advice}\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Check the file that is named on the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Check an exported timeline of a data breach.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", help="fingerprint or base64 of the public key that must have signed it")
    parser.add_argument("--earlier", type=Path, help="an earlier export, which must be the beginning of this one")
    asked = parser.parse_args(arguments)
    try:
        content = asked.file.read_bytes()
        earlier = asked.earlier.read_bytes() if asked.earlier else None
    except OSError as failure:
        parser.error(f"the file can't be read: {failure.strerror}")
    report = verify(content, asked.key, earlier)
    sys.stdout.write(in_words(report, asked.key is not None))
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main())
