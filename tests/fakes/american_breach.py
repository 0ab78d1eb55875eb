"""What is known of a breach in California, as `--set` takes it: enough to word every notice that is owed."""

FACTS = (
    "entity.role=controller", "entity.home=US-CA", "entity.regimes=[]", "breach.properties=[confidentiality]",
    "breach.cause=hacking", "breach.actor=external_malicious", "breach.event.acquired=yes", "breach.media=[electronic]",
    "breach.exfiltration=confirmed", "breach.recipients=attacker", "breach.protection.unintelligible=no",
    "breach.mitigations=[access_disabled]", "clocks.discovered_at=2026-11-20T08:00:00Z",
    "clocks.aware_at=2026-11-20T08:00:00Z", "clocks.occurred_from=2026-11-19T08:00:00Z",
    "words.contact_phone=+1 800 555 0100", "words.offer.provider=Example Monitoring", "words.offer.months=12",
    "words.offer.url=https://monitoring.example", "words.offer.phone=+1 800 555 0101", "words.offer.code=SAMPLE",
    "words.offer.enrol_by=2027-06-30", "words.offer.words=Credit monitoring at no cost",
)  # fmt: skip
