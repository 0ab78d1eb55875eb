"""Rows that lack a name, or half of one, go to the one person who alone has what they share with somebody.

Such a row never ties two named people together.
"""

from collections import defaultdict
from collections.abc import Iterator

import polars as pl
from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.merging.alike import Compare
from forthwith.scoping.merging.coded import Coded
from forthwith.scoping.merging.crowds import IDENTIFIERS
from forthwith.scoping.merging.forest import Forest
from forthwith.scoping.merging.rules import weak
from forthwith.scoping.merging.standing import NAMED, Standing
from forthwith.scoping.normalising.names import family_key

WITH_BIRTH_DATE = {"email": "e-mail", "phone": "phone", "address": "address"}
COMPARED = ("family", "first", "email", "phone", "address", "customer", "company")  # of a row and its owner's


def family_alone(standing: Standing, compare: Compare) -> None:
    """Give rows whose one name is a family name to the only person behind their identifier, where it is theirs.

    A name that is a given name for certain may be somebody else's first name.
    """
    for name in ("customer", "email", "phone"):
        traits = standing.traits("given", "family", name)
        lone = (pl.col(name) != 0) & (pl.col("given") != 0) & (pl.col("family") == 0)
        shared = _of_a_family(standing, traits, traits.select(pl.col("given", name).filter(lone)), name)
        whole = set(standing.having(traits, NAMED).arg_true().to_list() if len(shared) else ())
        for group in _groups(standing, name, shared):
            _settle_lone(standing.forest, compare, group, whole, IDENTIFIERS[name])


def _groups(standing: Standing, name: str, values: pl.Series) -> Iterator[list[Coded]]:
    """Yield the rows behind each of an identifier's values that are not one person yet."""
    if values.is_empty():
        return
    rows = standing.traits(name).filter(pl.col(name).is_in(values.unique().implode()))
    several = pl.col("root").min().over(name) != pl.col("root").max().over(name)
    groups = rows.filter(several).with_columns(start=pl.col("at").min().over(name))
    yield from standing.viewed(groups.sort("start", "at"))


def _of_a_family(standing: Standing, traits: pl.DataFrame, lone: pl.DataFrame, name: str) -> pl.Series:
    """Return an identifier's values where a row's one name is the family name of another row."""
    if lone.is_empty():
        return lone[name]
    beside = traits.select(pl.col(name, "family").filter(pl.col(name).is_in(lone[name].implode()) & NAMED))
    families = lone.select(name, family=_as_families(standing, lone["given"]))
    return families.join(beside, on=[name, "family"], how="semi")[name]


def _as_families(standing: Standing, given: pl.Series) -> pl.Series:
    """Return the numbers of given names as family names."""
    distinct, coder = given.unique(), standing.coder
    families = [family_key(coder.words[number]) for number in distinct.to_list()]
    numbers = coder.numbers(pl.Series(families, dtype=pl.String()))
    return given.replace_strict(distinct, numbers, return_dtype=pl.UInt32())


def _settle_lone(forest: Forest, compare: Compare, group: list[Coded], whole: set[int], what: str) -> None:
    """Give a group's rows that have one name to the only person with other names, where it is that family's."""
    lone: dict[str, list[Coded]] = defaultdict(list)
    for trait in group:
        if trait.given and not trait.family and forest.root(trait.node) not in whole:
            lone[trait.given].append(trait)
    for name in (name for name in lone if not compare.a_name(name)):
        mine = set(lone[name])
        _to_family(forest, lone[name], [trait for trait in group if trait.given and trait not in mine], what)
    whole.update(forest.root(trait.node) for trait in group if trait.given and trait.family)


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
    traits = standing.traits("given", "born", name)
    named, bare = _bare(standing, traits, name)
    bare = bare.filter(pl.col("born") != 0)
    if bare.is_empty():
        return traits.head(0).with_columns(start="at")
    holders = traits.select("at", "root", name).filter(pl.col(name).is_in(bare[name].unique().implode()))
    holders = holders.filter(named.gather(holders["root"]))
    compared = standing.columns.rows(holders["at"], [other for other in COMPARED if other != name])
    pairs = bare.join(_sole(traits, holders, name), on=[name, "born"]).select(name, "owner", start="at")
    owned = holders.hstack(compared).unique(["root", name, *COMPARED], keep="first", maintain_order=True)
    beside = pairs.join(owned.select(name, "at", owner="root"), on=[name, "owner"])
    both = pl.concat([pairs.select("start", at="start"), beside.select("start", "at")])
    return both.sort("start", pl.col("start") != pl.col("at"), "at")  # the row itself comes first


def _sole(traits: pl.DataFrame, holders: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return by identifier and birth date the only person there who was born then, where all others were not."""
    people = holders.select(name, "root").unique()
    theirs = pl.col("root").is_in(people["root"].unique().implode()) & (pl.col("born") != 0)
    days = traits.select(pl.col("root", "born").filter(theirs)).unique()
    dated = people.join(days, on="root", how="left")
    sole = dated.group_by(name, "born").agg(pl.len(), owner=pl.col("root").first())
    unsure = sole.filter(pl.col("born").is_null())
    return sole.filter((pl.col("len") == 1) & pl.col("born").is_not_null()).join(unsure, on=name, how="anti")


def nameless(standing: Standing) -> None:
    """Give rows without a given name to the one person who alone has their customer number, e-mail or phone.

    Such a row never ties two named people together.
    """
    for name in ("customer", "email", "phone"):
        traits = standing.traits("given", "born", name)
        named, bare = _bare(standing, traits, name)
        owners = set(named.arg_true().to_list() if len(bare) else ())
        for group in _groups(standing, name, bare[name]):
            _settle(standing.forest, group, owners, IDENTIFIERS[name])


def _bare(standing: Standing, traits: pl.DataFrame, name: str) -> tuple[pl.Series, pl.DataFrame]:
    """Return by node who has a given name, and the rows with an identifier whose person has none yet."""
    named = standing.having(traits, pl.col("given") != 0)
    none = (pl.col(name) != 0) & (pl.col("given") == 0)
    rows = traits.select(pl.col("at", "root", "born", name).filter(none))
    return named, rows.filter(~named.gather(rows["root"]))


def _settle(forest: Forest, group: list[Coded], named: set[int], what: str) -> None:
    """Give a group's rows without a given name to its only named person, or else put them together."""
    bare = [trait for trait in group if not trait.given and forest.root(trait.node) not in named]
    owners = {root for trait in group if (root := forest.root(trait.node)) in named}
    if len(owners) == 1:
        _give(forest, bare, [trait for trait in group if trait.given], what)
        named.add(forest.root(owners.pop()))
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
