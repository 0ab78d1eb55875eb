"""The rules in the order in which they are asked, from the surest to the weakest."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from operator import attrgetter
from typing import Any

from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.normalising.names import family_key
from whole_set.alike import Compare, families_alike, initials_alike
from whole_set.forest import Forest
from whole_set.traits import Trait

IDENTIFIERS = {"email": "e-mail", "phone": "phone", "customer": "customer number"}
MOST_NAMES = 8  # an address or number that more first names share identifies nobody
MOST_PAIRS = 40  # distinct names in a block up to which all pairs are compared
AGREE = 0.5  # share of a company's customer numbers whose rows must agree on the first name


def grouped(traits: Iterable[Trait], *names: str) -> Iterator[list[Trait]]:
    """Yield the traits that share the values of these attributes, all of them known, where there are two or more."""
    read = attrgetter(names[0], *(names[1:] or names[:1]))
    found: dict[tuple[str, str], list[Trait]] = defaultdict(list)
    for trait in traits:
        key = read(trait)
        if key[0] and key[1]:
            found[key].append(trait)
    return (group for group in found.values() if len(group) > 1)


def without_crowds(traits: list[Trait]) -> list[Trait]:
    """Return the traits with those identifiers blanked that too many people share, or that agree on nobody."""
    crowds: dict[str, set[str]] = {}
    for name in IDENTIFIERS:
        firsts: dict[str, set[str]] = defaultdict(set)
        for trait in traits:
            if (value := getattr(trait, name)) and trait.given:
                firsts[value].add(trait.first)
        crowds[name] = {value for value, found in firsts.items() if len(found) > MOST_NAMES}
    wrong = _disagreeing(traits)
    return [_blanked(trait, crowds, wrong) for trait in traits]


def _blanked(trait: Trait, crowds: dict[str, set[str]], wrong: set[str]) -> Trait:
    """Return a trait without the identifiers that identify nobody."""
    gone: dict[str, Any] = {name: "" for name, values in crowds.items() if getattr(trait, name) in values}
    if trait.customer and trait.customer.partition(":")[0] in wrong:
        gone["customer"] = ""
    return replace(trait, **gone) if gone else trait


def _disagreeing(traits: list[Trait]) -> set[str]:
    """Return the companies whose customer numbers mostly join different first names: numbers of unlike systems."""
    agree: dict[str, list[bool]] = defaultdict(list)
    for group in grouped(traits, "customer"):
        firsts = [trait.first for trait in group if trait.first]
        if len({trait.node for trait in group}) > 1 and len(firsts) > 1:
            near = JaroWinkler.similarity(firsts[0], firsts[1]) >= 0.8 or firsts[0][0] == firsts[1][0]
            agree[group[0].customer.partition(":")[0]].append(near)
    return {scope for scope, votes in agree.items() if len(votes) >= 5 and sum(votes) < AGREE * len(votes)}


def national_ids(forest: Forest, traits: list[Trait]) -> None:
    """Join rows with the same national id unless their names contradict: a typing error gives a stranger's number."""
    for group in grouped(traits, "national"):
        for one, other in pairwise(group):
            if _not_contrary(one, other):
                forest.join(one.node, other.node, "same national id, compatible name")


def _not_contrary(one: Trait, other: Trait) -> bool:
    """Tell whether two names may be one person's: either name agrees, or one row has none."""
    first = not (one.first and other.first) or JaroWinkler.similarity(one.first, other.first) >= 0.8
    last = bool(one.family and other.family) and JaroWinkler.similarity(one.family, other.family) >= 0.9
    short = bool(one.given and other.given) and one.given[0] == other.given[0]
    return first or (last and short) or (one.whole != "" and one.whole == other.whole)


def contradictions(one: Trait, other: Trait) -> set[str]:
    """Return what is known of both rows and differs. Customer numbers differ only within one company."""
    differ = {
        name
        for name in ("email", "phone", "address")
        if (a := getattr(one, name)) and (b := getattr(other, name)) and a != b
    }
    both = one.customer and other.customer
    same_company = both and one.customer.partition(":")[0] == other.customer.partition(":")[0]
    return differ | {"customer"} if same_company and one.customer != other.customer else differ


