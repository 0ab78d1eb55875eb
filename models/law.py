"""A law's record: the closed schema of every `laws/**/law.yaml`. laws/README.md explains it with examples."""

import re
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from models.words import Audience

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=80)]
Cited = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]
Scalar = str | int | float | bool
Verified = bool | Literal["partial"]  # partial: read in a secondary source alone, which never suffices to stay silent


class Strict(BaseModel):
    """Base of all parts of a record: no key that the schema doesn't know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Clause(Strict):
    """Something that the law says: where, who read it and when, and from when to when it holds."""

    citation: Cited
    says: str = ""
    source: str | None = None
    verified: Verified | None = None  # None: as the whole record
    read_by: str | None = None
    checked: date | None = None
    valid_from: date | None = None  # the first day
    valid_to: date | None = None  # the last day


class Compared(Strict):
    """A number against a bound. At least one bound; several must all hold."""

    over: float | None = None  # >
    at_least: float | None = None  # >=
    under: float | None = None  # <
    at_most: float | None = None  # <=

    def bounds(self) -> list[tuple[str, float]]:
        """Return the bounds that are set."""
        names = ("over", "at_least", "under", "at_most")
        return [(name, bound) for name in names if (bound := getattr(self, name)) is not None]


class Population(StrEnum):
    """Whom a count counts."""

    REACHED = "reached"  # the people that this duty reaches, in its unit (jurisdiction, or the whole law)
    REACHED_BY_LAW = "reached_by_law"  # the same, but always over all jurisdictions
    NOTIFIED = "notified"  # the people whom duty `individuals` of this law says to tell, in this duty's unit
    NOTIFIED_BY_LAW = "notified_by_law"  # the same, over all jurisdictions
    EVERYONE = "everyone"  # all affected people of the incident


class CountTest(Compared):
    """How many people, of which population."""

    of: Population = Population.REACHED


class ElementTest(Strict):
    """What a group's exposed elements must be. All keys that are set must hold together."""

    any_of: list[Code] = []
    also_any_of: list[Code] = []  # and one of these as well
    all_of: list[Code] = []
    none_of: list[Code] = []
    only: list[Code] = []  # no element beside these

    def codes(self) -> list[Code]:
        """Return every code that is named."""
        return [*self.any_of, *self.also_any_of, *self.all_of, *self.none_of, *self.only]


OPERATORS = (
    "all", "any", "not_", "fact", "group", "elements", "judge", "count", "defined", "any_law_requires", "always",
)  # fmt: skip


OF_FACTS = frozenset(("all", "any", "not_", "fact", "always"))


