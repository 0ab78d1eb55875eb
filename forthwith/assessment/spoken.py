"""Conditions and clocks in plain words, for people who read law and no YAML."""

from collections.abc import Iterable

from models.law import Clock, Compared, Condition, ElementTest

BOUNDS = {"over": "more than", "at_least": "at least", "under": "fewer than", "at_most": "at most"}
OF = {
    "reached": "people whom the duty reaches", "reached_by_law": "people whom the duty reaches, everywhere",
    "notified": "people to be told", "notified_by_law": "people to be told, everywhere",
    "everyone": "people of the incident",
}  # fmt: skip


def condition(given: Condition) -> str:
    """Return a condition as a sentence without its end."""
    match given.operator:
        case "all":
            return joined((_inner(one) for one in given.all or []), "and")
        case "any":
            return joined((_inner(one) for one in given.any or []), "or")
        case "not_":
            return f"not ({condition(given.not_)})" if given.not_ else ""
        case "elements":
            return _elements(given.elements or ElementTest())
        case "count":
            return f"{numbers(given.count)} {OF[given.count.of]}" if given.count else ""
    return _simple(given)


def _simple(given: Condition) -> str:
    """Return a condition that joins nothing."""
    match given.operator:
        case "fact":
            return f"`{given.fact}` {_compared(given)}"
        case "group":
            return f"of these people, `{given.group}` {_compared(given)}"
        case "judge" if given.consulted is not None:
            return f"on `{given.judge}`, {joined(given.consulted, 'or')} was consulted"
        case "judge":
            return f"`{given.judge}` is judged {joined(given.wanted(), 'or')}"
        case "defined":
            return f"*{words(given.defined or '')}*"
        case "any_law_requires":
            return f"another law says to tell {words(given.recipient or str(given.any_law_requires))}"
    return "always" if given.always else "never"


def _inner(given: Condition) -> str:
    """Return a condition inside another, in brackets where it joins several itself."""
    text = condition(given)
    return f"({text})" if given.operator in ("all", "any") and len(given.below()) > 1 else text


def _compared(given: Condition) -> str:
    """Return the comparators of a fact."""
    parts = []
    if given.stated is not None:
        parts.append("is stated" if given.stated else "is not stated")
    if given.is_ is not None:
        parts.append(f"is {joined(given.wanted(), 'or')}")
    lists = {"holds": given.has, "holds nothing but": given.only, "lies in": given.within}
    parts += [f"{verb} {joined(found, 'or')}" for verb, found in lists.items() if found is not None]
    parts += [f"holds {joined(given.has_all, 'and')}"] if given.has_all is not None else []
    return joined([*parts, *([f"is {numbers(given)}"] if given.bounds() else [])], "and")


def _elements(test: ElementTest) -> str:
    """Return a test of exposed data."""
    parts = [joined(test.all_of, "and")] if test.all_of else []
    parts += [f"one of: {', '.join(found)}" for found in (test.any_of, test.also_any_of) if found]
    parts += [f"none of: {', '.join(test.none_of)}"] if test.none_of else []
    parts += [f"nothing beside {', '.join(test.only)}"] if test.only else []
    return f"exposed are {' with '.join(parts)}"


def numbers(test: Compared) -> str:
    """Return bounds in words."""
    return joined((f"{BOUNDS[name]} {bound:,g}" for name, bound in test.bounds()), "and")


def words(code: str) -> str:
    """Return a code as words."""
    return code.replace("_", " ")


def joined(parts: Iterable[str], last: str) -> str:
    """Return an enumeration: a, b or c."""
    found = list(parts)
    return f" {last} ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)


def clock(given: Clock) -> str:
    """Return a clock in a few words."""
    if given.with_duty:
        return f"not later than {words(given.with_duty)}"
    if given.no_number:
        return f"no number of days{dated(given)}"
    counts = {"hours": given.hours, "days": given.days, "business days": given.business_days, "months": given.months}
    unit, number = next((unit, number) for unit, number in counts.items() if number is not None)
    start = words(given.starts[0].fact.split(".")[-1].removesuffix("_at"))
    begin = f"the end of the year of {start}" if given.from_end_of else start
    kind = " (guideline)" if given.kind == "guideline" else " (extension)" if given.extends else ""
    label = f"{given.label}, " if given.label else ""
    return f"{label}{number:g} {unit} from {begin}{kind}{dated(given)}"


def dated(given: Clock) -> str:
    """Return from when and until when a clock is law."""
    since = f" since {given.valid_from}" if given.valid_from else ""
    return since + (f" until {given.valid_to}" if given.valid_to else "")
