"""Blocks become one document: which ones, in which order, under which headings."""

import html
from dataclasses import dataclass, field
from typing import Any

from forthwith.drafting.context import Speaker
from forthwith.drafting.grouping import Content, Group
from forthwith.drafting.wording import MissingFactRefusal, block, blocks
from forthwith.filling.labels import labels, layout
from models import Refusal


@dataclass(slots=True)
class Body:
    """A rendered document with open slots. `lacking`: what would have been said, had somebody stated the fact."""

    title: str
    html: str
    codes: list[str] = field(default_factory=list)
    lacking: dict[str, str] = field(default_factory=dict)  # block -> fact


def wanted(group: Group) -> tuple[list[str], list[str]]:
    """Return the codes that the laws require, and those that we add where the facts are known. Never a forbidden one.

    Raises Refusal where one law of the group forbids what it requires itself: legal must mend the record.
    """
    table, bars = layout("notices"), group.content.bars()
    required = list(group.content.require)
    if clash := sorted(bars & set(required)):
        raise Refusal(f"A law requires and forbids the same: {', '.join(clash)}.", "Mend its record.")
    extra = [*table["always"], *_by_elements(table["with_elements"], group.elements)]
    if group.american:
        extra += _by_elements(table["with_elements_us"], group.elements)
    return _without_doubles(required, [one for one in extra if one not in bars], table["covers"])


def _by_elements(table: dict[str, list[str]], elements: tuple[str, ...]) -> list[str]:
    """Return the blocks that exposed data calls for."""
    return [code for code, triggers in table.items() if set(triggers) & set(elements)]


def _without_doubles(
    required: list[str], extra: list[str], covers: dict[str, list[str]]
) -> tuple[list[str], list[str]]:
    """Leave out what another block in the notice says as well."""
    present = list(dict.fromkeys((*required, *extra)))
    said = {code for one in present for code in covers.get(one, []) if one in present}
    keep = [code for code in present if code not in said]
    return [code for code in keep if code in required or _stands_for(code, required, covers)], [
        code for code in keep if code not in required and not _stands_for(code, required, covers)
    ]


def _stands_for(code: str, required: list[str], covers: dict[str, list[str]]) -> bool:
    """Return whether a block is there in place of a required one."""
    return bool(set(covers.get(code, ())) & set(required))


def compose(speaker: Speaker) -> Body:
    """Return the document for a group in a language. Raises Refusal where a required block or its fact is missing."""
    group, context = speaker.group, speaker.context()
    required, extra = wanted(group)
    sections = {name: blocks(speaker.language, name) for name in layout("notices")["sections"]}
    homeless = sorted(set(required) - {code for codes in sections.values() for code in codes})
    if homeless:
        raise Refusal(
            f"There is no {speaker.language} block for {', '.join(homeless)}.",
            f"Write it under templates/{speaker.language}.",
        )
    title, heads = headings(group.content, speaker.language, list(sections), speaker.trait)
    body = Body(title, "")
    parts = [f"<h1>{html.escape(title)}</h1>", *_opening(speaker, context)]
    for name, codes in sections.items():
        inner = _section(
            speaker.language, name, [c for c in codes if c in required or c in extra], required, context, body
        )
        if not inner and group.content.headings and not group.content.forbid:
            raise Refusal(f"Nothing stands under the prescribed heading {heads[name]!r}.", _what_to_state(body))
        parts += [f"<h2>{html.escape(heads[name])}</h2>", *inner] if inner else []
    parts.append(block(f"{speaker.language}/more_information.html", "closing", context))
    body.html = "\n".join(parts)
    return body


def _what_to_state(body: Body) -> str:
    """Return which facts would fill an empty section."""
    return f"State {', '.join(sorted(set(body.lacking.values())))}." if body.lacking else "Mend the law's record."


def _opening(speaker: Speaker, context: dict[str, Any]) -> list[str]:
    """Return greeting and first words."""
    name = f"{speaker.language}/opening.html"
    return [block(name, "greeting", context), block(name, "opening", context)]


def _section(
    language: str, name: str, codes: list[str], required: list[str], context: dict[str, Any], body: Body
) -> list[str]:
    """Return a section's blocks. One that is required must have its facts; another is left out without them."""
    found = []
    for code in codes:
        try:
            found.append(block(f"{language}/{name}.html", code, context))
            body.codes.append(code)
        except MissingFactRefusal as refusal:
            if code in required:
                raise
            body.lacking[code] = refusal.fact
    return [one for one in found if one]


def headings(content: Content, language: str, sections: list[str], trait: str = "") -> tuple[str, dict[str, str]]:
    """Return title and headings: the prescribed ones word by word, in another language with their translation."""
    words = labels(language)
    own_title = words["title_public"] if trait == "public" else words["title"]
    own = [words["headings"][name] for name in sections]
    prescribed = list(content.headings)
    title = prescribed.pop(0) if len(prescribed) == len(sections) + 1 else None
    if prescribed and len(prescribed) != len(sections):
        raise Refusal(f"A law prescribes {len(prescribed)} headings.", f"Notices have {len(sections)} sections.")
    said = [both(mine, theirs) for mine, theirs in zip(own, prescribed or own, strict=True)]
    return both(own_title, title) if title else own_title, dict(zip(sections, said, strict=True))


def both(ours: str, prescribed: str) -> str:
    """Return a prescribed heading, with ours behind it where that is another language."""
    return prescribed if ours.casefold() == prescribed.casefold() else f"{prescribed} ({ours})"
