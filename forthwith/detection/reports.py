"""Reports of people become signals: what they wrote is sealed, what they chose from lists is proposed."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, literal_column
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.detection import links
from forthwith.detection.sealing import sealed
from forthwith.detection.when import When
from models import Refusal, ReportLink, Signal, new_id, utc_now

SOURCE = "report"
LONGEST, SHORT = 4000, 200
KINDS: Mapping[str, tuple[str, ...]] = {  # what the form offers, in element codes
    "contact": ("name", "contact"), "identity": ("gov_id_other", "passport"), "financial": ("bank_account",),
    "payment_card": ("payment_card",), "health": ("medical",), "password": ("online_credentials",),
    "work": (), "communication": (), "special": (), "children": (), "other": (),
}  # fmt: skip
ONGOING = ("yes", "no", "unknown")


@dataclass(frozen=True, slots=True)
class Report:
    """What the form brought. `what`, `contact` and `contract` are personal and never leave their seal."""

    what: str
    contact: str = ""
    contract: str = ""
    noticed: When = field(default_factory=When)
    happened: When = field(default_factory=When)
    noticed_said: str = ""
    happened_said: str = ""
    kinds: tuple[str, ...] = ()
    people: int | None = None
    ongoing: str = "unknown"
    language: str = "en"

    def written(self) -> dict[str, Any]:
        """Return what is sealed: all in the reporter's own words."""
        return {
            "what": self.what, "contact": self.contact, "contract": self.contract, "noticed": self.noticed_said,
            "happened": self.happened_said, "language": self.language,
        }  # fmt: skip


def checked(report: Report) -> Report:
    """Return the report. Raises Refusal where it says nothing, too much, or what is on no list."""
    if not report.what.strip():
        raise Refusal("Nothing stands under what happened.", "Say it in a sentence.")
    if len(report.what) > LONGEST or max(len(report.contact), len(report.contract)) > SHORT:
        raise Refusal("That is too long.", "Keep to 4,000 characters, and 200 for contact and contract.")
    if set(report.kinds) - set(KINDS) or report.ongoing not in ONGOING:
        raise Refusal("An answer is not on its list.", "Choose from the lists.")
    return report


def people_of(said: str) -> int | None:
    """Return about how many people; None where nobody knows. Raises Refusal for what is no number."""
    digits = said.strip().replace(" ", "").replace(".", "").replace(",", "").replace("\u202f", "")
    if digits == "":
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        raise Refusal("That is no number of people.", "Write digits, or leave it empty.")
    return int(digits)


def receive(session: Session, link: ReportLink, report: Report, once: str) -> Signal | None:
    """Keep a report as a signal and return it; None where the link has taken all that a day may bring.

    The same form sent twice is one report, on a day that is full, too.
    """
    checked(report)
    reference = hashlib.sha256(f"{link.id}\0{once}".encode()).hexdigest()
    session.refresh(link, with_for_update=True)  # a form pressed twice waits here for the first
    known = session.exec(select(Signal).where(Signal.source == SOURCE, Signal.source_ref == reference)).first()
    if known is None and not links.count(session, link):
        return None
    hints = _hints(report, partner=link.audience == "partner")
    signal, _ = keep(
        session, SOURCE, reference, _title(link, report), hints, report.written(), party_id=link.party_id,
    )  # fmt: skip
    return signal


def keep(
    session: Session, source: str, reference: str, title: str, hints: dict[str, Any], told: dict[str, Any], *,
    party_id: uuid.UUID | None = None,
) -> tuple[Signal, bool]:  # fmt: skip
    """Write a sealed signal, or count it once more: what stands sealed already is left as it is."""
    ident = new_id()
    wrapped, content = sealed(ident, told)
    row = {
        "id": ident, "created_at": utc_now(), "source": source, "source_ref": reference, "title": title,
        "severity": "unknown", "seen": 1, "payload_sha256": hashlib.sha256(content).hexdigest(), "hints": hints,
        "wrapped_key": wrapped, "sealed": content, "party_id": party_id, "detected_at": clock.now(),
    }  # fmt: skip
    again = (
        insert(Signal)
        .values(row)
        .on_conflict_do_update(index_elements=["source", "source_ref"], set_={"seen": Signal.seen + 1})
        .returning(col(Signal.id), literal_column("xmax = 0", Boolean))
    )
    kept, fresh = session.execute(again).one()
    return session.get_one(Signal, kept, populate_existing=True), bool(fresh)


def _title(link: ReportLink, report: Report) -> str:
    """Return a title of list words alone: what was written may name anybody."""
    kinds = ", ".join(kind.replace("_", " ") for kind in report.kinds[:4])
    return f"Report by {'a partner' if link.audience == 'partner' else 'an employee'}" + (f": {kinds}" if kinds else "")


def _hints(report: Report, *, partner: bool) -> dict[str, Any]:
    """Return what the report states and what it only suggests.

    An employee's memory is proposed. A partner's report of their own breach states that it lies with them; when
    they discovered it is stated where it is one day or hour, and proposed where it is less.
    """
    found = "breach.processor.discovered_at" if partner else "clocks.detected_at"
    noticed, elements = report.noticed.facts(found), _elements(report)
    stated = {"breach.source": "processor", **(noticed if report.noticed.exact else {})} if partner else {}
    proposed = {**noticed, **report.happened.facts("clocks.occurred_from", "clocks.occurred_to")}
    suggests = {name: value for name, value in proposed.items() if name not in stated}
    details = {"kinds": list(report.kinds), "people": report.people, "ongoing": report.ongoing}
    return {"facts": stated, "suggests": {**suggests, **elements}, "details": details, "open": True}


def _elements(report: Report) -> dict[str, list[str]]:
    found = sorted({element for kind in report.kinds for element in KINDS[kind]})
    return {"elements": found} if found else {}
