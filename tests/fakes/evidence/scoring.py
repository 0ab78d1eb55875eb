"""What a load made of the evidence, held against the truth: who was lost, who is there twice, what is said of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import KINDS, NOBODY, Evidence, Human, elements


@dataclass(slots=True)
class Score:
    """Clusters against people. A person is lost who is the main person of no cluster."""

    people: int = 0
    clusters: int = 0
    lost: list[Human] = field(default_factory=list)
    twice: Counter[int] = field(default_factory=Counter)  # clusters beyond the first, by person
    whole: dict[str, Human] = field(default_factory=dict)  # clusters that hold all of one person's rows and no other
    main: dict[str, Human] = field(default_factory=dict)  # whose most of a cluster's rows are
    pure: set[str] = field(default_factory=set)  # clusters of one person's rows alone
    wrongly_aside: int = 0  # rows of somebody that are in quarantine
    wrongly_in: int = 0  # rows of nobody that became somebody

    @property
    def extra(self) -> int:
        """Clusters beyond one a person: notices that somebody gets again."""
        return self.twice.total()

    def table(self, humans: Iterable[Human]) -> list[tuple[str, int, int, int]]:
        """Return people, lost and extra clusters of each kind of people that is hard to tell apart."""
        everybody, lost = list(humans), {one.number for one in self.lost}
        lines = []
        for name, kind in {"everybody": 0, **KINDS}.items():
            some = [one.number for one in everybody if one.kinds & kind == kind]
            lines.append((name, len(some), len(lost.intersection(some)), sum(self.twice[number] for number in some)))
        return lines


def score(evidence: Evidence, links: Iterable[Mapping[str, Any]]) -> Score:
    """Return the score of links (`source`, `row`, `person_id` or blank), such as `forthwith people export --links`."""
    found, rows_of, made = defaultdict[str, Counter[int]](Counter), Counter[int](), Score()
    for link in links:
        number = evidence.whose[link["source"]][link["row"]]
        rows_of[number] += 1
        made.wrongly_aside += number != NOBODY and not link["person_id"]
        made.wrongly_in += number == NOBODY and bool(link["person_id"])
        if link["person_id"]:
            found[link["person_id"]][number] += 1
    rows_of.pop(NOBODY, None)
    made.people, made.clusters = len(rows_of), len(found)
    for person_id, counted in found.items():
        _judge(made, evidence, person_id, counted, rows_of)
    seen = {human.number for human in made.main.values()}
    made.lost = [evidence.human(number) for number in rows_of if number not in seen]
    return made


def _judge(made: Score, evidence: Evidence, person_id: str, counted: Counter[int], rows_of: Counter[int]) -> None:
    """Note what one cluster is."""
    number, rows = counted.most_common(1)[0]
    if number == NOBODY:
        return
    human = evidence.human(number)
    made.twice[number] += 1 if number in made.twice else 0
    made.twice.setdefault(number, 0)
    made.main[person_id] = human
    if len(counted) == 1:
        made.pure.add(person_id)
        if rows == rows_of[number]:
            made.whole[person_id] = human


def exposed(human: Human) -> list[str]:
    """Return what the files expose of a person, in the product's order."""
    return sorted(elements(human.elements))
