"""Search loose files for personal data and for the people an incident knows. What it finds is for a person to judge."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from sqlmodel import Session

from forthwith import keys
from forthwith.scoping.knowing import known_people
from forthwith.scoping.loose.detectors import Hit, announces, detect, number_of
from forthwith.scoping.loose.known import Known, Sighting, known_of
from forthwith.scoping.loose.lines import Line, Loose
from forthwith.scoping.loose.report import FileFound, SearchReport, Shown, masked
from forthwith.scoping.loose.text import opened
from forthwith.scoping.loose.walking import walk
from forthwith.timeline import record
from models import Incident

BATCH = 4_000_000  # characters searched for known people at once: the automaton is built anew for each batch
NEAR = 400  # characters of one line over which a person and an element still belong together
ELEMENTS = {"name": "name", "email": "contact", "phone": "contact"}  # of what names a known person
OWN = ("email", "phone")  # what is somebody's alone: an unknown one beside a known person may be another's


def search(session: Session, incident: Incident, paths: Sequence[Path | str], *, actor: str) -> SearchReport:
    """Search files, folders and archives. Adds nobody; the timeline gets one entry with counts.

    No evidence is recorded: a table that was searched here can still be loaded. Raises Refusal for a missing path.
    """
    known = known_of(known_people(session, incident, keys.unwrap(incident.id, incident.wrapped_key)))
    files = [found for batch in _batches(_all(paths)) for found in _searched(batch, known)]
    report = SearchReport(files, known.people)
    counts = report.counts()
    hashes = hashlib.sha256("".join(sorted(file.sha256 for file in files)).encode()).hexdigest()
    told = f"{counts['files']} loose files searched; {counts['people_found']} known people stand in them."
    record(session, incident.id, actor=actor, verb="searched", text=told, data=counts | {"sha256": hashes})
    return report


def _all(paths: Sequence[Path | str]) -> Iterator[Loose]:
    """Yield every file under the paths, read."""
    for raw in walk(map(Path, paths)):
        if isinstance(raw, Loose):
            yield raw
        else:
            yield from opened(raw)


def _batches(files: Iterable[Loose]) -> Iterator[list[Loose]]:
    """Yield files in groups that hold not too much text."""
    batch: list[Loose] = []
    size = 0
    for file in files:
        batch.append(file)
        size += sum(len(line.text) for line in file.lines)
        if size > BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _searched(files: list[Loose], known: Known) -> Iterator[FileFound]:
    """Yield what stands in each file of a batch."""
    seen = iter(known.sightings([line.text for file in files for line in file.lines]))
    for file in files:
        hits: list[Shown] = []
        people: dict[int, set[str]] = {}
        lines = [(line, next(seen)) for line in file.lines]
        for _, block in groupby(lines, key=lambda pair: pair[0].block):
            _paragraph(list(block), known, hits, people)
        told = {number: sorted(elements) for number, elements in sorted(people.items())}
        yield FileFound(
            file.name, file.disposition, file.size, file.sha256, file.note, file.unread, hits=hits, people=told
        )


def _paragraph(
    lines: list[tuple[Line, list[Sighting]]], known: Known, hits: list[Shown], people: dict[int, set[str]]
) -> None:
    """Add a paragraph's hits, each with the known people of its line, or else of the paragraph."""
    everybody = frozenset(number for _, seen in lines for one in seen for number in one.numbers)
    for number, kind in ((number, one.kind) for _, seen in lines for one in seen for number in one.numbers):
        people.setdefault(number, set()).update({ELEMENTS[kind]} if kind in ELEMENTS else ())
    label = ""
    for line, seen in lines:
        for hit in detect(line.text, label):
            owners = _owners(hit, line.text, seen, everybody, known)
            for number in owners:
                people.setdefault(number, set()).add(hit.element)
            value = line.text[hit.start : hit.end]
            hits.append(Shown(line.place, hit.kind, hit.element, masked(value), tuple(sorted(owners))))
        label = announces(line.text)


def _owners(hit: Hit, text: str, seen: list[Sighting], everybody: frozenset[int], known: Known) -> frozenset[int]:
    """Return whom a hit may belong to: whose it is known to be, or who stands near."""
    own = [one for one in seen if one.kind == hit.kind and one.start < hit.end and hit.start < one.end]
    if own:
        return frozenset(number for one in own for number in one.numbers)
    if hit.kind in ("ssn", "national_id") and (numbers := known.identified(text[hit.start : hit.end])):
        return numbers
    if hit.kind in OWN:
        return _by_number(hit, text, known)
    near = [one for one in seen if max(one.start, hit.start) - min(one.end, hit.end) <= NEAR]
    return (
        frozenset(number for one in near for number in one.numbers) if near else everybody if not seen else frozenset()
    )


def _by_number(hit: Hit, text: str, known: Known) -> frozenset[int]:
    """Return whose telephone number this is in another form; nobody's for an unknown one, or an address."""
    number = number_of(text[hit.start : hit.end].strip(), "") if hit.kind == "phone" else ""
    return frozenset(known.phones.get(number.lstrip("+"), ()))
