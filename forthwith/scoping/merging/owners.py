"""Rows that lack a name, or half of one, go to the one person who alone has what they share with somebody.

Such a row never ties two named people together.
"""

from collections import defaultdict
from collections.abc import Iterator

import polars as pl
from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.merging.alike import Compare
from forthwith.scoping.merging.coded import Coded
from forthwith.scoping.merging.columns import bytes_of, marked, shares
from forthwith.scoping.merging.crowds import IDENTIFIERS
from forthwith.scoping.merging.forest import Forest
from forthwith.scoping.merging.rules import weak
from forthwith.scoping.merging.standing import EVERY, NAMED, Standing, in_order, several_of
from forthwith.scoping.normalising.names import family_key

WITH_BIRTH_DATE = {"email": "e-mail", "phone": "phone", "address": "address"}
COMPARED = ("family", "first", "email", "phone", "address", "customer", "company")  # of a row and its owner's


def family_alone(standing: Standing, compare: Compare) -> None:
    """Give rows whose one name is a family name to the only person behind their identifier, where it is theirs.

    A name that is a given name for certain may be somebody else's first name.
    """
    for name in ("customer", "email", "phone"):
        half = (pl.col(name) != 0) & (pl.col("given") != 0) & (pl.col("family") == 0)
        shared = _of_a_family(standing, standing.columns.filtered(half, "given", name), name)
        whole = bytes_of(standing.having(NAMED).cast(pl.UInt8())) if len(shared) else bytearray()
        for group in _groups(standing, name, shared):
            _settle_lone(standing.forest, compare, group, whole, IDENTIFIERS[name])


def _groups(standing: Standing, name: str, values: pl.Series) -> Iterator[list[Coded]]:
    """Yield the rows behind each of an identifier's values that are not one person yet."""
    if values.is_empty():
        return
    at = standing.among(name, values).arg_true().cast(pl.UInt32())
    found = [several_of(rows, (name,)) for rows in shares(standing.traits(at, name), name)]
    yield from standing.viewed(in_order(found))


def _of_a_family(standing: Standing, lone: pl.DataFrame, name: str) -> pl.Series:
    """Return an identifier's values where a row's one name is the family name of another row."""
    if lone.is_empty():
        return lone[name]
    at = (standing.among(name, lone[name]) & standing.columns.computed(NAMED)).arg_true()
    beside = standing.columns.rows(at, (name, "family"))
    families = lone.select(name, family=_as_families(standing, lone["given"]))
    return families.join(beside, on=[name, "family"], how="semi")[name]


def _as_families(standing: Standing, given: pl.Series) -> pl.Series:
    """Return the numbers of given names as family names."""
    distinct, coder = given.unique(), standing.coder
    families = [family_key(coder.words[number]) for number in distinct.to_list()]
    numbers = coder.numbers(pl.Series(families, dtype=pl.String()))
    return given.replace_strict(distinct, numbers, return_dtype=pl.UInt32())


def _settle_lone(forest: Forest, compare: Compare, group: list[Coded], whole: bytearray, what: str) -> None:
    """Give a group's rows that have one name to the only person with other names, where it is that family's."""
    lone: dict[str, list[Coded]] = defaultdict(list)
    for trait in group:
        if trait.given and not trait.family and not whole[forest.root(trait.node)]:
            lone[trait.given].append(trait)
    for name in (name for name in lone if not compare.a_name(name)):
        mine = set(lone[name])
        _to_family(forest, lone[name], [trait for trait in group if trait.given and trait not in mine], what)
    for trait in group:
        if trait.given and trait.family:
            whole[forest.root(trait.node)] = True


def _to_family(forest: Forest, lone: list[Coded], others: list[Coded], what: str) -> None:
    """Join rows of one name to the one person who has the other names, where it is their family name."""
    if len({forest.root(other.node) for other in others}) != 1:
        return
    owners = [owner for owner in others if owner.family and owner.family == family_key(lone[0].given)]
    for trait in lone:
        owner = next((owner for owner in owners if not weak(f"same {what}", owner, trait)), None)
        if owner:
            forest.join(owner.node, trait.node, f"same {what}, family name alone")


def same_birth_date(standing: Standing) -> None:
    """Give rows without a given name to the only person behind their identifier who may be born on their day."""
    for name, what in WITH_BIRTH_DATE.items():
        given: set[int] = set()  # who took in a row by this identifier
        for bare, *owned in standing.viewed(_born_alike(standing, name)):
            if standing.forest.root(bare.node) not in given:
                _give(standing.forest, [bare], owned, f"birth date and {what}")
                given.add(standing.forest.root(owned[0].node))


