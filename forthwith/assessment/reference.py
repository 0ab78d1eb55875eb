"""The reference for lawyers: a page a jurisdiction, made from the records alone."""

from collections import defaultdict
from collections.abc import Iterator

from forthwith.assessment import library, overview, spoken
from models.law import Content, ContentCode, Duty, Exit, Judgement, Law, Recipient, Threshold

MADE = "<!-- Made by `forthwith law list --markdown --out docs/legal`; a test fails where it is stale. -->"


def pages() -> dict[str, str]:
    """Return every page by its file's name below the folder: the overview, and one for each jurisdiction."""
    by_place: dict[str, list[Law]] = defaultdict(list)
    for loaded in library.all_laws():
        by_place[loaded.law.jurisdiction].append(loaded.law)
    found = {f"laws/{place.lower()}.md": _page(place, laws) for place, laws in sorted(by_place.items())}
    return {"laws.md": overview.markdown()} | found


def _page(place: str, laws: list[Law]) -> str:
    lines = [f"# {place}", "", MADE, "", "Research, **not legal advice**. [All laws](../laws.md)"]
    for law in sorted(laws, key=lambda law: (law.kind == "contract", law.id)):
        lines += _law(law)
    return "\n".join(lines).rstrip("\n") + "\n"


def _law(law: Law) -> list[str]:
    read = len(law.clauses()) - len(overview.unread(law))
    span = f", from {law.valid_from}" if law.valid_from else ""
    return [
        "", f"## {law.id}: {law.title}", "", law.citation, "",
        f"- state: {spoken.words(law.status)}{span}; {overview.standing(law)}, confidence {law.confidence}",
        f"- read by {law.read_by}, checked {law.checked}; clauses read at a source: {read} of {len(law.clauses())}",
        f"- reaches people in: {', '.join(law.reach.territory)}{_further_reach(law)}",
        "", "### Who is bound, and by what", "",
        f"- bound: {_rule(law.binds.says, spoken.condition(law.binds.when), law.binds.citation)}",
        f"- trigger: {_rule(law.trigger.says, spoken.condition(law.trigger.when), law.trigger.citation)}",
        *(
            f"- *{spoken.words(key)}*: {_rule(rule.says, spoken.condition(rule.when), rule.citation)}"
            for key, rule in law.definitions.items()
        ),
        *_part("What counsel judges", (_judgement(key, one) for key, one in law.judgements.items())),
        *_part("Grounds not to tell", map(_exit, law.exits)),
        *(line for duty in law.duties for line in _duty(duty)),
        *_part("Authorities and other recipients", (_recipient(key, to) for key, to in law.recipients.items())),
        *_part("Asked besides", (f"- {one.question} ({one.citation})" for one in law.asks)),
        *_part("Not modelled", (f"- {one.text} ({one.citation})" for one in law.unmodelled)),
        *_part("Not read at a source", _unread(law)),
        *_part("Sources", (f"- {source}" for source in law.sources)),
    ]  # fmt: skip


def _further_reach(law: Law) -> str:
    reach = law.reach
    more = f"; people everywhere where {spoken.condition(reach.everyone_when)}" if reach.everyone_when else ""
    return more + (f"; looked at where {spoken.condition(reach.considered_when)}" if reach.considered_when else "")


def _rule(says: str, condition: str, citation: str) -> str:
    """Return what a clause says, the condition that stands for it, and where it stands."""
    told = f"{says}: " if says else ""
    return f"{told}{condition} ({citation})"


def _part(head: str, lines: Iterator[str]) -> list[str]:
    """Return a part of a page with its head; nothing where it is empty."""
    found = list(lines)
    return ["", f"### {head}", "", *found] if found else []


def _judgement(key: str, one: Judgement) -> str:
    presumed = [
        f"\n  - presumed {' or '.join(map(spoken.words, rule.value))}: "
        f"{_rule(rule.says, spoken.condition(rule.when), rule.citation)}"
        for rule in one.presumptions
    ]
    values = ", ".join(map(spoken.words, one.values))
    return f"- `{key}`: {one.question} ({values}; {one.citation}){''.join(presumed)}"