class Condition(Compared):
    """One condition of the closed language: exactly one operator, with its comparators. Three-valued."""

    all: list["Condition"] | None = None
    any: list["Condition"] | None = None
    not_: "Condition | None" = Field(default=None, alias="not")
    fact: str | None = None  # a dotted path of the facts file
    group: Literal["jurisdiction", "age", "kind", "special", "next_of_kin", "already_public"] | None = None
    elements: ElementTest | None = None
    judge: Code | None = None  # a judgement of this record
    count: CountTest | None = None
    defined: Code | None = None  # a definition of this record
    any_law_requires: Audience | None = None  # another record (not of kind contract) says `notify` to that audience
    recipient: Code | None = None  # with any_law_requires: to this recipient; that record must come before by its id
    of: Literal["controller"] | None = None  # with any_law_requires: or would require, were we the controller
    always: bool | None = None

    is_: Scalar | list[Scalar] | None = Field(default=None, alias="is")
    has: list[str] | None = None  # the list holds one of these
    has_all: list[str] | None = None
    only: list[str] | None = None  # the list holds nothing beside these
    within: list[str] | None = None  # a place (or one of a list of places) lies in one of these territories
    stated: bool | None = None  # is the fact stated at all? never unknown
    consulted: list[str] | None = None  # with judge: the answer names one of these under `consulted`
    cite: str | None = None
    says: str = ""

    @model_validator(mode="after")
    def _one_operator(self) -> "Condition":
        found = [name for name in OPERATORS if getattr(self, name) is not None]
        if len(found) != 1:
            raise ValueError(f"a condition needs exactly one operator, found {found or 'none'}")
        if found[0] in {"fact", "group"} and not self.compared():
            raise ValueError(f"{found[0]} needs a comparator: is, has, over, within, stated, ...")
        if found[0] == "judge" and self.is_ is None and self.consulted is None:
            raise ValueError("judge needs `is` or `consulted`")
        return self

    @cached_property
    def operator(self) -> str:
        """The one operator that is set."""
        return next(name for name in OPERATORS if getattr(self, name) is not None)

    @cached_property
    def of_facts(self) -> bool:
        """Whether it hangs on nothing but the facts: it comes to the same for each group of people."""
        return self.operator in OF_FACTS and all(child.of_facts for child in self.below())

    def compared(self) -> list[str]:
        """Return the names of the comparators that are set."""
        names = ("is_", "has", "has_all", "only", "within", "stated")
        return [name for name in names if getattr(self, name) is not None] + [name for name, _ in self.bounds()]

    def wanted(self) -> list[str]:
        """Return `is` as a list of texts."""
        values = self.is_ if isinstance(self.is_, list) else [self.is_]
        return [plain(value) for value in values]

    def walk(self) -> "list[Condition]":
        """Return this condition and all beneath it."""
        return [self, *(found for child in self.below() for found in child.walk())]

    def below(self) -> "list[Condition]":
        """Return the conditions that this one joins."""
        return [*(self.all or []), *(self.any or []), *([self.not_] if self.not_ else [])]


