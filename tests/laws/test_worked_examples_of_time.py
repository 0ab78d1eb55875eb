"""Worked examples of deadlines around the world, from the facts to the last lawful instant or day."""

from typing import Any

import pytest

from forthwith.assessment import assess

BREACH = {
    "properties": ["confidentiality"], "cause": "hacking", "actor": "external_malicious", "source": "own",
    "event": {"accessed": "yes", "acquired": "yes"}, "exfiltration": "confirmed", "recipients": "attacker",
    "misuse": "likely", "media": ["electronic"], "protection": {"unintelligible": "no"},
}  # fmt: skip


def obligations(place: str, clocks: dict[str, Any], *regimes: str) -> list[dict[str, Any]]:
    """Return what arises from an attack on 2,000 customers of a company at `place`."""
    elements = ["name", "cpni"] if "telecom" in regimes else ["name", "health", "ssn", "bank_account"]
    entity = {"role": "controller", "home": place, "regimes": list(regimes), "establishments": [place]}
    people = [{"jurisdiction": place, "count": 2000, "elements": elements, "age": "adult", "kind": "customer"}]
    return assess({"entity": entity, "clocks": clocks, "breach": BREACH, "people": people}).obligations


def found(law: str, duty: str, place: str, clocks: dict[str, Any], *regimes: str) -> dict[str, Any]:
    return next(one for one in obligations(place, clocks, *regimes) if (one["law"], one["duty"]) == (law, duty))


SENT_31_AUGUST = {"financial_authority_intermediate": "2026-08-31T16:00:00+00:00"}
SENT_31_JANUARY = {"nis2_csirt_notification": "2027-01-31T10:00:00+00:00"}
TOLD_5_NOVEMBER = {"my_commissioner": "2026-11-05T09:00:00+08:00"}
OCCURRED = {"occurred_from": "2026-11-01T10:00:00+08:00", "aware_at": "2026-11-03T09:00:00+08:00"}
DAYS = [
    # Brazil: three business days, the day of knowledge not counted; 20 November is a holiday
    ("br.lgpd", "regulator", "BR", {"aware_at": "2026-11-19"}, (), "2026-11-25"),
    ("br.lgpd", "regulator_supplement", "BR", {"aware_at": "2026-11-19"}, (), "2026-12-18"),
    # Japan: the day of knowledge is day one; the last day rolls over the new year
    ("jp.appi", "preliminary", "JP", {"aware_at": "2026-12-01"}, (), "2026-12-05"),
    ("jp.appi", "final", "JP", {"aware_at": "2026-12-01"}, (), "2027-01-29"),
    # Singapore: three calendar days after the day of assessment, a Sunday among them
    ("sg.pdpa", "commission", "SG", {"aware_at": "2026-12-20", "determined_at": "2026-12-24"}, (), "2026-12-27"),
    # Australia: thirty days from suspicion to the end of the assessment
    ("au.ndb", "statement", "AU", {"detected_at": "2026-11-21"}, (), "2026-12-21"),
    # Colombia: fifteen business days; 8 December is a holiday
    ("co.1581", "sic", "CO", {"detected_at": "2026-11-20", "aware_at": "2026-11-20"}, (), "2026-12-14"),
    # Malaysia: seven days after the first notice to the Commissioner
    ("my.pdpa", "individuals", "MY", {**OCCURRED, "regulators_notified_at": TOLD_5_NOVEMBER}, (), "2026-11-12"),
    # a month after 31 August ends on 30 September, a month after 31 January on 28 February
    ("eu.dora", "final", "DE", {"classified_at": "2026-08-08T08:00:00+02:00", "regulators_notified_at": SENT_31_AUGUST},
     ("dora",), "2026-09-30"),
    ("eu.nis2", "final", "DE", {"aware_at": "2027-01-30T08:00:00+00:00", "regulators_notified_at": SENT_31_JANUARY},
     ("nis2_essential",), "2027-02-28"),
]  # fmt: skip
INSTANTS = [
    ("eu.dora", "initial", "DE", {"aware_at": "2026-08-07T20:00+02:00", "classified_at": "2026-08-08T08:00+02:00"},
     ("dora",), "2026-08-08T12:00:00+02:00"),
    ("eu.nis2", "early_warning", "DE", {"aware_at": "2027-01-30T08:00:00+00:00"}, ("nis2_essential",),
     "2027-01-31T09:00:00+01:00"),
    ("eu.nis2", "notification", "DE", {"aware_at": "2027-01-30T08:00:00+00:00"}, ("nis2_essential",),
     "2027-02-02T09:00:00+01:00"),
    # Malaysia's law doesn't say from when: both are kept, the earlier one counts
    ("my.pdpa", "commissioner", "MY", OCCURRED, (), "2026-11-04T10:00:00+08:00"),
    ("in.certin", "cert_in", "IN", {"aware_at": "2027-06-01T10:00:00+05:30"}, (), "2027-06-01T16:00:00+05:30"),
    ("in.dpdp", "board_detailed", "IN", {"aware_at": "2027-06-01T10:00:00+05:30"}, (), "2027-06-04T10:00:00+05:30"),
    # the United Kingdom's rule for communications providers changed on 20 August 2025
    ("uk.pecr", "regulator", "GB", {"aware_at": "2025-08-19T10:00+01:00"}, ("telecom",), "2025-08-20T10:00:00+01:00"),
    ("uk.pecr", "regulator", "GB", {"aware_at": "2025-08-20T10:00+01:00"}, ("telecom",), "2025-08-23T10:00:00+01:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("law", "duty", "place", "clocks", "regimes", "day"), DAYS, ids=[f"{law} {duty}" for law, duty, *_ in DAYS]
)
def test_the_last_lawful_day(
    law: str, duty: str, place: str, clocks: dict[str, Any], regimes: tuple[str, ...], day: str
) -> None:
    assert found(law, duty, place, clocks, *regimes)["due_on"] == day


@pytest.mark.parametrize(
    ("law", "duty", "place", "clocks", "regimes", "instant"), INSTANTS, ids=[f"{a} {b} {e}" for a, b, *_, e in INSTANTS]
)
def test_the_last_lawful_instant(
    law: str, duty: str, place: str, clocks: dict[str, Any], regimes: tuple[str, ...], instant: str
) -> None:
    assert found(law, duty, place, clocks, *regimes)["due_at"] == instant


def test_malaysia_shows_the_later_reading_beside_the_earlier() -> None:
    clocks = found("my.pdpa", "commissioner", "MY", OCCURRED)["clocks"]
    assert [one["instant"] for one in clocks] == ["2026-11-04T10:00:00+08:00", "2026-11-06T09:00:00+08:00"]
    assert [one["used"] for one in clocks] == [True, False]


@pytest.mark.parametrize(
    ("law", "place", "before", "after"),
    [("cl.21719", "CL", "2026-11-30", "2026-12-01"), ("in.dpdp", "IN", "2026-11-21", "2027-06-01")],
)
def test_a_law_that_comes_later_holds_from_its_first_day_on(law: str, place: str, before: str, after: str) -> None:
    there = [law in {one["law"] for one in obligations(place, {"aware_at": day})} for day in (before, after)]
    assert there == [False, True]
