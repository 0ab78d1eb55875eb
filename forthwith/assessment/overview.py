"""The records as one page for legal: who is told, by when, from how many on, and what nobody has read at a source."""

from forthwith.assessment import library
from models.law import Clause, Clock, Duty, Law

HEAD = """# The laws that are loaded

<!-- Made by `forthwith law list --markdown > docs/legal/laws.md`; a test fails where it is stale. Don't edit it. -->

This is research, **not legal advice**. A clause counts as *read* if its main facts were read in one of the record's
sources, and as *not read* if they come from memory. A ground not to tell that rests on an unread clause leads to a
question, never to silence. `forthwith law show ID` prints every clause with its citation;
`forthwith law check --stale 180d` names what must be read again.
"""


def markdown() -> str:
    """Return the page over every record, laws first, then promises of our own."""
    laws = sorted((loaded.law for loaded in library.all_laws()), key=lambda law: (law.kind == "contract", law.id))
    parts = [
        HEAD,
        f"{sum(law.kind == 'law' for law in laws)} laws and {sum(law.kind != 'law' for law in laws)} own sets.",
    ]
    parts += ["\n## Who is told, by when, from how many on\n", *_table(laws), "\n## What was not read at a source\n"]
    parts += [line for law in laws for line in _unread(law)]
    parts += ["\n## What the records do not model\n"]
    parts += [line for law in laws for line in _unmodelled(law)]
    return "\n".join(parts).rstrip("\n") + "\n"


def standing(law: Law) -> str:
    """Return how far a record is verified: verified, partial or unverified."""
    if law.status == "stub":
        return "stub"
    if law.verified is False:
        return "unverified"
    return "partial" if law.verified == "partial" or law.from_memory or unread(law) else "verified"


def unread(law: Law) -> list[tuple[str, Clause]]:
    """Return the clauses that were not read at a source."""
    return [(path, clause) for path, clause in law.clauses() if not law.was_read(clause)]


def _table(laws: list[Law]) -> list[str]:
    rows = ["| law | territory | duties: who is told, by when, from how many on | state | clauses read / not read |",
            "| --- | --- | --- | --- | --- |"]  # fmt: skip
    return rows + [_row(law) for law in laws]


def _row(law: Law) -> str:
    cells = [f"**{law.id}**<br>{law.title}<br>{law.citation}", ", ".join(law.reach.territory)]
    duties = "<br>".join(_duty(duty) for duty in law.duties) or "no notice is promised"
    missing = len(unread(law))
    cells += [duties, f"{standing(law)}, confidence {law.confidence}", f"{len(law.clauses()) - missing} / {missing}"]
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _duty(duty: Duty) -> str:
    clocks = "; ".join(dict.fromkeys(_clock(clock) for clock in duty.clocks))
    threshold = f"; {duty.threshold.says or 'above a number'}" if duty.threshold else ""
    return f"{duty.id} ({duty.recipient.replace('_', ' ')}): {clocks}{threshold}"


def _clock(clock: Clock) -> str:
    """Return a clock in a few words."""
    if clock.with_duty:
        return f"not later than {clock.with_duty}"
    if clock.no_number:
        return f"no number of days{_dated(clock)}"
    numbers = {"hours": clock.hours, "days": clock.days, "business days": clock.business_days, "months": clock.months}
    unit, number = next((unit, number) for unit, number in numbers.items() if number is not None)
    start = clock.starts[0].fact.split(".")[-1].removesuffix("_at").replace("_", " ")
    begin = f"the end of the year of {start}" if clock.from_end_of else start
    kind = " (guideline)" if clock.kind == "guideline" else " (extension)" if clock.extends else ""
    label = f"{clock.label}, " if clock.label else ""
    return f"{label}{number:g} {unit} from {begin}{kind}{_dated(clock)}"


def _dated(clock: Clock) -> str:
    since = f" since {clock.valid_from}" if clock.valid_from else ""
    return since + (f" until {clock.valid_to}" if clock.valid_to else "")


def _unread(law: Law) -> list[str]:
    texts = [f"- from memory: {text}" for text in law.from_memory]
    texts += [f"- `{path}`: {clause.citation}" for path, clause in unread(law)]
    return [f"### {law.id}\n", *texts, ""] if texts else []


def _unmodelled(law: Law) -> list[str]:
    texts = [f"- {one.text} ({one.citation})" for one in law.unmodelled]
    return [f"### {law.id}\n", *texts, ""] if texts else []