def plain(value: Any) -> str:
    """Return a scalar as conditions compare it: yes and no for booleans, text for all else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


class Rule(Clause):
    """A clause that holds under a condition."""

    when: Condition


class Threshold(Rule):
    """A number of people that must be reached; a group for which `or_when` holds counts whatever the number."""

    or_when: Condition | None = None  # an authority is told if it holds for any group; of people, only those groups


class Presumption(Rule):
    """What a judgement comes to while nobody has answered it. Several values: one of them, not known which."""

    value: Annotated[list[Code], Field(min_length=1)]

    @field_validator("value", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Judgement(Clause):
    """A question for a lawyer, answered by `answers.<law>.<key>`. The first presumption that holds proposes."""

    question: Cited
    values: Annotated[list[Code], Field(min_length=2)]
    presumptions: list[Presumption] = []


class Exit(Rule):
    """A ground not to tell. Where it holds the verdict is do_not_notify (review where it is not verified)."""

    id: Code
    kind: Literal["encryption", "harm", "good_faith", "measures", "deemed_compliance", "secrecy", "other"]
    waives: Annotated[list[Code], Field(min_length=1)]  # duty ids, or [all]
    side: str = ""  # what must be done to use it: consult, file, keep N years


class Start(Strict):
    """An event that may start a clock. Where `when` is not known to be false it is a candidate."""

    fact: str
    when: Condition | None = None
    says: str = ""
    latest: bool = False  # a date alone means its whole local day; True: count from its end


class Clock(Clause):
    """One period. Exactly one of: a number with its unit, `no_number`, `with_duty`."""

    starts: list[Start] = []  # alternatives: the earliest stated one counts
    choose: Literal["earliest", "latest"] = "earliest"
    hours: float | None = None
    days: int | None = None
    business_days: int | None = None
    months: int | None = None
    no_number: bool = False  # `without undue delay` and the like: an internal target, flagged as such
    target_hours: float = 72
    warn_hours: float = 24
    with_duty: Code | None = None  # not later than that duty of the same record: its due instant
    inclusive: bool = False  # the day of the event is day 1 (Japan)
    from_end_of: Literal["year"] | None = None  # counted from the last day of the event's calendar year
    roll: Literal["none", "next_business_day", "noon_next_working_day"] = "none"
    calendar: Code | None = None  # a file of laws/calendars; None: the recipient's, then the record's
    reading: Literal["plain", "reg_1182_71"] = "plain"
    kind: Literal["legal", "guideline"] = "legal"  # a guideline's instant is a target, not the last lawful one
    when: Condition | None = None  # this clock runs only then
    extends: bool = False  # an extension: where `when` holds it replaces the shorter clocks
    label: str = ""

    @model_validator(mode="after")
    def _one_period(self) -> "Clock":
        periods = (self.hours, self.days, self.business_days, self.months, self.with_duty, self.no_number or None)
        if sum(period is not None for period in periods) != 1:
            raise ValueError("a clock needs exactly one of hours, days, business_days, months, no_number, with_duty")
        if not self.starts and self.with_duty is None:
            raise ValueError("a clock needs `starts` (or with_duty)")
        return self


class ChannelRule(Strict):
    """A lawful way to tell. `email_consent` means e-mail to those who agreed to it."""

    medium: Literal["email", "email_consent", "sms", "voice", "fax", "letter", "web", "filing", "media", "in_person"]
    when: Condition | None = None  # unknown: not offered
    by_person: bool = False  # a person must speak: what is recorded or automatic doesn't count
    note: str = ""
    citation: str | None = None  # None: the duty's


class Substitute(Rule):
    """Substitute notice: when it is lawful, and what it consists of."""

    components: list[str]
    needed: Annotated[str, StringConstraints(pattern=r"^(all|any|[0-9]+)$")] = "all"  # how many of the components
    only_for: Literal["everyone", "uncontactable"] = "everyone"
    for_uncontactable: Condition | None = None  # where `when` doesn't hold: lawful for people out of reach
    days: int | None = None  # how long the web notice must stand
    proof_to: str | None = None  # a recipient to whom the ground must be shown


class ContentCode(Strict):
    """A content code, where it depends on something. Unknown counts as yes, for `require` and for `forbid`."""

    code: Code
    when: Condition | None = None
    citation: str | None = None


class Content(Clause):
    """What a notice must hold, must not hold, and under which headings."""

    require: list[Code | ContentCode] = []
    forbid: list[Code | ContentCode] = []
    headings: list[str] = []
    form: str = ""  # type size, plain language, an official form

    def codes(self) -> list[str]:
        """Return all codes that are named."""
        return [entry if isinstance(entry, str) else entry.code for entry in (*self.require, *self.forbid)]


class Hold(Clause):
    """A delay that law enforcement may ask for."""

    written: Literal["required", "not_required"] = "not_required"
    oral_days: int | None = None  # where an oral request holds for so many days from the request
    max_days: int | None = None


class Duty(Clause):
    """One duty: to whom, when, by when, how, with which words. Evaluated for each group of people."""

    id: Code
    audience: Audience
    recipient: Code
    route: Literal["fixed", "one_stop_shop"] = "fixed"
    per: Literal["law", "jurisdiction"] = "law"  # one obligation for the law, or one a jurisdiction of the people
    bound: Condition | None = None  # who owes it, where it is not who the record binds
    trigger: bool = True  # False: the record's trigger is not needed (its own `when` says all)
    when: Condition | None = None  # beside the trigger
    follows: Code | None = None  # reaches those people that this duty (earlier in the list) says to tell
    threshold: Threshold | None = None  # over the people reached
    clocks: Annotated[list[Clock], Field(min_length=1)]
    combine: Literal["earliest", "latest"] = "earliest"
    standard: str = ""  # the law's own words for the speed
    sequence: Literal[
        "before_individuals", "with_individuals", "after_individuals", "not_later_than_individuals", "independent"
    ] = "independent"
    channels: list[ChannelRule] = []
    adopts: Literal["controller"] | None = None  # content and channels of what law requires of the controller
    substitute: Substitute | None = None
    content: Content | None = None
    hold: Hold | None = None
    phased: bool = False
    language: str = ""
    note: str = ""


class Recipient(Strict):
    """An authority, bureau or other recipient that a duty names."""

    name: Cited
    jurisdiction: str | None = None
    zone: str | None = None  # IANA
    calendar: Code | None = None
    portal: str | None = None
    email: str | None = None
    postal: list[str] = []
    languages: list[str] = []
    note: str = ""
    verified: bool = False


class Ask(Rule):
    """A question that no condition can hold: asked while `when` is not known to be false."""

    id: Code
    question: Cited


class Unmodelled(Strict):
    """What the law says and this language can't: shown to legal beside each verdict of the record."""

    text: Cited
    citation: Cited


