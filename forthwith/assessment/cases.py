"""The cases beside a law: facts, and what must come of them. `forthwith law check` runs them, and so do the tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forthwith.assessment import plain_yaml
from forthwith.assessment.engine import Assessment, assess
from forthwith.assessment.library import Loaded, shown
from models import Refusal

LISTS = ("channels_have", "channels_lack", "require", "forbid", "headings")
EXPECT = {"obligations", "absent", "questions", "not_arising"}
KEYS = ({"name", "facts", "expect"}, {"name", "change", "expect"})


def cases_of(folder: Path) -> list[dict[str, Any]]:
    """Return a law's cases with their whole facts. Raises Refusal where the file or a case is not of the known form."""
    path = folder / "cases.yaml"
    if not path.exists():
        return []
    document = plain_yaml.read_file(path, shown(path))
    if isinstance(document, list):
        document = {"cases": document}
    base, cases = document.get("base", {}), document.get("cases", [])
    return [_whole(case, base, shown(path)) for case in cases]


def _whole(case: Any, base: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a case with its facts: its own, or those of all with its changes."""
    if not isinstance(case, dict) or set(case) not in KEYS or set(case["expect"]) - EXPECT or not case["expect"]:
        raise Refusal(f"{name}: a case holds name, facts (or change) and expect.", "laws/README.md shows one.")
    facts = case["facts"] if "facts" in case else changed(base, case["change"] or {})
    return {"name": str(case["name"]), "facts": facts, "expect": case["expect"]}


def changed(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return facts with changes: mappings are joined, all else is replaced, and `~` takes a fact away."""
    out = dict(base)
    for key, value in change.items():
        if value is None:
            out.pop(key, None)
        elif isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = changed(out[key], value)
        else:
            out[key] = value
    return out


def alone(loaded: Loaded, case: dict[str, Any]) -> bool:
    """Return whether a case is about nothing but its own law, so that no other need be asked."""
    named = [one["duty"] if isinstance(one, dict) else one for part in case["expect"].values() for one in part]
    own = all(str(name) == loaded.law.id or str(name).startswith(f"{loaded.law.id}.") for name in named)
    return own and not loaded.hangs and loaded.law.kind == "law"


def failures(loaded: Loaded, case: dict[str, Any], laws: list[Loaded]) -> list[str]:
    """Return what of a case doesn't hold, a line each; empty where all of it does."""
    answer = assess(case["facts"], laws=[loaded] if alone(loaded, case) else laws)
    expect = case["expect"]
    found = [f"states what no fact is called: {', '.join(answer.ignored)}"] if answer.ignored else []
    for wanted in expect.get("obligations", []):
        found += _of_obligation(answer, wanted)
    return found + list(_of_names(answer, expect, loaded.law.id))


def _of_obligation(answer: Assessment, wanted: dict[str, Any]) -> Iterator[str]:
    """Yield in what the obligation that a case means is not as it must be."""
    duty, kept = wanted["duty"], ("jurisdiction", "recipient", "groups")
    same = [
        one for one in answer.obligations
        if f"{one['law']}.{one['duty']}" == duty and all(one[key] == wanted[key] for key in kept if key in wanted)
    ]  # fmt: skip
    found = [one for one in same if one["verdict"] == wanted.get("verdict", one["verdict"])]
    if not found:
        yield f"{duty} came to {[one['verdict'] for one in same] or 'nothing'}, not {wanted.get('verdict', 'a duty')}"
        return
    yield from (f"{duty}: {line}" for line in _differences(found[0], wanted))


def _differences(found: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    for key in wanted.keys() - {*LISTS, "duty"}:
        if found.get(key) != wanted[key]:
            yield f"{key} is {found.get(key)!r}, not {wanted[key]!r}"
    if lacking := set(wanted.get("channels_have", [])) - set(found["channels"]):
        yield f"lacks the channels {sorted(lacking)}"
    if barred := set(wanted.get("channels_lack", [])) & set(found["channels"]):
        yield f"offers the channels {sorted(barred)}"
    for key in ("require", "forbid", "headings"):
        if lacking := set(wanted.get(key, [])) - set(found["content"][key]):
            yield f"{key} lacks {sorted(lacking)}"


def _of_names(answer: Assessment, expect: dict[str, Any], law_id: str) -> Iterator[str]:
    """Yield which duties, questions and laws are there that must not be, or the other way round."""
    present = {f"{one['law']}.{one['duty']}" for one in answer.obligations}
    yield from (f"{duty} arises" for duty in expect.get("absent", []) if duty in present)
    asked = {one["id"] for one in answer.questions}
    if expect.get("questions") == [] and (own := [one["id"] for one in answer.questions if law_id in one["laws"]]):
        yield f"asks {own}"
    yield from (f"{one} is not asked" for one in expect.get("questions", []) if one not in asked)
    gone = {one["law"] for one in answer.not_arising}
    gone |= {f"{one['law']}.{one['duty']}" for one in answer.not_arising if "duty" in one}
    yield from (f"{one} is not named as not arising" for one in expect.get("not_arising", []) if one not in gone)
