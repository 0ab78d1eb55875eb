"""A promise may hang on duties that others owe: what would the law require, were we the controller of the data?

A processor owes the people nothing by most laws; its privacy policy can still promise to tell them where the law
requires that they be told. So the laws are asked a second time, as of the controller, and a promise adopts what they
demand of the notice: its content, its headings, its lawful channels.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from forthwith.assessment.conditions import Value
from forthwith.assessment.facts import Facts

OF = "controller:"
OTHERS = ("processor", "holder")
Required = dict[str, dict[int, Value]]
Shown = dict[str, Any]


def asked_of_controller(facts: Facts, ask: Callable[[Mapping[str, Any]], Any]) -> Any | None:
    """Return the laws' answer as of the controller; None where we are the controller ourselves."""
    entity = facts.document.get("entity") or {}
    if entity.get("role") not in OTHERS:
        return None
    return ask({**facts.document, "entity": {**entity, "role": "controller"}})


def remember(obligations: Iterable[Shown], required: Required, prefix: str = "") -> None:
    """Keep which groups some law says to tell, for promises that hang on it."""
    for shown in obligations:
        value = {"notify": True, "review": None}.get(shown["verdict"], False)
        for to in {str(shown["audience"]), str(shown["recipient"])}:
            told = required.setdefault(prefix + to, {})
            for index in shown["groups"]:
                before = told.get(index, False)
                told[index] = True if True in (before, value) else None if None in (before, value) else False


def adopt(shown: Shown, laws: Iterable[Shown]) -> Shown:
    """Return a promise's obligation with what the laws demand of the notice to the same people."""
    reached = set(shown["groups"])
    found = [
        one for one in laws
        if one["audience"] == "individuals" and one["verdict"] != "do_not_notify" and reached & set(one["groups"])
    ]  # fmt: skip
    if not found:
        return shown
    return {
        **shown, "content": _content([shown, *found]), "channels": _channels(shown, found),
        "by_person": sorted({medium for one in (shown, *found) for medium in one.get("by_person", ())}),
        "adopted": sorted({one["law"] for one in found}), "because": [*shown["because"], *map(_reason, found)],
    }  # fmt: skip


def touched(ours: Iterable[Shown], asked: Shown, laws: Iterable[Shown]) -> list[str]:
    """Return which of our promises hang on a question of the laws: those to the same people."""
    theirs = {index for one in laws if one["id"] in asked["changes"] for index in one["groups"]}
    return [one["id"] for one in ours if theirs & set(one["groups"])]


def _content(obligations: list[Shown]) -> dict[str, Any]:
    contents = [one["content"] for one in obligations]
    return {
        "require": list(dict.fromkeys(code for one in contents for code in one["require"])),
        "forbid": list(dict.fromkeys(code for one in contents for code in one["forbid"])),
        "headings": next((one["headings"] for one in contents if one["headings"]), []),
        "form": "; ".join(dict.fromkeys(one["form"] for one in contents if one["form"])),
    }


def _channels(shown: Shown, found: list[Shown]) -> list[str]:
    """Return the promise's channels that each law admits, in its order; theirs, where none of its own is left."""
    common = [medium for medium in found[0]["channels"] if all(medium in one["channels"] for one in found)]
    agreed = {"email": "email_consent"} if "email_consent" in common and "email" not in common else {}
    ours = [agreed.get(medium, medium) for medium in shown["channels"]]
    return [medium for medium in ours if medium in common] or common or list(shown["channels"])


def _reason(law: Shown) -> dict[str, Any]:
    says = f"{law['law']} asks this of the controller: the notice says what it demands, by the channels that it admits"
    return {"clause": law["citation"], "says": says, "facts": {}, "holds": "yes"}