class Reach(Strict):
    """Whose data the record is about."""

    territory: Annotated[list[str], Field(min_length=1)]  # ISO codes, region codes of the vocabulary, or `any`
    everyone_when: Condition | None = None  # then also people who live elsewhere
    considered_when: Condition | None = None  # the record is looked at only then (contracts, sector rules)


class Law(Clause):
    """One law (or one promise of ours, kind contract) as dated, cited data."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]+[-.][a-z0-9_.-]+$", max_length=60)]
    title: Cited
    kind: Literal["law", "contract"] = "law"
    jurisdiction: str
    status: Literal["in_force", "enacted", "pending", "not_in_force", "stub"] = "in_force"
    zone: str  # IANA
    calendar: Code | None = None
    confidence: Literal["high", "medium", "low"]
    verified: Verified
    read_by: Cited
    checked: date
    sources: Annotated[list[str], Field(min_length=1)]
    from_memory: list[str] = []  # what was not read at a source, in words
    reach: Reach
    binds: Rule
    trigger: Rule
    definitions: dict[Code, Rule] = {}
    judgements: dict[Code, Judgement] = {}
    exits: list[Exit] = []
    duties: list[Duty] = []
    recipients: dict[Code, Recipient] = {}
    asks: list[Ask] = []
    unmodelled: list[Unmodelled] = []

    def clauses(self) -> list[tuple[str, Clause]]:
        """Return every clause with a path that people understand."""
        found: list[tuple[str, Clause]] = [("binds", self.binds), ("trigger", self.trigger)]
        found += [(f"definitions.{key}", rule) for key, rule in self.definitions.items()]
        for key, judgement in self.judgements.items():
            found.append((f"judgements.{key}", judgement))
            found += [(f"judgements.{key}.{n}", rule) for n, rule in enumerate(judgement.presumptions)]
        found += [(f"exits.{exit.id}", exit) for exit in self.exits]
        for duty in self.duties:
            found += [(f"duties.{duty.id}{path}", clause) for path, clause in parts(duty)]
        return found + [(f"asks.{ask.id}", ask) for ask in self.asks]

    def was_read(self, clause: Clause) -> bool:
        """Return whether a clause of this record was read at its own source."""
        return (self.verified if clause.verified is None else clause.verified) is True

    def duty(self, key: str) -> Duty | None:
        """Return the duty with this id."""
        return next((duty for duty in self.duties if duty.id == key), None)


def parts(duty: Duty) -> list[tuple[str, Clause]]:
    """Return a duty and its clauses, each with its path below the duty."""
    named = {"threshold": duty.threshold, "substitute": duty.substitute, "content": duty.content, "hold": duty.hold}
    found: list[tuple[str, Clause]] = [("", duty)]
    found += [(f".{name}", clause) for name, clause in named.items() if clause]
    return found + [(f".clocks.{n}", clock) for n, clock in enumerate(duty.clocks)]


def law_path(law_id: str) -> str:
    """Return the folder of a law beneath `laws/`: `us-ca` stands in us/ca, `eu.gdpr` in eu/gdpr."""
    head, rest = re.split(r"[-.]", law_id, maxsplit=1)
    return f"{head}/{rest}"
