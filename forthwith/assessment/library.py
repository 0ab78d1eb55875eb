"""The laws, the vocabulary and the records' checks, as they stand on disk."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

import laws
from forthwith.approval import record_sha256
from forthwith.assessment import patterns, plain_yaml
from forthwith.assessment.checked import Checked, opened
from forthwith.settings import settings
from models import Refusal
from models.law import Condition, ContentCode, Duty, ElementTest, Law, law_path

LAWS = Path(laws.__file__).parent


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The closed codes of laws/vocabulary.yaml."""

    elements: dict[str, str]
    is_a: dict[str, frozenset[str]]
    may_be: dict[str, frozenset[str]]
    content: dict[str, str]
    regions: dict[str, frozenset[str]]
    start_events: dict[str, list[str]]

    def counts_as(self, element: str) -> frozenset[str]:
        """Return everything that an exposed element is: itself and its wider kinds."""
        return self.is_a.get(element, frozenset()) | {element}


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One fact of the facts file: how it is asked for, and its closed values, where it has such."""

    ask: str
    values: tuple[str, ...] = ()
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """A record with the hash of its bytes and the file that it came from."""

    law: Law
    sha256: str
    path: Path
    hangs: bool = False  # some of its conditions hang on what other laws require


@lru_cache
def _vocabulary_file() -> dict[str, Any]:
    found: dict[str, Any] = plain_yaml.read_file(LAWS / "vocabulary.yaml")
    return found


@lru_cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary."""
    found = _vocabulary_file()
    elements = found["elements"]
    return Vocabulary(
        elements={code: entry["text"] for code, entry in elements.items()},
        is_a={code: frozenset(entry.get("is_a", [])) for code, entry in elements.items()},
        may_be={code: frozenset(entry.get("may_be", [])) for code, entry in elements.items()},
        content=found["content"],
        regions={code: frozenset(places) for code, places in found["regions"].items()},
        start_events={code: entry["assume"] for code, entry in found["start_events"].items()},
    )


@lru_cache
def known_facts() -> dict[str, KnownFact]:
    """Return every fact of the facts file by its dotted path; a group's fields stand under `people.`."""
    document = _vocabulary_file()
    found = {
        path: KnownFact(entry["ask"], tuple(map(str, entry.get("values", []))), bool(entry.get("list")))
        for path, entry in document["facts"].items()
    }
    asked = {code: f"When was it that {entry['text']}?" for code, entry in document["start_events"].items()}
    return found | {f"clocks.{code}": KnownFact(ask) for code, ask in asked.items()}


def roots() -> tuple[Path, ...]:
    """Return the folders that hold records: ours, then the user's own."""
    return (LAWS, *settings().laws)


def paths() -> list[Path]:
    """Return the files of all records, in a fixed order."""
    return [path for root in roots() for path in sorted(root.rglob("law.yaml"))]


_loaded: dict[tuple[Path, str], Loaded] = {}  # by file and hash: what this process has at hand


def load(path: Path, kept: Checked | None = None) -> Loaded:
    """Return one record, checked. Raises Refusal with the file's name and the first fault."""
    sha = record_sha256(path)
    if (path, sha) not in _loaded:
        law = kept.law(sha, lambda: _read(path)) if kept else _read(path)
        hangs = any(condition.any_law_requires for _, condition in conditions(law))
        _loaded[path, sha] = Loaded(law, sha, path, hangs)
    return _loaded[path, sha]


def _read(path: Path) -> Law:
    return parse(patterns.expanded(plain_yaml.read_file(path, shown(path)), shown(path)), shown(path))


def parse(document: object, name: str) -> Law:
    """Return a record from its document. Raises Refusal in one line."""
    try:
        law = Law.model_validate(document)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        what = "a clause without citation" if fault["loc"][-1:] == ("citation",) else fault["msg"].lower()
        raise Refusal(f"{name}: {where}: {what}.", "laws/README.md explains the schema.") from None
    if fault_found := next(faults(law), None):
        raise Refusal(f"{name}: {fault_found}.", "laws/README.md explains the schema.")
    return law


def shown(path: Path) -> str:
    """Return a record's path as people know it: from `laws/` on."""
    for root in roots():
        if path.is_relative_to(root):
            return f"{root.name}/{path.relative_to(root).as_posix()}"
    return path.name


def all_laws() -> list[Loaded]:
    """Return every record. Raises Refusal at the first bad one, or where an id stands twice."""
    with opened(LAWS) as kept:
        records = [(path, load(path, kept)) for path in paths()]
    found: dict[str, Loaded] = {}
    for path, one in records:
        if one.law.id in found:
            raise Refusal(f"{shown(path)}: the id {one.law.id} stands twice.", "Give each record an id of its own.")
        if not path.parent.as_posix().endswith("/" + law_path(one.law.id)):
            raise Refusal(f"{shown(path)}: the id {one.law.id} belongs in {law_path(one.law.id)}.", "Move the folder.")
        found[one.law.id] = one
    return list(found.values())


def faults(law: Law) -> Iterator[str]:
    """Yield what is wrong with a record beyond its shape: unknown codes, zones and references."""
    words = vocabulary()
    for where, condition in conditions(law):
        yield from _of_condition(law, where, condition, words)
    for duty in law.duties:
        for code in duty.content.codes() if duty.content else []:
            if code not in words.content:
                yield f"duties.{duty.id}.content: unknown content code {code}"
    yield from _of_references(law)
    yield from _of_places(law, words)
    yield from _of_cycles(law)


