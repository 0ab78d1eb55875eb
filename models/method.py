"""A risk method: a known way to weigh a breach. It advises whoever judges; the law's own presumption decides."""

from datetime import date
from itertools import chain
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from models.law import Cited, Code, Condition, Strict, Verified

SHARED = frozenset(("all", "any", "not_", "fact", "group", "elements", "always"))


class Level(Strict):
    """One level of an input, and where the facts show it. The last level of an input needs no condition."""

    level: Code
    value: float = 0
    says: str = ""
    when: Condition | None = None


class Input(Strict):
    """What a method looks at. Levels stand with the gravest first; the first whose condition holds is taken."""

    id: Code
    question: Cited
    citation: Cited
    levels: Annotated[list[Level], Field(min_length=2)]

    def named(self, level: str) -> Level | None:
        """Return the level of this name."""
        return next((one for one in self.levels if one.level == level), None)


class Rule(Strict):
    """One line of a table: an outcome where every test holds. No test: always."""

    outcome: Code
    inputs: dict[Code, list[Code]] = Field(default_factory=dict)  # each at one of these levels
    all_at: list[Code] = Field(default_factory=list)  # every input at one of these levels
    at: list[Code] = Field(default_factory=list)  # `count` inputs at one of these levels
    count: int = 1
    citation: str = ""
    ours: bool = False  # this line is ours, not the source's


class Band(Strict):
    """An outcome for scores below a bound; the last has none."""

    outcome: Code
    under: float | None = None


class Method(Strict):
    """One method as cited data: inputs, how they combine, what the outcome suggests."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    title: Cited
    citation: Cited
    sources: Annotated[list[str], Field(min_length=1)]
    verified: Verified
    from_memory: list[str] = Field(default_factory=list)
    checked: date
    advises: dict[str, dict[str, str]]  # judgement -> outcome -> the value that it suggests
    outcomes: Annotated[list[Code], Field(min_length=2)]  # the gravest first
    inputs: Annotated[list[Input], Field(min_length=1)]
    score: Literal["first_times_second_plus_rest"] | None = None
    clamp: tuple[float, float] | None = None  # with score: the first input stays within these
    bands: list[Band] = Field(default_factory=list)
    margin: float = 0  # a score so near to a bound is for a person
    rules: list[Rule] = Field(default_factory=list)
    flags: dict[Code, Condition] = Field(default_factory=dict)  # reported beside, without weight
    note: str = ""

    @model_validator(mode="after")
    def _closed(self) -> "Method":
        if bool(self.bands) == bool(self.rules) or bool(self.score) != bool(self.bands):
            raise ValueError("a method has either a score with bands, or rules")
        named = {*(band.outcome for band in self.bands), *(rule.outcome for rule in self.rules)}
        if unknown := named.union(*self.advises.values()) - set(self.outcomes):
            raise ValueError(f"unknown outcomes: {sorted(unknown)}")
        conditions = [level.when for one in self.inputs for level in one.levels if level.when]
        for condition in chain.from_iterable(one.walk() for one in (*conditions, *self.flags.values())):
            if condition.operator not in SHARED:
                raise ValueError(f"a method can't use {condition.operator}: it belongs to no law")
        return self
