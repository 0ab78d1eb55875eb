"""What new rows tell of people who are known already; and known people whom a new row shows to be one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from forthwith.scoping import gathering
from forthwith.scoping.growing import grown
from forthwith.scoping.knowing import PEOPLE, in_columns, known_people, people_in_columns
from forthwith.scoping.merging import Merged
from forthwith.scoping.records import WHO
from forthwith.scoping.work import Work

Joined = tuple[uuid.UUID, uuid.UUID, str]  # kept, absorbed, reason
TOLD = [name for name in PEOPLE if name not in ("id", "number", "removed", "moves", "changes")]


@dataclass(frozen=True, slots=True, repr=False)
class Enlarged:
    """Known people of whom rows tell."""

    people: int
    out: int  # of them, people who are out of scope
    changed: pl.DataFrame  # of them, those of whom something new was told (`knowing.PEOPLE`)
    owners: list[bytes]  # whose each row is now
    joined: list[Joined]


def enlarge(work: Work, merged: Merged, rows: pl.DataFrame) -> Enlarged:
    """Add rows to the known people whose they are, and note the version with whoever has grown by them."""
    before, absorbed = _standing(_known(work, merged, rows["root"].unique()))
    kept, joined = _joined(work, merged, before, absorbed)
    person = kept["root"].search_sorted(rows["root"]).cast(pl.UInt32())
    owned = rows.with_columns(person.alias(WHO)).sort(WHO, "node")
    told = grown(kept.with_row_index(WHO), owned, work.today)
    after = _noted(work, before, kept.with_columns(told[name] for name in TOLD))
    new = pl.any_horizontal(after[name].ne_missing(before[name]).alias(name) for name in PEOPLE)
    owners = kept["id"].gather(person).to_list()
    return Enlarged(len(kept), int(kept["removed"].sum()), after.filter(new).select(PEOPLE.names()), owners, joined)


def _known(work: Work, merged: Merged, roots: pl.Series) -> pl.DataFrame:
    """Return the known people (`knowing.PEOPLE`, `root`, `node`, `held`) under these roots."""
    mine = merged.roots.head(len(work.known.ids)).rename("root").to_frame().with_row_index("node")
    asked = mine.filter(pl.col("root").is_in(roots.implode()))
    ids = [work.known.ids[node] for node in asked["node"].to_list()]
    held = pl.Series("held", [identity in work.held for identity in ids], dtype=pl.Boolean())
    return people_in_columns(work.session, work.key, ids).hstack(asked).with_columns(held)


def _standing(known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return by root whom to keep of the known people, and those whom a new row shows to be one of them.

    Who has a delivery is always kept; the rules let no two of them meet. Who was taken out of scope stays as they are:
    a new row neither brings them back nor takes somebody else out with them.
    """
    ordered = known.sort("root", "removed", ~pl.col("held"), "number")
    first = pl.col("root") != pl.col("root").shift()
    marked = ordered.with_columns(first=first.fill_null(True))
    return marked.filter("first"), marked.filter(~pl.col("first") & ~pl.col("removed"))


def _joined(
    work: Work, merged: Merged, kept: pl.DataFrame, absorbed: pl.DataFrame
) -> tuple[pl.DataFrame, list[Joined]]:  # fmt: skip
    """Join known people to those who are kept. Returns these as they are then, and who was joined to whom, and why."""
    pairs = absorbed.select("root", "node", other="id").join(
        kept.select("root", "id", own="node"), on="root", maintain_order="left"
    )
    ids = [(uuid.UUID(bytes=one), uuid.UUID(bytes=other)) for one, other in pairs.select("id", "other").iter_rows()]
    whole = _whole(work, ids)
    alone = kept.filter(~pl.col("id").is_in(whole["id"].implode())).select("root", *PEOPLE)
    both = whole.join(kept.select("root", "id"), on="id").select(alone.columns)
    whys = (merged.why[other] or merged.why[own] for other, own in pairs.select("node", "own").iter_rows())
    reasons = (merged.told[why] if why else "joined by a later row" for why in whys)
    return pl.concat([alone, both]).sort("root"), [(*two, why) for two, why in zip(ids, reasons, strict=True)]


def _whole(work: Work, pairs: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> pl.DataFrame:
    """Return people (`knowing.PEOPLE`) with those who are joined to them: (kept, absorbed) each. They are few."""
    asked = {identity for pair in pairs for identity in pair}
    people = {one.id: one for one in known_people(work.session, work.incident, work.key, asked)} if asked else {}
    for kept, other in pairs:
        gathering.join(people[kept], people[other], work.today)
    return in_columns(people[kept] for kept in dict.fromkeys(kept for kept, _ in pairs))


def _noted(work: Work, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Note the version with the known people who have more exposed data now, or another home, than before."""
    other = after["jurisdiction"].ne_missing(before["jurisdiction"]) | after["elements"].ne_missing(before["elements"])
    work.grown += int((other & ~after["removed"]).sum())
    noted = pl.col("changes").list.concat(pl.lit([work.version], pl.List(pl.Int32())))
    return after.with_columns(pl.when(other).then(noted).otherwise("changes").alias("changes"))
