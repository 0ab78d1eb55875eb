"""The mailing house's return file: what was mailed, what came back."""

import csv
import io
import re
import uuid
from datetime import UTC, datetime

from models import DeliveryState, ProviderEvent, Refusal

MEANING = {
    "mailed": DeliveryState.ACCEPTED,
    "delivered": DeliveryState.DELIVERED,
    "returned": DeliveryState.RETURNED,
    "undeliverable": DeliveryState.RETURNED,
    "rejected": DeliveryState.FAILED,
}
CODE = re.compile(r"[a-z0-9_]{1,40}")
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # a file without times: the same line is the same event


MARK = re.compile(r"[0-9A-F]{32}\d{4}")
TOLD = 10  # faults that are named one by one


class Fault(Exception):
    """What is wrong with one line, and what would be right."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what, self.do = what, do


def read(body: bytes, keys: dict[str, str]) -> list[ProviderEvent]:
    """Return the events of a CSV with `delivery` (or `batch` and `seq`, or `mark`), `status`, and `at` and `reason`.

    `keys` maps `batch#seq` to deliveries. Raises Refusal naming each bad line; then nothing is taken. The same file
    again, or lines of it in another file, are the same events.
    """
    events, faults = list[ProviderEvent](), list[tuple[int, Fault]]()
    for line, row in enumerate(_rows(body), 2):
        try:
            events.append(_event(row, keys))
        except Fault as fault:
            faults.append((line, fault))
    if faults:
        raise _refusal(faults)
    return events


def _rows(body: bytes) -> list[dict[str, str]]:
    """Return the lines of a return file."""
    try:
        rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Refusal("The return file is not CSV in UTF-8.", "Export it again.") from None
    if not rows or "status" not in rows[0]:
        raise Refusal("The return file has no column `status`.", "It needs delivery (or batch, seq) and status.")
    return rows


def _refusal(faults: list[tuple[int, Fault]]) -> Refusal:
    """Return all faults of a file in one line."""
    said = "; ".join(f"line {line}: {fault.what}" for line, fault in faults[:TOLD])
    more = f"; and {len(faults) - TOLD} more" if len(faults) > TOLD else ""
    do = " ".join(dict.fromkeys(fault.do for _, fault in faults[:TOLD]))
    return Refusal(f"{said[0].upper()}{said[1:]}{more}. Nothing of the return file was taken.", do)


def _event(row: dict[str, str], keys: dict[str, str]) -> ProviderEvent:
    """Return the event of one line."""
    status = (row.get("status") or "").strip().lower()
    if status not in MEANING:
        raise Fault("unknown status", f"Known: {', '.join(MEANING)}.")
    key = _key(row, keys)
    if not key:
        raise Fault("names no letter of ours", "Give delivery, or batch and seq, or the scanned mark.")
    return ProviderEvent(
        provider="print_file", message_ref=key, key=key, event=status, at=_at(row.get("at")),
        state=MEANING[status], recipient_index=key, detail=_reason(row.get("reason")),
    )  # fmt: skip


def _key(row: dict[str, str], keys: dict[str, str]) -> str | None:
    """Return the delivery of a line: as it stands there, by its place in a batch, or by the mark on the letter."""
    told = {name: (row.get(name) or "").strip() for name in ("delivery", "batch", "seq", "mark")}
    if told["delivery"]:
        return told["delivery"]
    if MARK.fullmatch(told["mark"]):
        return str(uuid.UUID(told["mark"][:32]))
    return keys.get(f"{told['batch']}#{told['seq']}")


def _at(text: str | None) -> datetime:
    """Return the instant of a line, in UTC where it has no zone."""
    if not (text or "").strip():
        return NO_TIME
    try:
        at = datetime.fromisoformat(str(text).strip())
    except ValueError:
        raise Fault("`at` is no time", "Write it as 2026-11-21.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _reason(text: str | None) -> dict[str, str]:
    """Return a reason where it is a plain code. Free text may name people: it isn't kept."""
    code = (text or "").strip().lower().replace(" ", "_")
    return {"code": code} if CODE.fullmatch(code) else {}
