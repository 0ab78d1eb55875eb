"""The closed condition language, evaluated in Kleene's three values: yes (True), no (False), unknown (None)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from forthwith.assessment import library
from forthwith.assessment.facts import Facts, Group
from models.law import Clause, Compared, Condition, ElementTest, Judgement, Law, Presumption, plain

Value = bool | None
BOUNDS: dict[str, Callable[[float, float], bool]] = {
    "over": lambda number, bound: number > bound,
    "at_least": lambda number, bound: number >= bound,
    "under": lambda number, bound: number < bound,
    "at_most": lambda number, bound: number <= bound,
}
SHOWN = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a trace: the clause, what it says, the facts that were looked at, and what came out."""

    clause: str
    says: str
    facts: tuple[tuple[str, str], ...]
    holds: Value

    def as_dict(self) -> dict[str, Any]:
        """Return the step as the answer shows it."""
        return {"clause": self.clause, "says": self.says, "facts": dict(self.facts), "holds": SHOWN[self.holds]}


@dataclass(frozen=True, slots=True)
class Ask:
    """What must be known to settle a condition."""

    id: str
    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a condition came to, why, and what is missing."""

    value: Value
    because: tuple[Reason, ...] = ()
    asks: tuple[Ask, ...] = ()


Memo = dict[tuple[int, str], tuple[Condition, Finding]]


@dataclass(frozen=True, slots=True)
class Interval:
    """A number of people that is known only within bounds; `high` None: no upper bound."""

    low: int = 0
    high: int | None = 0

    def __add__(self, other: "Interval") -> "Interval":
        high = None if self.high is None or other.high is None else self.high + other.high
        return Interval(self.low + other.low, high)


@dataclass(frozen=True, slots=True)
class Context:
    """What a condition is evaluated against: the facts, a record, perhaps one group and counts."""

    facts: Facts
    law: Law
    clause: str
    group: Group | None = None
    counts: Mapping[str, Interval] = field(default_factory=dict)
    required: Mapping[str, Mapping[int, Value]] = field(default_factory=dict)  # audience -> group -> verdict of laws
    unknown_people: tuple[Ask, ...] = ()  # what would settle a count
    in_force: Callable[[Clause], bool] = lambda _clause: True
    memo: Memo = field(default_factory=dict)  # of conditions on the facts alone

    def at(self, clause: str) -> "Context":
        """Return the same context within another clause."""
        return Context(
            self.facts, self.law, clause, self.group, self.counts, self.required, self.unknown_people, self.in_force,
            self.memo,
        )  # fmt: skip


def evaluate(condition: Condition, context: Context) -> Finding:
    """Return what `condition` comes to. What hangs on the facts alone is found once for all groups of people."""
    if condition.cite:
        context = context.at(condition.cite)
    if not condition.of_facts:
        return HANDLERS[condition.operator](condition, context)
    key = (id(condition), context.clause)
    if key not in context.memo:  # what is kept holds its condition, so that no other can come to the same id
        context.memo[key] = (condition, HANDLERS[condition.operator](condition, context))
    return context.memo[key][1]


def together(findings: Iterable[Finding]) -> Finding:
    """Return the conjunction: no as soon as one is no."""
    found = list(findings)
    if no := next((one for one in found if one.value is False), None):
        return Finding(False, no.because)
    return _merged(found, None if any(one.value is None for one in found) else True)


def either(findings: Iterable[Finding]) -> Finding:
    """Return the disjunction: yes as soon as one is yes."""
    found = list(findings)
    if yes := next((one for one in found if one.value is True), None):
        return Finding(True, yes.because)
    return _merged(found, None if any(one.value is None for one in found) else False)


def _merged(found: list[Finding], value: Value) -> Finding:
    """Join traces; of an unknown whole keep every trace, but ask only for what is unknown."""
    because = tuple(dict.fromkeys(reason for one in found for reason in one.because))
    asks = tuple(dict.fromkeys(ask for one in found if one.value is None for ask in one.asks))
    return Finding(value, because, asks)


def negated(finding: Finding) -> Finding:
    """Return the negation."""
    return Finding(None if finding.value is None else not finding.value, finding.because, finding.asks)


def _all(condition: Condition, context: Context) -> Finding:
    return together(evaluate(child, context) for child in condition.all or [])


def _any(condition: Condition, context: Context) -> Finding:
    return either(evaluate(child, context) for child in condition.any or [])


def _not(condition: Condition, context: Context) -> Finding:
    assert condition.not_ is not None
    return negated(evaluate(condition.not_, context))


def _always(condition: Condition, context: Context) -> Finding:
    return Finding(condition.always, (Reason(context.clause, condition.says, (), condition.always),))


def _fact(condition: Condition, context: Context) -> Finding:
    path = condition.fact or ""
    return _compared(condition, context, path, path, context.facts.get(path))


def _group(condition: Condition, context: Context) -> Finding:
    name = condition.group or ""
    if context.group is None:
        return Finding(None, (Reason(context.clause, condition.says, ((f"people.{name}", "unknown"),), None),))
    shown = f"people.{context.group.index}.{name}"
    return _compared(condition, context, shown, f"people.{name}", context.group.get(name))


def _compared(condition: Condition, context: Context, shown: str, known: str, fact: Any) -> Finding:
    """Compare a fact by each comparator that is set; not stated is unknown, except to `stated`."""
    if condition.stated is not None:
        happened = fact is not None and not (fact == "no" and known.startswith("clocks."))
        value: Value = happened is condition.stated
    else:
        value = None if fact is None else compare(condition, fact)
    reason = Reason(context.clause, condition.says, ((shown, _shown(fact)),), value)
    return Finding(value, (reason,), () if value is not None else (_ask(shown, known, context.clause),))


def _ask(shown: str, known: str, citation: str) -> Ask:
    entry = library.known_facts().get(known)
    return Ask(shown, entry.ask if entry else f"What is {known}?", citation)


def _shown(fact: Any) -> str:
    if fact is None:
        return "unknown"
    return (", ".join(map(plain, fact)) or "none") if isinstance(fact, list) else plain(fact)


def compare(condition: Condition, fact: Any) -> Value:
    """Return whether a stated fact passes every comparator of `condition`."""
    facts = [plain(entry) for entry in fact] if isinstance(fact, list) else [plain(fact)]
    tests: list[Value] = []
    if condition.is_ is not None:
        tests.append(any(entry in condition.wanted() for entry in facts))
    if condition.has is not None:
        tests.append(_holds_one(facts, condition.has))
    if condition.has_all is not None:
        tests.append(all(entry in facts for entry in condition.has_all))
    if condition.only is not None:
        tests.append(all(entry in condition.only for entry in facts))
    if condition.within is not None:
        tests.append(any(lies_within(entry, condition.within) for entry in facts))
    tests += [_against(fact, name, bound) for name, bound in condition.bounds()]
    return False if False in tests else None if None in tests else True


def _holds_one(facts: list[str], wanted: list[str]) -> Value:
    """Return whether the list holds one of them; a list that holds `unknown` may hold more."""
    return True if any(entry in wanted for entry in facts) else None if "unknown" in facts else False


def _against(fact: Any, name: str, bound: float) -> Value:
    number = 1.0 if fact == "yes" else 0.0 if fact == "no" else fact
    try:
        return BOUNDS[name](float(number), bound)
    except (TypeError, ValueError):
        return None


def lies_within(place: str, territories: list[str]) -> bool:
    """Return whether a place is one of the territories, or lies in one."""
    return _lies_within(place, tuple(territories))


@lru_cache(maxsize=1 << 16)
def _lies_within(place: str, territories: tuple[str, ...]) -> bool:
    regions = library.vocabulary().regions
    country = place.split("-")[0]
    return any(
        territory == "any" or territory in (place, country) or country in regions.get(territory, frozenset())
        for territory in territories
    )


def _elements(condition: Condition, context: Context) -> Finding:
    test = condition.elements or ElementTest()
    group = context.group
    if group is None or group.elements is None:
        name = f"people.{group.index}.elements" if group else "people.elements"
        reason = Reason(context.clause, condition.says, ((name, "unknown"),), None)
        return Finding(None, (reason,), (_ask(name, "people.elements", context.clause),))
    value = has_elements(test, group.elements)
    shown = ((f"people.{group.index}.elements", ", ".join(sorted(group.elements)) or "none"),)
    reason = Reason(context.clause, condition.says, shown, value)
    asks = (_which_of(group, test, context.clause),) if value is None else ()
    return Finding(value, (reason,), asks)


def _which_of(group: Group, test: ElementTest, citation: str) -> Ask:
    words = library.vocabulary()
    wanted = {*test.any_of, *test.also_any_of, *test.all_of, *test.none_of}
    families = sorted(code for code in group.elements or () if words.may_be.get(code, frozenset()) & wanted)
    text = f"Of which kind exactly is the exposed data called {', '.join(families)}?"
    return Ask(f"people.{group.index}.elements", text, citation)


def has_elements(test: ElementTest, exposed: frozenset[str]) -> Value:
    """Return whether exposed elements pass the test; a family that may be what is asked for leaves it unknown."""
    words = library.vocabulary()
    tests: list[Value] = [_has(code, exposed) for code in test.all_of]
    tests += [_has_any(codes, exposed) for codes in (test.any_of, test.also_any_of) if codes]
    tests += [_opposite(_has(code, exposed)) for code in test.none_of]
    if test.only:
        tests.append(all(words.counts_as(code) & set(test.only) for code in exposed))
    return False if False in tests else None if None in tests else True


def _opposite(value: Value) -> Value:
    return None if value is None else not value


def _has(code: str, exposed: frozenset[str]) -> Value:
    words = library.vocabulary()
    if any(code in words.counts_as(one) for one in exposed):
        return True
    return None if any(code in words.may_be.get(one, frozenset()) for one in exposed) else False


def _has_any(codes: list[str], exposed: frozenset[str]) -> Value:
    found = [_has(code, exposed) for code in codes]
    return True if True in found else None if None in found else False


def _judge(condition: Condition, context: Context) -> Finding:
    key = condition.judge or ""
    judgement = context.law.judgements[key]
    answer = context.facts.answer(context.law.id, key)
    name = f"{context.law.id}.{key}"
    if condition.consulted is not None:
        return _consulted(condition, context, judgement, answer)
    possible, findings = ({answer["value"]}, []) if answer else _presumed(judgement, context)
    value = _among(possible, set(condition.wanted()))
    shown = ((f"answers.{name}", answer["value"] if answer else "not answered"),)
    reason = Reason(judgement.citation, condition.says or judgement.question, shown, value)
    merged = _merged(findings, value)
    asks = () if value is not None else (Ask(name, judgement.question, judgement.citation), *merged.asks)
    return Finding(value, (reason, *merged.because), asks)


def _among(possible: set[str], wanted: set[str]) -> Value:
    if possible <= wanted:
        return True
    return None if possible & wanted else False


def _consulted(condition: Condition, context: Context, judgement: Judgement, answer: dict[str, Any]) -> Finding:
    named = answer.get("consulted")
    told = None if named is None else [str(one) for one in (named if isinstance(named, list) else [named])]
    value = None if told is None else any(one in (condition.consulted or []) for one in told)
    name = f"{context.law.id}.{condition.judge}.consulted"
    reason = Reason(context.clause, condition.says, ((f"answers.{name}", _shown(told)),), value)
    text = f"Who was consulted on: {judgement.question} ({', '.join(condition.consulted or [])})"
    return Finding(value, (reason,), () if value is not None else (Ask(name, text, judgement.citation),))


def _presumed(judgement: Judgement, context: Context) -> tuple[set[str], list[Finding]]:
    """Return the values that the presumptions leave possible, in their order, and why."""
    possible: set[str] = set()
    findings: list[Finding] = []
    for presumption in filter(context.in_force, judgement.presumptions):
        found = evaluate(presumption.when, context.at(presumption.citation))
        if found.value is False:
            continue
        possible |= set(presumption.value)
        findings.append(_proposal(presumption, found))
        if found.value is True:
            return possible, findings
    return set(judgement.values), findings


def _proposal(presumption: Presumption, found: Finding) -> Finding:
    shown = tuple(dict.fromkeys(fact for reason in found.because for fact in reason.facts))
    says = f"{presumption.says or 'presumed'}: {' or '.join(presumption.value)}"
    return Finding(found.value, (Reason(presumption.citation, says, shown, found.value),), found.asks)


def _count(condition: Condition, context: Context) -> Finding:
    test = condition.count
    assert test is not None
    interval = context.counts.get(test.of, Interval(0, None))
    value = within(interval, test)
    shown = ((f"count.{test.of}", shown_interval(interval)),)
    reason = Reason(context.clause, condition.says, shown, value)
    return Finding(value, (reason,), () if value is not None else context.unknown_people)


def within(interval: Interval, test: Compared) -> Value:
    """Return whether a number known within bounds passes; unknown where only some of the numbers would."""
    results: list[Value] = []
    for name, bound in test.bounds():
        low = BOUNDS[name](interval.low, bound)
        high = BOUNDS[name](float("inf") if interval.high is None else interval.high, bound)
        results.append(low if low == high else None)
    return False if False in results else None if None in results else True


def shown_interval(interval: Interval) -> str:
    """Return a count as people read it."""
    if interval.high is None:
        return f"at least {interval.low}"
    return str(interval.low) if interval.low == interval.high else f"{interval.low} to {interval.high}"


def _defined(condition: Condition, context: Context) -> Finding:
    rule = context.law.definitions[condition.defined or ""]
    if not context.in_force(rule):
        return Finding(False, (Reason(rule.citation, "not in force then", (), False),))
    return evaluate(rule.when, context.at(rule.citation))


def _any_law_requires(condition: Condition, context: Context) -> Finding:
    wanted = str(condition.recipient or condition.any_law_requires)
    wanted = f"{condition.of}:{wanted}" if condition.of else wanted
    found = context.required.get(wanted, {})
    value = found.get(context.group.index, False) if context.group else _most(found.values())
    text = f"some law says to tell {wanted.removeprefix('controller:')}"
    text += " (asked as of the controller of the data)" if condition.of else ""
    return Finding(value, (Reason(context.clause, condition.says or text, (), value),))


def _most(values: Iterable[Value]) -> Value:
    found = list(values)
    return True if True in found else None if None in found else False


HANDLERS: dict[str, Callable[[Condition, Context], Finding]] = {
    "all": _all, "any": _any, "not_": _not, "fact": _fact, "group": _group, "elements": _elements, "judge": _judge,
    "count": _count, "defined": _defined, "any_law_requires": _any_law_requires, "always": _always,
}  # fmt: skip
