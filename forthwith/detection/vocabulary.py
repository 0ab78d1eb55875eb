"""The closed list of facts: their names, and what each may say. The contract of the facts file."""

from dataclasses import dataclass

YES_NO = ("yes", "no", "unknown")
REGIMES = (
    "hipaa_covered_entity", "hipaa_business_associate", "phr_vendor", "glba", "ftc_safeguards", "bank", "nydfs",
    "sec_registrant", "telecom", "insurer", "health_facility_ca", "credit_reporting_agency", "information_broker",
    "government_agency", "critical_infrastructure", "nis2_essential", "nis2_important", "dora",
)  # fmt: skip
CAUSES = (
    "hacking", "malware", "ransomware", "phishing", "credential_stuffing", "insider", "misdirected_message",
    "unauthorised_disclosure", "misconfiguration", "software_flaw", "device_theft", "device_loss", "theft", "loss",
    "improper_disposal", "deletion", "outage", "disaster", "inaccurate_record",
)  # fmt: skip
HARM = ("no_harm_likely", "harm_likely", "cannot_be_determined")
RISK = ("unlikely", "risk", "high_risk")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fact's value may be: words of a list, one or many; text, number, instant or place."""

    form: str  # word words text texts prose number instant answer laws
    words: tuple[str, ...] = ()

    @property
    def tellable(self) -> bool:
        """Whether the value may stand in the timeline: it comes from a closed list, or is a number or a time."""
        return self.form in ("word", "words", "number", "instant", "laws")


def word(*words: str) -> Kind:
    """Return the kind of one word out of a list."""
    return Kind("word", words)


def words(*allowed: str) -> Kind:
    """Return the kind of any number of words out of a list."""
    return Kind("words", allowed)


PROSE = Kind("prose")
TEXT, TEXTS, NUMBER, INSTANT = Kind("text"), Kind("texts"), Kind("number"), Kind("instant")
ANSWER, LAWS, YES = Kind("answer"), Kind("laws"), Kind("word", YES_NO)

CLOCKS = (
    "occurred_from", "occurred_to", "detected_at", "discovered_at", "aware_at", "determined_at", "confirmed_at",
    "scope_identified_at", "classified_at", "materiality_determined_at", "contained_at", "individuals_notified_at",
    "owner_notified_at", "regulator_order_at",
)  # fmt: skip

NAMES: dict[str, Kind] = {
    "entity.name": TEXT,
    "entity.role": word("controller", "processor", "joint_controller", "holder"),
    "entity.home": TEXT,
    "entity.sector": TEXT,
    "entity.establishments": TEXTS,
    "entity.regimes": words(*REGIMES),
    "entity.acts_for": words(*REGIMES),
    **{f"clocks.{name}": INSTANT for name in CLOCKS},
    "breach.properties": words("confidentiality", "integrity", "availability"),
    "breach.cause": word(*CAUSES),
    "breach.actor": word("external_malicious", "internal_malicious", "internal_error", "accident", "unknown"),
    "breach.source": word("own", "processor", "elsewhere", "unknown"),
    "breach.processor.agent": YES,
    "breach.processor.discovered_at": INSTANT,
    **{f"breach.event.{name}": YES for name in ("accessed", "acquired", "used", "disclosed")},
    "breach.exfiltration": word("confirmed", "likely", "possible", "unlikely", "none", "unknown"),
    "breach.recipients": word(
        "none", "attacker", "thief", "trusted", "known_one", "known_many", "public", "unknown"
    ),
    "breach.media": words("electronic", "paper", "oral"),
    "breach.protection.unintelligible": YES,
    "breach.protection.key_compromised": YES,
    "breach.protection.method": TEXT,
    "breach.protection.standards": TEXTS,
    "breach.availability.backup": word("available", "paper", "none", "unknown"),
    "breach.availability.restored_after_hours": NUMBER,
    "breach.availability.service_effect": word("none", "delay", "safety", "unknown"),
    "breach.mitigations": words(
        "deletion_confirmed", "deletion_requested", "remote_wipe", "access_disabled", "corrected",
        "credentials_reset", "logs_show_no_outflow", "restored",
    ),
    "breach.misuse": word("none_likely", "possible", "likely", "occurred", "unknown"),
    "breach.systemic": YES,
    "breach.law_enforcement_hold.agency": TEXT,
    "breach.law_enforcement_hold.requested_at": INSTANT,
    "breach.law_enforcement_hold.until": INSTANT,
    "breach.law_enforcement_hold.written": YES,
    "notice.cost_usd": NUMBER,
    "notice.uncontactable": NUMBER,
    "own_duties": LAWS,
    "words.count_records": NUMBER,
    "words.offer.months": NUMBER,
    "words.offer.enrol_by": INSTANT,
    "words.offer.own_codes": YES,  # each person gets a code of their own, from a pool that was loaded
}  # fmt: skip

REGULATOR, ANSWERS = "clocks.regulators_notified_at.", "answers."
WORDS = "words."  # what notices are to say in a responder's own words, e.g. `words.offer.provider`


def kind_of(name: str) -> Kind | None:
    """Return what the fact called `name` may say; None where there is no such fact."""
    if found := NAMES.get(name):
        return found
    if name.startswith(REGULATOR) and name.removeprefix(REGULATOR).replace("_", "").isalnum():
        return INSTANT
    if name.startswith(WORDS) and name.removeprefix(WORDS).replace(".", "").replace("_", "").isalnum():
        return PROSE
    key = name.removeprefix(ANSWERS)
    if name.startswith(ANSWERS) and key.replace("-", "").replace("_", "").replace(".", "").isalnum():
        return {"harm": Kind("answer", HARM), "risk": Kind("answer", RISK)}.get(key.split(".")[-1], ANSWER)
    return None
