"""Risk methods applied to facts: inputs, score, suggestion, and what is missing. They advise; they never decide."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import laws
from forthwith.assessment import library, plain_yaml
from forthwith.assessment.conditions import Context, evaluate
from forthwith.assessment.facts import Facts, Group, facts_of
from models import Refusal
from models.law import Law
from models.method import Input, Level, Method, Rule

FOLDER = Path(laws.__file__).parent / "methods"
MOST = 5000  # combinations of what is not known


@dataclass(frozen=True, slots=True)
class Taken:
    """One input: the levels that the facts leave possible, and who said so."""

    input: Input
    levels: tuple[Level, ...]
    stated: bool  # a person chose it

    @property
    def open(self) -> bool:
        """Whether the facts leave more than one level."""
        return len(self.levels) > 1


@lru_cache
def all_methods() -> tuple[Method, ...]:
    """Return every method. Raises Refusal with the file's name and the first fault."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.yaml")))


def _read(path: Path) -> Method:
    try:
        method = Method.model_validate(plain_yaml.read_file(path))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise Refusal(f"methods/{path.name}: {where}: {fault['msg']}.", "laws/README.md shows a method.") from None
    if method.id != path.stem:
        raise Refusal(f"methods/{path.name}: the id {method.id} is not the file's name.", "Rename one of them.")
    return method


def advise(document: object, as_of: object = None, law_ids: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """Return what each method makes of the facts; of those alone that advise on a judgement of one of the laws."""
    facts = facts_of(document, as_of)
    wanted = None if law_ids is None else set(law_ids)
    found = [_advice(method, facts) for method in all_methods()]
    for one in found:
        one["suggests"] = {name: v for name, v in one["suggests"].items() if wanted is None or _law(name) in wanted}
    return [one for one in found if one["suggests"]]


def on(judgement: str, advice: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what methods say of one judgement, in short."""
    kept = ("method", "title", "verified", "outcome", "possible", "low", "high", "scored", "missing", "flags", "note")
    return [
        {**{name: one[name] for name in kept}, "suggests": one["suggests"][judgement]}
        for one in advice
        if judgement in one["suggests"]
    ]


def _law(judgement: str) -> str:
    return judgement.rpartition(".")[0]


def _advice(method: Method, facts: Facts) -> dict[str, Any]:
    """Return a method's advice for the group of people for whom it comes out gravest."""
    found = [_for_group(method, facts, group) for group in facts.groups or (None,)]
    return min(found, key=lambda one: (one["outcome"] != "review", _gravity(method, one["possible"][0]), -one["high"]))


def _gravity(method: Method, outcome: str) -> int:
    """Return the place of an outcome, the gravest first; what no line covers is for a person, and goes before all."""
    return -1 if outcome == "review" else method.outcomes.index(outcome)


def _for_group(method: Method, facts: Facts, group: Group | None) -> dict[str, Any]:
    taken = [_taken(method, one, facts, group) for one in method.inputs]
    results = [_result(method, levels) for levels in _combinations(taken)]
    possible = sorted({outcome for outcome, _ in results}, key=lambda outcome: _gravity(method, outcome))
    scores = [score for _, score in results]
    near = any(abs(score - one.under) <= method.margin for score in scores for one in method.bands if one.under)
    outcome = possible[0] if len(possible) == 1 and not near else "review"
    return {
        "method": method.id, "title": method.title, "citation": method.citation, "verified": method.verified,
        "group": group.index if group else None, "outcome": outcome, "possible": possible,
        "low": min(scores), "high": max(scores), "scored": bool(method.bands), "near": near,
        "suggests": {judgement: table.get(outcome, "review") for judgement, table in method.advises.items()},
        "inputs": [_shown(one) for one in taken],
        "missing": [{"id": f"{method.id}.{one.input.id}", "text": one.input.question} for one in taken if one.open],
        "flags": [name for name, when in method.flags.items() if evaluate(when, _context(facts, group)).value],
        "note": method.note,
    }  # fmt: skip


def _shown(one: Taken) -> dict[str, Any]:
    return {
        "id": one.input.id, "levels": [level.level for level in one.levels], "stated": one.stated,
        "says": one.levels[0].says if not one.open else "", "citation": one.input.citation,
    }  # fmt: skip


def _taken(method: Method, one: Input, facts: Facts, group: Group | None) -> Taken:
    """Return the levels that are possible: the one that a person stated, else those that the facts leave."""
    stated = facts.answer(method.id, one.id).get("value")
    if stated is not None:
        level = one.named(str(stated))
        if level is None:
            known = ", ".join(level.level for level in one.levels)
            raise Refusal(f"answers.{method.id}.{one.id} is none of its levels.", f"There are: {known}.")
        return Taken(one, (level,), stated=True)
    return Taken(one, tuple(_possible(one, facts, group)), stated=False)


def _possible(one: Input, facts: Facts, group: Group | None) -> Iterator[Level]:
    """Yield each level that may hold, down to the first that surely does."""
    for level in one.levels:
        value = evaluate(level.when, _context(facts, group)).value if level.when else True
        if value is not False:
            yield level
        if value is True:
            return


def _context(facts: Facts, group: Group | None) -> Context:
    return Context(facts, _no_law(), "method", group)


@lru_cache
def _no_law() -> Law:
    """Return any record: the schema lets no condition of a method look at it."""
    return library.all_laws()[0].law


def _combinations(taken: list[Taken]) -> list[tuple[Level, ...]]:
    """Return every way in which the unknown may turn out; where that is too many, the gravest and the mildest."""
    size = 1
    for one in taken:
        size *= len(one.levels)
    if size > MOST:
        return [tuple(one.levels[0] for one in taken), tuple(one.levels[-1] for one in taken)]
    return list(product(*(one.levels for one in taken)))


def _result(method: Method, levels: tuple[Level, ...]) -> tuple[str, float]:
    """Return outcome and score of known levels."""
    if not method.bands:
        return _of_rules(method, levels), 0.0
    first, second, *rest = (level.value for level in levels)
    if method.clamp:
        base, *adjust = rest
        first = min(max(first + base, method.clamp[0]), method.clamp[1])
        rest = adjust
    score = round(first * second + sum(rest), 4)
    return next(band.outcome for band in method.bands if band.under is None or score < band.under), score


def _of_rules(method: Method, levels: tuple[Level, ...]) -> str:
    at = {one.id: level.level for one, level in zip(method.inputs, levels, strict=True)}
    return next((rule.outcome for rule in method.rules if _holds(rule, at)), "review")


def _holds(rule: Rule, at: dict[str, str]) -> bool:
    """Return whether a line of a table is the one for these levels."""
    fits = all(at[name] in levels for name, levels in rule.inputs.items())
    every = not rule.all_at or all(level in rule.all_at for level in at.values())
    enough = not rule.at or sum(level in rule.at for level in at.values()) >= rule.count
    return fits and every and enough
