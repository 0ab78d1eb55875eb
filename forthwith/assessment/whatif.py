"""What if a fact were another: which duties come, go, or change."""

import copy
from collections.abc import Mapping
from typing import Any

from forthwith.assessment.engine import Assessment, assess
from models import Refusal

SHOWN = ("verdict", "due_at", "target_at", "count", "channels")


def with_facts(document: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with other facts, named by their dotted paths (`people.0.count` for the first group)."""
    other = copy.deepcopy(document)
    for path, value in change.items():
        head, _, rest = path.partition(".")
        steps = [head, rest] if head == "answers" and rest else path.split(".")
        _put(other, steps, value, path)
    return other


def _put(node: Any, steps: list[str], value: Any, path: str) -> None:
    """Set a value at a path. Raises Refusal where the path leads nowhere."""
    for step in steps[:-1]:
        if isinstance(node, list):
            if not step.isdigit() or int(step) >= len(node):
                raise Refusal(f"There is no {path!r} among the facts.", "Groups of people count from 0.")
            node = node[int(step)]
        else:
            node = node.setdefault(step, {})
    if not isinstance(node, dict):
        raise Refusal(f"{path!r} names no fact.", "Name it as in the facts file, such as breach.cause.")
    node[steps[-1]] = value


def what_if(document: dict[str, Any], change: Mapping[str, Any], as_of: object = None) -> dict[str, Any]:
    """Return both answers in short, and what the change would make of each duty and question. Nothing is kept."""
    before, after = assess(document, as_of), assess(with_facts(document, change), as_of)
    return {"if": dict(change), "duties": _duties(before, after), "questions": _questions(before, after)}


def _duties(before: Assessment, after: Assessment) -> list[dict[str, Any]]:
    """Return each duty that is not the same in both, with what is other in it."""
    old, new = ({one["id"]: one for one in answer.obligations} for answer in (before, after))
    found = []
    for key in sorted(old.keys() | new.keys()):
        first, second = old.get(key), new.get(key)
        other = [name for name in SHOWN if (first or {}).get(name) != (second or {}).get(name)]
        if other:
            state = "comes" if first is None else "goes" if second is None else "changes"
            found.append({"id": key, "state": state, "from": _short(first), "to": _short(second), "other": other})
    return found


def _short(one: dict[str, Any] | None) -> dict[str, Any] | None:
    return {name: one[name] for name in (*SHOWN, "citation")} if one else None


def _questions(before: Assessment, after: Assessment) -> dict[str, list[str]]:
    old, new = ({one["id"] for one in answer.questions} for answer in (before, after))
    return {"come": sorted(new - old), "go": sorted(old - new)}