def _exit(one: Exit) -> str:
    side = f"; beside: {one.side}" if one.side else ""
    waives = "everything" if "all" in one.waives else ", ".join(map(spoken.words, one.waives))
    told = _rule(one.says or spoken.words(one.kind), spoken.condition(one.when), one.citation)
    return f"- spares {waives}: {told}{side}"


def _duty(duty: Duty) -> list[str]:
    """Return one duty: who is told, from how many on, by when, in which order, how, with which words."""
    threshold = duty.threshold
    lines = [
        f"- told: {spoken.words(duty.recipient)} ({duty.audience}; {duty.citation})",
        *([f"- owed by: {spoken.condition(duty.bound)}"] if duty.bound else []),
        *([f"- only where: {spoken.condition(duty.when)}"] if duty.when else []),
        *([f"- only of people whom *{spoken.words(duty.follows)}* tells"] if duty.follows else []),
        *(_numbers(threshold) if threshold else []),
        *(f"- by when: {_rule(one.says, spoken.clock(one), one.citation)}" for one in duty.clocks),
        *([f"- order: {spoken.words(duty.sequence)}"] if duty.sequence != "independent" else []),
        *_ways(duty), *(_content(duty.content) if duty.content else []), *_rest(duty),
    ]  # fmt: skip
    return ["", f"### Duty: {spoken.words(duty.id)}", "", *lines]


def _numbers(threshold: Threshold) -> list[str]:
    """Return from how many people on a duty holds, and where whatever their number."""
    told = _rule(threshold.says, spoken.condition(threshold.when), threshold.citation)
    other = f"; whatever the number where {spoken.condition(threshold.or_when)}" if threshold.or_when else ""
    return [f"- from how many on: {told}{other}"]


def _ways(duty: Duty) -> list[str]:
    """Return by which media, and what may stand in for them."""
    ways = [
        spoken.words(one.medium)
        + (f" where {spoken.condition(one.when)}" if one.when else "")
        + (f" ({one.note})" if one.note else "")
        for one in duty.channels
    ]
    found = [f"- by: {'; '.join(ways)}"] if ways else []
    if other := duty.substitute:
        parts = f"{other.needed} of {', '.join(map(spoken.words, other.components))}"
        found.append(f"- instead: {parts}, where {_rule(other.says, spoken.condition(other.when), other.citation)}")
    return found


def _content(content: Content) -> list[str]:
    lists = {"must say": content.require, "must not say": content.forbid}
    found = [f"- {verb}: {', '.join(map(_code, codes))}" for verb, codes in lists.items() if codes]
    found += [f"- under: {' / '.join(content.headings)}"] if content.headings else []
    found += [f"- form: {content.form}"] if content.form else []
    told = f"{content.says} " if content.says else ""
    return [*found, f"- what it says: {told}({content.citation})"]


def _code(entry: str | ContentCode) -> str:
    if isinstance(entry, str):
        return spoken.words(entry)
    return spoken.words(entry.code) + (f" (where {spoken.condition(entry.when)})" if entry.when else "")


def _rest(duty: Duty) -> list[str]:
    hold = duty.hold
    told = f"- may wait for law enforcement ({hold.citation})" if hold else ""
    more = {"in parts": "yes" if duty.phased else "", "language": duty.language, "note": duty.note}
    return [*([told] if told else []), *(f"- {name}: {value}" for name, value in more.items() if value)]


def _recipient(key: str, to: Recipient) -> str:
    ways = [part for part in (to.portal, to.email, ", ".join(to.postal)) if part]
    state = "" if to.verified else "; contact not verified"
    return f"- `{key}`: {to.name}{': ' if ways else ''}{'; '.join(ways)}{f' ({to.note})' if to.note else ''}{state}"


def _unread(law: Law) -> Iterator[str]:
    yield from (f"- from memory: {text}" for text in law.from_memory)
    yield from (f"- `{path}`: {clause.citation}" for path, clause in overview.unread(law))
