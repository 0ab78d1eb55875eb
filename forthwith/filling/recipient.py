"""One recipient's fields, from what is known of them: the values that a wording's slots are filled with."""

from collections.abc import Sequence
from datetime import date

from forthwith.filling.codes import verify_url
from forthwith.filling.labels import day_words, labels, shipped
from models import PersonRecord

AMERICAN = ("US", "PR", "GU", "VI")


def person_slots(
    record: PersonRecord, *, code: str, day: date, reference: str, language: str, public_url: str,
    addressing: str = "adult",
) -> dict[str, str]:  # fmt: skip
    """Return the fields of one person. `addressing` is the wording's own: adult, child or deceased."""
    words = labels(shipped(language))
    name = record.name.strip() or f"{record.given} {record.family}".strip()
    return {
        "name": name or words["name_unknown"],
        "addressee": _addressee(record, name or words["name_unknown"], addressing, words),
        "address": "\n".join(_address(record)),
        "code": code,
        "verify_url": verify_url(public_url, code),
        "date": day_words(day, words, american=record.country in AMERICAN),
        "reference": reference,
    }


def party_slots(
    name: str, postal: Sequence[str], *, day: date, reference: str, language: str, public_url: str
) -> dict[str, str]:
    """Return the fields of an organisation or authority. It has no code of its own."""
    words = labels(shipped(language))
    return {
        "name": name, "addressee": name, "address": "\n".join(postal), "code": "",
        "verify_url": verify_url(public_url), "date": day_words(day, words), "reference": reference,
    }  # fmt: skip


def _addressee(record: PersonRecord, name: str, addressing: str, words: dict[str, str]) -> str:
    """Return who stands first on the envelope: a child's parent or guardian, a dead person's family."""
    if addressing == "child":
        return record.guardian.strip() or words["guardian_of"].format(name)
    return words["family_of"].format(name) if addressing == "deceased" else name


def _address(record: PersonRecord) -> list[str]:
    """Return the lines of an address without empty ones."""
    return [line.strip() for line in record.address if line.strip()]