def _colleagues(one: Trait, other: Trait) -> bool:
    """Tell whether two of one first name at one phone are two: another family name, and what else is known differs.

    Where the family names are nearly one, a single difference (a second e-mail address) is not enough.
    """
    if one.family == other.family or not (one.family and other.family):
        return False
    return len(contradictions(one, other)) >= (2 if families_alike(one.family, other.family) else 1)


def _strangers(one: Trait, other: Trait) -> bool:
    """Tell whether namesakes born on one day are two: they live in two countries, or all else that is known differs."""
    if one.country and other.country and one.country != other.country:
        return True
    known = sum(bool(getattr(one, name) and getattr(other, name)) for name in ("email", "phone", "address"))
    return known >= 2 and len(contradictions(one, other) - {"customer"}) == known


EXACT: tuple[tuple[str, tuple[str, str], Callable[[Trait, Trait], bool] | None], ...] = (
    ("same customer number, same first name", ("customer", "first"), None),
    ("same e-mail, same first name", ("email", "first"), None),
    ("same phone, same name", ("phone", "whole"), None),
    ("same address, same name", ("address", "whole"), None),
    ("same e-mail, same name", ("email", "whole"), None),
    ("same customer number, same name", ("customer", "whole"), None),
    ("same phone, same first name", ("phone", "first"), _colleagues),
    ("same name, same birth date", ("born", "whole"), _strangers),
)


def exact(forest: Forest, traits: list[Trait]) -> None:
    """Join rows that share an identifier and the first name, or an address or birth date and the whole name."""
    for reason, names, unless in EXACT:
        for group in grouped(traits, *names):
            if unless is None:
                forest.join_all(_sure_first(group), reason)
                continue
            for one, other in combinations(group[:MOST_PAIRS], 2):
                if not unless(one, other):
                    forest.join(one.node, other.node, reason)


def _sure_first(group: list[Trait]) -> Iterator[int]:
    """Yield nodes, those that say when they were born or of which generation they are before those that don't."""
    return (trait.node for trait in sorted(group, key=lambda t: (not (t.born or t.suffix or t.national), t.node)))


BORN = "same birth date and country"
BLOCKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("same e-mail", ("email",)),
    ("same phone", ("phone",)),
    ("same address", ("address",)),
    ("same customer number", ("customer",)),
    (BORN, ("born", "country")),
)


def similar(forest: Forest, traits: list[Trait]) -> None:
    """Join rows that share an identifier and whose names are nearly one: misspelt, swapped, short, an initial."""
    compare = Compare(traits)
    named = [trait for trait in traits if trait.given and trait.family]
    for what, names in BLOCKS:
        for group in grouped(named, *names):
            distinct = list({(trait.first, trait.family): trait for trait in group}.values())
            if 2 <= len(distinct) <= MOST_PAIRS:
                _compare_all(forest, compare, what, distinct)


def _compare_all(forest: Forest, compare: Compare, what: str, distinct: list[Trait]) -> None:
    """Compare each pair of names in a block; an initial counts only where one person alone fits it."""
    for one, other in combinations(distinct, 2):
        reason = compare.reason(one, other)
        weak = (reason == "nickname" and _weak(what, one, other)) or _far(what, one, other)
        if reason and not weak and not (what == BORN and _strangers(one, other)):
            forest.join(one.node, other.node, f"{what}, {reason}")
    for short in (trait for trait in distinct if len(trait.given.split(" ")[0]) == 1):
        fitting = {forest.root(other.node): other for other in distinct if initials_alike(short, other)}
        if len(fitting) == 1 and not _weak(what, short, other := next(iter(fitting.values()))):
            forest.join(other.node, short.node, f"{what}, initial of the name")


def _far(what: str, one: Trait, other: Trait) -> bool:
    """Tell whether two whose names are only alike differ in two other ways: neighbours at one phone or address."""
    return what != "same e-mail" and len(contradictions(one, other)) >= 2


def _weak(what: str, one: Trait, other: Trait) -> bool:
    """Tell whether names that are only short for each other are contradicted by what else is known."""
    differ = contradictions(one, other)
    return "customer" in differ or ("email" in differ and what != "same e-mail")


