"""What new rows tell of people who are known already; and known people whom a new row shows to be one."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

import polars as pl

from forthwith.scoping import gathering
from forthwith.scoping.gathering import Subject, Texted
from forthwith.scoping.knowing import known_people
from forthwith.scoping.merging import Merged, traits_in
from forthwith.scoping.merging.traits import KEPT
from forthwith.scoping.normalising.phone_columns import take_sms
from forthwith.scoping.rows import SCHEMA, to_rows
from forthwith.scoping.work import Work

Entry = TypeVar("Entry")


@dataclass(slots=True, repr=False)
class Enlarged:
    """Known people of whom rows tell, with all that is told of them."""

    people: list[Subject] = field(default_factory=list)
    owners: dict[int, uuid.UUID] = field(default_factory=dict)  # who now stands for each `root`
    joined: list[tuple[uuid.UUID, uuid.UUID, str]] = field(default_factory=list)  # kept, absorbed, reason


def enlarge(work: Work, merged: Merged, rows: pl.DataFrame) -> Enlarged:
    """Add rows to the known people whose they are, and note the version with whoever has grown by them."""
    ordered = rows.sort("root", "node")
    nodes = _nodes_of(work, merged, ordered["root"].unique())
    known = _opened(work, [node for several in nodes.values() for node in several])
    texted, told = _texted(rows, known.values()), Enlarged()
    cleans = zip(ordered["root"].to_list(), to_rows(ordered.select(SCHEMA.names())), strict=True)
    for (root, own), (_, seen) in zip(_by_root(cleans), _by_root(_seen(work, ordered)), strict=True):
        kept, *others = _standing(work, [known[node] for node in nodes[root]])
        before = kept.elements, kept.jurisdiction
        told.joined += [_absorbed(work, merged, nodes[root], known, kept, other) for other in others]
        gathering.add_rows(kept, own, seen, work.today, texted)
        _note_growth(work, kept, before)
        told.people.append(kept)
        told.owners[root] = kept.id
    return told


def _note_growth(work: Work, kept: Subject, before: tuple[tuple[str, ...], str]) -> None:
    """Note the version with a known person who has more exposed data now, or another home, than `before`."""
    if before != (kept.elements, kept.jurisdiction):
        kept.changes = [*kept.changes, work.version]
        work.grown += not kept.removed


def _by_root(entries: Iterable[tuple[int, Entry]]) -> Iterator[tuple[int, list[Entry]]]:
    """Yield what stands together under each root."""
    return ((root, [entry for _, entry in own]) for root, own in groupby(entries, key=itemgetter(0)))


def _seen(work: Work, rows: pl.DataFrame) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield what is kept of each row for comparing, with its root; there is something of every row."""
    numbered = rows.with_columns(node=pl.int_range(pl.len(), dtype=pl.UInt32()))
    traits = traits_in(numbered, work.scopes())
    return zip(rows["root"].gather(traits["node"]).to_list(), traits.select(KEPT).iter_rows(), strict=True)


def _nodes_of(work: Work, merged: Merged, roots: pl.Series) -> Mapping[int, list[int]]:
    """Return by root the known people's nodes under it, in order."""
    mine = merged.roots.head(len(work.known.ids)).rename("root").to_frame().with_row_index("node")
    found: dict[int, list[int]] = defaultdict(list)
    for node, root in mine.filter(pl.col("root").is_in(roots.implode())).iter_rows():
        found[root].append(node)
    return found


def _opened(work: Work, nodes: list[int]) -> dict[int, Subject]:
    """Return known people by node, opened."""
    ids = {work.known.ids[node]: node for node in nodes}
    return {ids[one.id]: one for one in known_people(work.session, work.incident, work.key, ids)}


def _texted(rows: pl.DataFrame, known: Iterable[Subject]) -> Texted:
    """Return what tells whether a number of theirs takes SMS: all are read at once, one by one takes half the time."""
    held = [number for subject in known for number in subject.record.phones]
    numbers = pl.concat([rows["phones"].explode().drop_nulls(), pl.Series(held, dtype=pl.String())]).unique()
    return set(numbers.filter(take_sms(numbers)).to_list()).__contains__


def _standing(work: Work, people: Iterable[Subject]) -> list[Subject]:
    """Return the known people of a group whom a new row shows to be one; the first of them is kept.

    Who has a delivery is always kept; the rules let no two of them meet. Who was taken out of scope stays as they are:
    a new row neither brings them back nor takes somebody else out with them.
    """
    kept, *others = sorted(people, key=lambda one: (one.removed, one.id not in work.held, one.number))
    return [kept, *(other for other in others if not other.removed)]


def _absorbed(
    work: Work, merged: Merged, nodes: Sequence[int], known: Mapping[int, Subject], kept: Subject, other: Subject
) -> tuple[uuid.UUID, uuid.UUID, str]:  # fmt: skip
    """Join one known person to another. Returns who was kept, who was absorbed, and why."""
    gathering.join(kept, other, work.today)
    node_of = {known[node].id: node for node in nodes}
    why = merged.why[node_of[other.id]] or merged.why[node_of[kept.id]]
    return kept.id, other.id, merged.told[why] if why else "joined by a later row"
