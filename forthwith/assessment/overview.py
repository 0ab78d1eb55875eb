"""The records on one page for legal: who is told, by when, from how many on, and how far each was verified."""

from collections import Counter

from forthwith.assessment import library, spoken
from models.law import Clause, Duty, Law

HEAD = """# The laws that are loaded

<!-- Made by `forthwith law list --markdown --out docs/legal`; a test fails where it is stale. Don't edit it. -->

This is research, **not legal advice**. A clause is *verified* if its main facts were read in one of the record's own
sources, *partial* if in a secondary source alone, *unverified* if they come from memory. A record is *partial* where
some of it is. A ground not to tell that rests on anything but a verified clause leads to a question, never to silence;
a *stub* always does. Each law's name leads to the page of its jurisdiction: triggers, clocks, authorities, channels,
content, what is not modelled, sources. `forthwith law check --stale 180d` names what must be read again.
"""


def markdown() -> str:
    """Return the page over every record, laws first, then promises of our own."""
    laws = sorted((loaded.law for loaded in library.all_laws()), key=lambda law: (law.kind == "contract", law.id))
    counted = f"{sum(law.kind == 'law' for law in laws)} laws and {sum(law.kind != 'law' for law in laws)} own sets."
    return "\n".join([HEAD, counted, "", *_counts(), "", *_table(laws)]) + "\n"


def counts() -> dict[str, dict[str, int]]:
    """Return how many records and how many clauses are verified, partly verified, and not."""
    laws = [loaded.law for loaded in library.all_laws()]
    records, clauses = Counter(map(standing, laws)), Counter(word for law in laws for word in _words(law))
    return {
        "records": dict(records),
        "clauses": {word: clauses[word] for word in ("verified", "partial", "unverified")},
    }


def _words(law: Law) -> list[str]:
    """Return of each clause how far it was verified."""
    states = [law.verified if clause.verified is None else clause.verified for _, clause in law.clauses()]
    return ["partial" if state == "partial" else "verified" if state else "unverified" for state in states]


def _counts() -> list[str]:
    """Return the counts as a table: how far the records and their clauses can be trusted."""
    found = counts()
    heads = ["verified", "partial", "unverified", "stub"]
    rows = [f"| {name} | {' | '.join(str(found[name].get(head, 0)) for head in heads)} |" for name in found]
    return [f"| | {' | '.join(heads)} |", "| --- | --- | --- | --- | --- |", *rows]


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
    rows = ["| law | people in | duties: who is told, by when, from how many on | state | clauses read / not read |",
            "| --- | --- | --- | --- | --- |"]  # fmt: skip
    return rows + [_row(law) for law in laws]


def _row(law: Law) -> str:
    page = f"laws/{law.jurisdiction.lower()}.md"
    cells = [f"**[{law.id}]({page})**<br>{law.title}<br>{law.citation}", ", ".join(law.reach.territory)]
    duties = "<br>".join(_duty(duty) for duty in law.duties) or "no notice is promised"
    missing = len(unread(law))
    cells += [duties, f"{standing(law)}, confidence {law.confidence}", f"{len(law.clauses()) - missing} / {missing}"]
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _duty(duty: Duty) -> str:
    clocks = "; ".join(dict.fromkeys(spoken.clock(clock) for clock in duty.clocks))
    threshold = f"; {duty.threshold.says or 'above a number'}" if duty.threshold else ""
    return f"{duty.id} ({duty.recipient.replace('_', ' ')}): {clocks}{threshold}"