def family_alone(forest: Forest, traits: list[Trait]) -> None:
    """Give rows whose one name is a family name to the only person behind their identifier, where it is theirs.

    A name that is a given name for certain may be somebody else's first name.
    """
    compare = Compare(traits)
    whole = {forest.root(trait.node) for trait in traits if trait.given and trait.family}
    for name, what in (("customer", "customer number"), ("email", "e-mail"), ("phone", "phone")):
        for group in grouped(traits, name):
            lone = [t for t in group if t.given and not t.family and forest.root(t.node) not in whole]
            for trait in (trait for trait in lone if not compare.a_name(trait.given)):
                others = [t for t in group if t.given and not (t in lone and t.given == trait.given)]
                _to_family(forest, trait, others, what)
            whole |= {forest.root(trait.node) for trait in group if trait.given and trait.family}


def _to_family(forest: Forest, lone: Trait, others: list[Trait], what: str) -> None:
    """Join a row to the one person who has the other names, where its only name is their family name."""
    if len({forest.root(other.node) for other in others}) != 1:
        return
    for owner in others:
        if owner.family and owner.family == family_key(lone.given) and not _weak(f"same {what}", owner, lone):
            forest.join(owner.node, lone.node, f"same {what}, family name alone")
            return


def same_birth_date(forest: Forest, traits: list[Trait]) -> None:
    """Give rows without a given name to the only person behind their identifier who may be born on their day."""
    place = {id(trait): at for at, trait in enumerate(traits)}
    for name, what in (("email", "e-mail"), ("phone", "phone"), ("address", "address")):
        named, days = {forest.root(trait.node) for trait in traits if trait.given}, defaultdict[int, set[str]](set)
        for trait in traits:
            days[forest.root(trait.node)] |= {trait.born} - {""}
        given: list[tuple[Trait, list[Trait]]] = []
        for group in grouped(traits, name):
            holders = [trait for trait in group if forest.root(trait.node) in named]
            bare = (t for t in group if not t.given and t.born and forest.root(t.node) not in named)
            given += [(trait, _born_alike(forest, days, trait, holders)) for trait in bare]
        for trait, owned in sorted(given, key=lambda pair: place[id(pair[0])]):
            if owned and forest.root(trait.node) not in named:
                _give(forest, [trait], owned, f"birth date and {what}")
                named |= {forest.root(other.node) for other in owned}


def _born_alike(forest: Forest, days: dict[int, set[str]], bare: Trait, holders: list[Trait]) -> list[Trait]:
    """Return the rows of the one named person who was born on a row's day; none where another may have been."""
    may = {root for t in holders if bare.born in days[root := forest.root(t.node)] or not days[root]}
    if len(may) != 1 or bare.born not in days[sole := may.pop()]:
        return []
    return [trait for trait in holders if forest.root(trait.node) == sole]


def nameless(forest: Forest, traits: list[Trait]) -> None:
    """Give rows without a given name to the one person who alone has their customer number, e-mail or phone.

    Such a row never ties two named people together.
    """
    named = {forest.root(trait.node) for trait in traits if trait.given}
    for name, what in (("customer", "customer number"), ("email", "e-mail"), ("phone", "phone")):
        for group in grouped(traits, name):
            bare = [trait for trait in group if not trait.given and forest.root(trait.node) not in named]
            owners = {forest.root(trait.node) for trait in group if forest.root(trait.node) in named}
            if len(owners) == 1:
                _give(forest, bare, [trait for trait in group if trait.given], what)
                named.add(forest.root(owners.pop()))
            else:
                _together(forest, bare, what)


def _give(forest: Forest, bare: list[Trait], owned: list[Trait], what: str) -> None:
    """Join rows without a given name to the only person who has their identifier, where nothing speaks against it."""
    for trait in bare:
        fitting = [owner for owner in owned if _fits(trait, owner) and not _weak(f"same {what}", trait, owner)]
        if fitting:
            forest.join(fitting[0].node, trait.node, f"same {what}, which one person alone has")


def _fits(bare: Trait, owner: Trait) -> bool:
    """Tell whether a row without a given name does not contradict the owner's family name."""
    near = JaroWinkler.similarity(bare.family, owner.family) >= 0.85
    return not (bare.family and owner.family) or near or bare.family == owner.first


def _together(forest: Forest, loose: list[Trait], what: str) -> None:
    """Join rows without a given name that share an identifier and don't differ in family name."""
    by_family: dict[str, list[int]] = defaultdict(list)
    for trait in loose:
        by_family[trait.family].append(trait.node)
    for nodes in by_family.values():
        forest.join_all(nodes, f"same {what}, no given name")