def _born_alike(standing: Standing, name: str) -> pl.DataFrame:
    """Return rows without a given name, each before the rows of its owner: the one who may be born on that day."""
    named, bare = _bare(standing, name, pl.col("born") != 0)
    if bare.is_empty():
        return pl.DataFrame(schema={"start": pl.UInt32(), "at": pl.UInt32()})
    holders = standing.traits(standing.among(name, bare[name]).arg_true().cast(pl.UInt32()), name)
    holders = holders.filter(named.gather(holders["root"]))
    pairs = bare.join(_sole(standing, holders, name), on=[name, "born"]).select(name, "owner", start="at")
    owned = holders.join(pairs, left_on=[name, "root"], right_on=[name, "owner"], how="semi", maintain_order="left")
    compared = standing.columns.rows(owned["at"], [other for other in COMPARED if other != name])
    owned = owned.hstack(compared).unique(["root", name, *COMPARED], keep="first", maintain_order=True)
    theirs = pairs.join(owned.select(name, "at", owner="root"), on=[name, "owner"])
    both = pl.concat([pairs.select("start", at="start"), theirs.select("start", "at")])
    return both.sort("start", pl.col("start") != pl.col("at"), "at")  # the row itself comes first


def _sole(standing: Standing, holders: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return by identifier and birth date the only person there who was born then, where all others were not."""
    people = holders.select(name, "root").unique()
    theirs = standing.of_people(marked(len(standing.roots), people["root"]))
    at = theirs & standing.columns.computed(pl.col("born") != 0)
    days = standing.traits(at.arg_true().cast(pl.UInt32()), "born").select("root", "born").unique()
    dated = people.join(days, on="root", how="left")
    sole = dated.group_by(name, "born").agg(pl.len(), owner=pl.col("root").first())
    unsure = sole.filter(pl.col("born").is_null())
    return sole.filter((pl.col("len") == 1) & pl.col("born").is_not_null()).join(unsure, on=name, how="anti")


def nameless(standing: Standing) -> None:
    """Give rows without a given name to the one person who alone has their customer number, e-mail or phone.

    Such a row never ties two named people together.
    """
    for name in ("customer", "email", "phone"):
        named, bare = _bare(standing, name)
        owners = bytes_of(named.cast(pl.UInt8())) if len(bare) else bytearray()
        for group in _groups(standing, name, bare[name]):
            _settle(standing.forest, group, owners, IDENTIFIERS[name])


def _bare(standing: Standing, name: str, such: pl.Expr = EVERY) -> tuple[pl.Series, pl.DataFrame]:
    """Return by node who has a given name, and the rows with an identifier whose person has none yet."""
    named = standing.having(pl.col("given") != 0)
    rows = standing.traits(standing.columns.where((pl.col(name) != 0) & (pl.col("given") == 0) & such), name, "born")
    return named, rows.filter(~named.gather(rows["root"]))


def _settle(forest: Forest, group: list[Coded], named: bytearray, what: str) -> None:
    """Give a group's rows without a given name to its only named person, or else put them together."""
    bare = [trait for trait in group if not trait.given and not named[forest.root(trait.node)]]
    owners = {root for trait in group if named[root := forest.root(trait.node)]}
    if len(owners) == 1:
        _give(forest, bare, [trait for trait in group if trait.given], what)
        named[forest.root(owners.pop())] = True
    else:
        _together(forest, bare, what)


def _give(forest: Forest, bare: list[Coded], owned: list[Coded], what: str) -> None:
    """Join rows without a given name to the only person who has their identifier, where nothing speaks against it."""
    for trait in bare:
        fitting = [owner for owner in owned if _fits(trait, owner) and not weak(f"same {what}", trait, owner)]
        if fitting:
            forest.join(fitting[0].node, trait.node, f"same {what}, which one person alone has")


def _fits(bare: Coded, owner: Coded) -> bool:
    """Tell whether a row without a given name does not contradict the owner's family name."""
    near = JaroWinkler.similarity(bare.family, owner.family) >= 0.85
    return not (bare.family and owner.family) or near or bare.family == owner.first


def _together(forest: Forest, loose: list[Coded], what: str) -> None:
    """Join rows without a given name that share an identifier and don't differ in family name."""
    by_family: dict[str, list[int]] = defaultdict(list)
    for trait in loose:
        by_family[trait.family].append(trait.node)
    for nodes in by_family.values():
        forest.join_all(nodes, f"same {what}, no given name")
