"""The mailing house's return file: what was mailed, what came back."""

import csv
import io
import re
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


def read(body: bytes, keys: dict[str, str]) -> list[ProviderEvent]:
    """Return the events of a CSV with `delivery` (or `batch` and `seq`), `status`, and optional `at` and `reason`.

    `keys` maps `batch#seq` to deliveries. Raises Refusal naming the first bad line; then nothing is taken.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        raise Refusal("The return file is not CSV in UTF-8.", "Export it again.") from None
    if not rows or "status" not in rows[0]:
        raise Refusal("The return file has no column `status`.", "It needs delivery (or batch, seq) and status.")
    return [_event(row, line, keys) for line, row in enumerate(rows, 2)]


def _event(row: dict[str, str], line: int, keys: dict[str, str]) -> ProviderEvent:
    """Return the event of one line."""
    status = (row.get("status") or "").strip().lower()
    if status not in MEANING:
        raise Refusal(f"Line {line} of the return file: unknown status.", f"Known: {', '.join(MEANING)}.")
    place = f"{(row.get('batch') or '').strip()}#{(row.get('seq') or '').strip()}"
    key = (row.get("delivery") or "").strip() or keys.get(place)
    if not key:
        raise Refusal(f"Line {line} of the return file names no letter of ours.", "Give delivery, or batch and seq.")
    return ProviderEvent(
        provider="print_file", message_ref=key, key=key, event=status, at=_at(row.get("at"), line),
        state=MEANING[status], recipient_index=key, detail=_reason(row.get("reason")),
    )  # fmt: skip


def _at(text: str | None, line: int) -> datetime:
    """Return the instant of a line, in UTC where it has no zone."""
    if not (text or "").strip():
        return NO_TIME
    try:
        at = datetime.fromisoformat(str(text).strip())
    except ValueError:
        raise Refusal(f"Line {line} of the return file: `at` is no time.", "Write it as 2026-11-21.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _reason(text: str | None) -> dict[str, str]:
    """Return a reason where it is a plain code. Free text may name people: it isn't kept."""
    code = (text or "").strip().lower().replace(" ", "_")
    return {"code": code} if CODE.fullmatch(code) else {}
