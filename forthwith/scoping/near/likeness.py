"""How near two people are: how alike their names are, what else they share, and in what they differ."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.merging.alike import families_alike, initials_alike
from forthwith.scoping.merging.traits import unpacked
from forthwith.scoping.normalising.names import canonical_first, nicknames_alike

KINDS = ("email", "phone", "address", "customer", "national", "born", "suffix", "country")
SHOWN = KINDS[:6]  # what two people can share that tells of one; a generation or a country does not
FIRST = LAST = 0.8  # of names that a person should look at: lower than what the rules join by themselves
BARE, SURNAME = 0.5, 0.6  # likeness where a given name is missing; where only the first name agrees
CONTRADICTED = 0.9  # likeness of names from which a person is asked although birth dates or national ids differ
DIFFER = {"national": "national ids differ", "born": "birth dates differ", "suffix": "generations differ"}


Seen = Sequence[Sequence[str]]  # what a record keeps for comparing: the fields of merging.traits.KEPT


@dataclass(frozen=True, slots=True, repr=False)
class Called:
    """One name, folded; `first` is a nickname's one full name, `whole` both names without regard to order."""

    given: str
    family: str
    first: str
    whole: str


@dataclass(slots=True, repr=False)
class View:
    """One person as their rows told of them. Held in memory alone."""

    id: uuid.UUID
    number: int
    names: list[Called] = field(default_factory=list)  # one a distinct name
    known: dict[str, set[str]] = field(default_factory=dict)  # values by kind


@dataclass(frozen=True, slots=True)
class Near:
    """Two people who look near."""

    one: uuid.UUID
    other: uuid.UUID
    numbers: tuple[int, int]
    why: str
    score: float
    shared: tuple[str, ...]
    differing: tuple[str, ...]


def view_of(identity: uuid.UUID, number: int, seen: Seen) -> View:
    """Return a person's view from what their record keeps for comparing."""
    made, names = View(identity, number), dict[tuple[str, str], Called]()
    for trait in unpacked(number, [list(entry) for entry in seen]):
        if trait.given or trait.family:
            names.setdefault((trait.given, trait.family), _called(trait.given, trait.family))
        for kind in KINDS:
            if value := getattr(trait, kind):
                made.known.setdefault(kind, set()).add(value)
    made.names = list(names.values())
    return made


def _called(given: str, family: str) -> Called:
    """Return one name for comparing."""
    first = canonical_first(given) if given else ""
    return Called(given, family, first, "|".join(sorted((first, family))) if given and family else "")


def keys_of(seen: Seen) -> set[str]:
    """Return what a person can be looked up by: identifiers (no two kinds are written alike), birth date with name."""
    keys: set[str] = set()
    for given, family, _, email, phone, address, born, customer, national, *_ in seen:
        keys.update((email, phone, address, customer, national))
        if born:
            keys.update((f"{born} {family}" if family else "", f"{born} {given}" if given else ""))
    keys.discard("")
    return keys


def worth_comparing(one: Seen, other: Seen) -> bool:
    """Tell whether two people's names may be alike: most who share a home are told apart by their initials."""
    return any(_may_be(a[0], b[0]) or a[0][:1] == b[1][:1] for a in one for b in other)


def _may_be(one: str, other: str) -> bool:
    """Tell whether two given names may be one: missing, of one initial, or short for each other."""
    return not one or not other or one[0] == other[0] or nicknames_alike(one, other)


def near(one: View, other: View) -> Near | None:
    """Return how near two people are, who share a key; None where they plainly are two."""
    shared = tuple(kind for kind in SHOWN if not one.known.get(kind, set()).isdisjoint(other.known.get(kind, ())))
    differing = tuple(kind for kind in KINDS if _differ(one.known.get(kind), other.known.get(kind)))
    why, alike = _names_alike(one.names, other.names)
    if not alike or (alike <= SURNAME and len(shared) < (1 if why == "no given name" else 2)):
        return None
    if alike < CONTRADICTED and {"born", "national"}.intersection(differing):
        return None  # brothers, not misspellings
    why = next((words for kind, words in DIFFER.items() if kind in differing), why)
    (first, second), numbers = sorted((one.id, other.id)), (one.number, other.number)
    weight = (1 + len(shared)) / (1 + len(shared) + len(differing))
    return Near(first, second, numbers, why, round(alike * weight, 3), shared, differing)


def _differ(one: set[str] | None, other: set[str] | None) -> bool:
    """Tell whether something is known of both, and nothing of it agrees."""
    return bool(one and other and one.isdisjoint(other))


def _names_alike(one: Iterable[Called], other: list[Called]) -> tuple[str, float]:
    """Return how the nearest names of two people are alike, and how much, from 0 to 1."""
    found = [_alike(a, b) for a in one for b in other]
    return max(found, key=lambda entry: entry[1], default=("no given name", BARE))


def _alike(one: Called, other: Called) -> tuple[str, float]:
    """Return how two names are alike, and how much."""
    if one.whole and one.whole == other.whole:
        return "same name", 1.0
    if not (one.given and other.given):
        return "no given name", BARE if families_alike(one.family, other.family) else 0.0
    family = JaroWinkler.similarity(one.family, other.family) if one.family and other.family else 0.0
    first = max(JaroWinkler.similarity(one.first, other.first), JaroWinkler.similarity(one.given, other.given))
    crossed = min(JaroWinkler.similarity(one.given, other.family), JaroWinkler.similarity(one.family, other.given))
    if first >= FIRST and family >= LAST:
        return "similar name", (first + family) / 2
    if crossed >= FIRST:
        return "names swapped", crossed
    if family >= LAST and (nicknames_alike(one.given, other.given) or initials_alike(one, other)):
        return "short name", 0.85
    return ("another family name", SURNAME) if first >= 0.95 else ("", 0.0)