def conditions(law: Law) -> Iterator[tuple[str, Condition]]:
    """Yield each condition of a record, nested ones included, with where it stands."""
    for where, root in _roots_of_conditions(law):
        for condition in root.walk() if root else []:
            yield where, condition


def _roots_of_conditions(law: Law) -> Iterator[tuple[str, Condition | None]]:
    yield "reach", law.reach.everyone_when
    yield "reach", law.reach.considered_when
    for path, clause in law.clauses():
        yield path, getattr(clause, "when", None)
    for duty in law.duties:
        yield from ((f"duties.{duty.id}{path}", condition) for path, condition in _of_duty(duty))


def _of_duty(duty: Duty) -> Iterator[tuple[str, Condition | None]]:
    """Yield the conditions within a duty that are no clause's own."""
    yield "", duty.bound
    yield ".threshold", duty.threshold.or_when if duty.threshold else None
    yield ".substitute", duty.substitute.for_uncontactable if duty.substitute else None
    yield from ((".channels", channel.when) for channel in duty.channels)
    entries = [*duty.content.require, *duty.content.forbid] if duty.content else []
    yield from ((".content", entry.when) for entry in entries if isinstance(entry, ContentCode))
    yield from ((".clocks", start.when) for clock in duty.clocks for start in clock.starts)


def _of_condition(law: Law, where: str, condition: Condition, words: Vocabulary) -> Iterator[str]:
    test = condition.elements or ElementTest()
    yield from (f"{where}: unknown element code {code}" for code in test.codes() if code not in words.elements)
    if condition.fact and not known_path(condition.fact):
        yield f"{where}: unknown fact {condition.fact}"
    if condition.defined and condition.defined not in law.definitions:
        yield f"{where}: no definition is called {condition.defined}"
    if condition.judge and condition.judge not in law.judgements:
        yield f"{where}: no judgement is called {condition.judge}"
    elif condition.judge and condition.is_ is not None:
        values = law.judgements[condition.judge].values
        yield from (
            f"{where}: {condition.judge} has no value {value}" for value in condition.wanted() if value not in values
        )


def known_path(path: str) -> bool:
    """Return whether the facts file has such a fact (or such an open entry)."""
    return path in known_facts() or path.startswith(("clocks.regulators_notified_at.", "answers."))


def _of_references(law: Law) -> Iterator[str]:
    ids = [duty.id for duty in law.duties]
    yield from (f"duties: the id {key} stands twice" for key in {key for key in ids if ids.count(key) > 1})
    for exit in law.exits:
        yield from (
            f"exits.{exit.id}: no duty is called {key}" for key in exit.waives if key != "all" and key not in ids
        )
    for place, duty in enumerate(law.duties):
        if duty.follows and duty.follows not in ids[:place]:
            yield f"duties.{duty.id}: follows {duty.follows}, which must stand before it"
        for clock in duty.clocks:
            yield from (
                f"duties.{duty.id}.clocks: unknown fact {start.fact}"
                for start in clock.starts
                if not known_path(start.fact)
            )
            if clock.with_duty and clock.with_duty not in ids[:place]:
                yield f"duties.{duty.id}: with_duty {clock.with_duty} must stand before it"
    for key, judgement in law.judgements.items():
        wrong = [value for rule in judgement.presumptions for value in rule.value if value not in judgement.values]
        yield from (f"judgements.{key}: no value {value}" for value in wrong)


def _of_places(law: Law, words: Vocabulary) -> Iterator[str]:
    zones = [("zone", law.zone), *((f"recipients.{key}", to.zone) for key, to in law.recipients.items())]
    for where, zone in zones:
        try:
            ZoneInfo(zone) if zone else None
        except (ZoneInfoNotFoundError, ValueError):
            yield f"{where}: unknown time zone"
    for code in law.reach.territory:
        if not is_place(code, words):
            yield f"reach.territory: unknown place {code}"
    calendars = {clock.calendar for duty in law.duties for clock in duty.clocks} | {law.calendar}
    for name in sorted(filter(None, calendars | {to.calendar for to in law.recipients.values()})):
        if not (LAWS / "calendars" / f"{name}.yaml").exists():
            yield f"no calendar is called {name}"


def is_place(code: str, words: Vocabulary) -> bool:
    """Return whether a code is a region of the vocabulary, `any`, or shaped like ISO 3166."""
    return code == "any" or code in words.regions or bool(re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", code))


def _of_cycles(law: Law) -> Iterator[str]:
    """Find definitions, and presumptions of judgements, that need themselves."""
    needs = {f"definition {key}": _needs(rule.when) for key, rule in law.definitions.items()}
    for key, judgement in law.judgements.items():
        needs[f"judgement {key}"] = {name for rule in judgement.presumptions for name in _needs(rule.when)}
    for start in needs:
        seen: set[str] = set()
        front = set(needs[start])
        while front:
            seen |= front
            front = {deeper for name in front for deeper in needs.get(name, set())} - seen
        if start in seen:
            yield f"{start} needs itself"


def _needs(condition: Condition) -> set[str]:
    found = condition.walk()
    named = {f"definition {one.defined}" for one in found if one.defined}
    return named | {f"judgement {one.judge}" for one in found if one.judge}
