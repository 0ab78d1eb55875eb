"""What a wording may hold open, and how its open places are filled: escaping and joining, never template code."""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from forthwith.filling.exposed import one_a_line
from forthwith.filling.labels import day_words, labels, shipped
from models import Refusal

OPEN, CLOSE = "\ue000", "\ue001"
SLOTS = ("addressee", "name", "address", "code", "verify_url", "date", "reference", "elements", "remedy_code")
SENTINEL = re.compile(f"{OPEN}(\\w+){CLOSE}")
ITEM = re.compile(r"(?:^|\n)(- |[^\n]*<li[^<>]*>)$")  # the start of a list's item, of plain text and of HTML
URL = re.compile(r"https?://[^\s<>\"'`\\]+")
ESCAPED = re.compile(r"[&<>\"'\n]")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FAMILY = {"child": "guardian_of", "deceased": "family_of"}
UNKNOWN = {"name": "name_unknown", "remedy_code": "remedy_code_unknown"}  # what stands where nothing is known
HIDDEN = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
FIRST_STRONG, POP = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True, repr=False)
class Filled:
    """A wording with one recipient's fields in it. Holds personal data: never log it."""

    medium: str
    language: str
    subject: str = ""
    text: str = ""
    html: str = ""


def slot(name: str) -> str:
    """Return the open place `name` as it stands in a wording."""
    assert name in SLOTS, name
    return f"{OPEN}{name}{CLOSE}"


def has_sentinel(value: str) -> bool:
    """Return whether a text from outside holds one of the two characters that mark open places."""
    return OPEN in value or CLOSE in value


