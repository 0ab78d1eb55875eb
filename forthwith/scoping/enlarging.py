"""What new rows tell of people who are known already; and known people whom a new row shows to be one."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

import polars as pl

from forthwith.scoping import gathering
from forthwith.scoping.gathering import Subject, Texted
from forthwith.scoping.knowing import known_people
from forthwith.scoping.merging import Merged, traits_of
from forthwith.scoping.normalising.phone_columns import take_sms
from forthwith.scoping.rows import SCHEMA, to_rows
from forthwith.scoping.work import Work


def enlarge(work: Work, merged: Merged, rows: pl.DataFrame) -> dict[int, uuid.UUID]:
    """Add rows to the known people whose they are. Returns who now stands for each `root`."""
    ordered = rows.sort("root", "node")
    nodes = _nodes_of(work, merged, ordered["root"].unique())
    known = _opened(work, [node for several in nodes.values() for node in several])
    owners: dict[int, uuid.UUID] = {}
    texted = _texted(rows, known.values())
    told = zip(
        ordered["root"].to_list(), ordered["file"].to_list(), to_rows(ordered.select(SCHEMA.names())), strict=True
    )
    for root, pairs in groupby(told, key=itemgetter(0)):
        subject, own = _joined(work, known, nodes[root], merged), [entry[1:] for entry in pairs]
        traits = [trait for file, row in own for trait in traits_of(0, row, work.scope(file))]
        gathering.add_rows(subject, [row for _, row in own], traits, work.today, texted)
        owners[root] = subject.id
    return owners


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


def _joined(work: Work, known: Mapping[int, Subject], nodes: list[int], merged: Merged) -> Subject:
    """Return the known person of a group; others whom a new row shows to be the same are joined to the first.

    Who has a delivery is always kept; the rules let no two of them meet. Who was taken out of scope stays as they are:
    a new row neither brings them back nor takes somebody else out with them.
    """
    people = sorted((known[node] for node in nodes), key=lambda s: (s.removed, s.id not in work.held, s.number))
    kept, node_of = people[0], {known[node].id: node for node in nodes}
    work.changed[kept.id], work.before[kept.id] = kept, (kept.elements, kept.jurisdiction)
    for other in (other for other in people[1:] if not other.removed):
        gathering.join(kept, other, work.today)
        why = merged.why[node_of[other.id]] or merged.why[node_of[kept.id]]
        work.joined.append((kept.id, other.id, merged.told[why] if why else "joined by a later row"))
    return kept
