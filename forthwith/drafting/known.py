"""What is known of an incident, as drafting needs it: the newest fact of each name, and who we are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from forthwith.filling.content import clean, has_sentinel
from forthwith.settings import settings
from models import Fact, Incident, Refusal

BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSTATED = (None, "", "unknown")


@dataclass(frozen=True, slots=True)
class Known:
    """Facts by their dotted names, and our own organisation."""

    reference: str
    facts: Mapping[str, Any]
    organisation: str
    address: tuple[str, ...]
    email: str
    phone: str
    website: str
    zone: str
    drill: bool = False
    told: frozenset[str] = field(default_factory=frozenset)  # recipients already told, by code

    def get(self, name: str) -> Any:
        """Return a stated fact, or None."""
        value = self.facts.get(name)
        return None if isinstance(value, str | None) and value in UNSTATED else value

    def words(self, key: str, language: str, *, neutral: bool = False) -> str | None:
        """Return what a responder wrote for `key` in `language`; a name (`neutral`) serves every language."""
        own = self.get(f"words.{key}.{language}")
        plain = self.get(f"words.{key}") if language == "en" or neutral else None
        value = own if own is not None else plain
        return None if value is None else outside(str(value), f"words.{key}")

    def day(self, name: str) -> date | None:
        """Return the local day of a clock, or None where it is not stated or did not happen."""
        value = self.get(name)
        if value is None or value == "no":
            return None
        text = str(value)
        if len(text) == len("2026-01-01"):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text).astimezone(ZoneInfo(self.zone)).date()


def outside(value: str, name: str) -> str:
    """Return a text from outside as data. Raises Refusal for characters that could reorder or open a wording."""
    if has_sentinel(value) or BIDI & set(value):
        raise Refusal(f"{name} holds a hidden or reserved character.", "Write it again as plain text.")
    return clean(value).strip()


def known(session: Session, incident: Incident) -> Known:
    """Return what is known of an incident now."""
    rows = session.exec(
        select(Fact).where(Fact.incident_id == incident.id).order_by(col(Fact.created_at), col(Fact.id))
    )
    facts = {row.name: row.value for row in rows}
    told = {name.split(".", 2)[2] for name, value in facts.items() if _is_told(name, value)}
    return ours(incident.ref, facts, drill=incident.drill, told=frozenset(told))


def _is_told(name: str, value: Any) -> bool:
    """Return whether a fact says that a recipient was told."""
    return name.startswith("clocks.regulators_notified_at.") and value not in (*UNSTATED, "no", False)


def ours(reference: str, facts: Mapping[str, Any], *, drill: bool = False, told: frozenset[str] = frozenset()) -> Known:
    """Return facts together with our own organisation: facts come before settings."""
    set_ = settings()
    text = {name: outside(str(facts[name]), name) for name in _ours(facts)}
    return Known(
        reference=reference,
        facts=facts,
        organisation=text.get("entity.name") or outside(set_.organisation, "FORTHWITH_ORGANISATION"),
        address=tuple(outside(line, "FORTHWITH_ORGANISATION_ADDRESS") for line in set_.organisation_address),
        email=text.get("words.contact_email") or set_.contact_email.strip(),
        phone=text.get("words.contact_phone") or set_.contact_phone.strip(),
        website=text.get("words.website") or set_.public_url.rstrip("/"),
        zone=set_.timezone,
        drill=drill,
        told=told,
    )


def _ours(facts: Mapping[str, Any]) -> list[str]:
    """Return the stated facts that say who we are."""
    names = ("entity.name", "words.contact_email", "words.contact_phone", "words.website")
    return [name for name in names if facts.get(name) not in UNSTATED]