def clean(value: str) -> str:
    """Return a field without what can't be seen: control characters, direction overrides, broken code units.

    Line ends stay (an address has lines). Raises Refusal where the field holds a sentinel.
    """
    if value.isascii() and (value.isprintable() or value.replace("\n", "").isprintable()):  # nearly every field
        return value
    if has_sentinel(value):
        raise Refusal("A field holds a character that is reserved for open places.", "Mend it at the source.")
    kept = (character for character in value.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(map(_visible, kept))


def _visible(character: str) -> str:
    """Return a character as it may be shown, a space for a separator, nothing for an invisible control."""
    if character == "\n":
        return character
    kind = unicodedata.category(character)
    if kind in ("Zl", "Zp") or character == "\t":
        return " "
    return "" if kind in ("Cc", "Cs") or character in HIDDEN else character


def one_line(value: str) -> str:
    """Return a text that fits into a header: one line, single spaces."""
    return " ".join(clean(value).split())


def isolated(value: str) -> str:
    """Wrap a field in direction isolates where it is written from right to left (Unicode bidi, UAX 9)."""
    if value.isascii():
        return value
    turns = any(unicodedata.bidirectional(character) in ("R", "AL") for character in value)
    return f"{FIRST_STRONG}{value}{POP}" if turns else value


def escaped(value: str) -> str:
    """Return a field for HTML text: escaped, isolated, its lines kept."""
    if ESCAPED.search(value):
        value = html.escape(value).replace("\n", "<br>")
    return f"<bdi>{value}</bdi>"


def attribute(value: str) -> str:
    """Return a field for an HTML attribute. Raises Refusal where it is no plain web address."""
    if not URL.fullmatch(value):
        raise Refusal("A link of a notice is no web address.", "Check FORTHWITH_PUBLIC_URL.")
    return html.escape(value) if ESCAPED.search(value) else value


@dataclass(frozen=True, slots=True)
class Place:
    """One open place: whose value stands there, and how."""

    name: str
    attribute: bool = False  # inside a tag
    joint: str = ""  # it is the whole of a list's item: each line of it becomes an item, with this between them


@dataclass(frozen=True, slots=True)
class Cut:
    """A text between and at its open places: one piece more than places."""

    pieces: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """A wording cut at its open places."""

    fixed: dict[str, Any]
    subject: Cut
    text: Cut
    html: Cut


@lru_cache(maxsize=256)
def parts(content: bytes) -> Parts:
    """Cut a wording at its open places, once for all its recipients."""
    wording = orjson.loads(content)
    return Parts(wording, *(_cut(str(wording.get(name, ""))) for name in ("subject", "text", "html")))


def _cut(written: str) -> Cut:
    """Cut a text at its open places, and see how each stands there."""
    pieces = SENTINEL.split(written)
    places = []
    for i in range(1, len(pieces), 2):
        before = "".join(pieces[:i])
        joint = _joint(before) if pieces[i + 1].startswith(("\n", "</li>")) else ""
        places.append(Place(pieces[i], before.rfind("<") > before.rfind(">"), joint))
    return Cut(tuple(pieces[::2]), tuple(places))


def _joint(before: str) -> str:
    """Return what parts two items of the list in which a text ends, or nothing where it ends in none."""
    found = ITEM.search(before)
    if not found:
        return ""
    return "\n- " if found[1] == "- " else f"</li>{found[1][found[1].rindex('<li') :]}"


def slots_of(content: bytes) -> list[str]:
    """Return the open places that a wording has, sorted."""
    text = orjson.loads(content)
    return sorted(set(SENTINEL.findall(orjson.dumps(text).decode())) | _in_tree(text.get("tree")))


def _in_tree(node: Any) -> set[str]:
    """Return the slots in a tree of a letter."""
    if isinstance(node, dict):
        own = {node["s"]} if "s" in node else set()
        return own.union(*map(_in_tree, node.values()))
    return set().union(*map(_in_tree, node)) if isinstance(node, list) else set()


def words_of(fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the small words of a wording's language."""
    return labels(shipped(fixed["language"]))


def prepared(
    fixed: Mapping[str, Any], slots: Mapping[str, str], words: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """Return a recipient's fields as this wording prints them; `words` are its language's, looked up once for many.

    Cleaned; an ISO date written out in the wording's language; exposed data in its words; a stand-in for a name that
    nobody knows; a child's parent or a dead person's family on the envelope.
    """
    words = words or words_of(fixed)
    values = {name: clean(value) for name, value in slots.items()}
    if "date" in values and ISO_DAY.fullmatch(values["date"]):
        values["date"] = day_words(date.fromisoformat(values["date"]), words, american=bool(fixed.get("american")))
    if "elements" in values:
        values["elements"] = one_a_line(values["elements"], fixed.get("elements", ()), words)
    for name, stands_in in UNKNOWN.items():
        if name in values and not values[name].strip():
            values[name] = words[stands_in]
    if "addressee" in values and (not values["addressee"].strip() or values["addressee"] == slots.get("name")):
        form, name = words.get(FAMILY.get(fixed.get("addressing", ""), "")), values.get("name", "")
        values["addressee"] = form.format(name) if form else name
    return values


def fill(content: bytes, slots: Mapping[str, str]) -> Filled:
    """Fill a wording's open places. Raises Refusal, for this recipient alone, where a field is missing or unfit."""
    cut = parts(content)
    values = prepared(cut.fixed, slots)
    return Filled(
        medium=cut.fixed["medium"],
        language=cut.fixed["language"],
        subject=one_line(_joined(cut.subject, values, str)),
        text=_joined(cut.text, values, isolated),
        html=_joined(cut.html, values, escaped),
    )


def _joined(cut: Cut, values: Mapping[str, str], write: Callable[[str], str]) -> str:
    """Join fixed pieces and written fields."""
    pieces = [cut.pieces[0]]
    for place, piece in zip(cut.places, cut.pieces[1:], strict=True):
        pieces += (written(place, values, write), piece)
    return "".join(pieces)


def written(place: Place, values: Mapping[str, str], write: Callable[[str], str]) -> str:
    """Return a field as it stands at its place: in an attribute, as items of a list, or as running text.

    Raises Refusal where it is missing or unfit.
    """
    value = values.get(place.name)
    if value is None:
        raise unfilled(place.name)
    return writer(place, write)(value)


def unfilled(name: str) -> Refusal:
    """Return what is said where an open place has no value."""
    return Refusal(f"The open place {name!r} of a notice has no value.", "Give each slot of the wording.")


def writer(place: Place, write: Callable[[str], str]) -> Callable[[str], str]:
    """Return how the value of a place is written there; `write` writes running text."""
    if place.attribute:
        return attribute
    return (lambda value: place.joint.join(map(write, value.split("\n")))) if place.joint else write
