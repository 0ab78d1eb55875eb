"""One document in the form of one medium: canonical JSON, which is what legal approves and what is filled."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import css_inline
from markupsafe import Markup

from forthwith.drafting.body import Body, compose
from forthwith.drafting.context import Speaker
from forthwith.drafting.filing import report
from forthwith.drafting.grouping import Group
from forthwith.drafting.known import Known, outside
from forthwith.drafting.wording import open_slots, render
from forthwith.filling import tree
from forthwith.filling.content import slot
from forthwith.timeline.record import canonical
from models import Medium, Refusal


def content(known: Known, group: Group, language: str, medium: str) -> tuple[bytes, Body]:
    """Return a wording's bytes, and the document behind it for the lint."""
    speaker = Speaker(known, group, language, trait="public" if medium == Medium.WEB else None)
    body = compose(speaker) if group.is_for_people else report(speaker)
    shared = {
        "medium": medium, "language": language, "title": body.title, "codes": body.codes,
        "subject": outside(f"{known.organisation}: {_subject(speaker, body)}", "entity.name"),
        "elements": sorted(group.elements) if group.is_for_people else [], "addressing": speaker.trait,
        "american": group.american, "text": "", "html": "",
    }  # fmt: skip
    return canonical(shared | FORMS[medium](speaker, body)), body


def _subject(speaker: Speaker, body: Body) -> str:
    """Return the subject: an invitation to read for people, the title for others."""
    return str(speaker.words["subject"]) if speaker.group.is_for_people else body.title


def _tree(body: Body) -> list[tree.Node]:
    """Return the document's tree. Raises Refusal where a block is not well formed."""
    try:
        return tree.parse(body.html)
    except ValueError as tag:
        raise Refusal(f"A block is not well formed at <{tag}>.", "Mend the template.") from None


def framed(speaker: Speaker, body: Body, frame: str, **more: Any) -> str:
    """Return the document inside the frame of a medium, its styles inlined."""
    words = speaker.words["frame"]
    context = {
        "slot": open_slots(), "language": speaker.language, "title": body.title, "frame": words,
        "org": {"name": speaker.known.organisation}, "body": Markup(body.html), **more,
    }  # fmt: skip
    return render(f"layout/{frame}", context)


@lru_cache
def inliner() -> css_inline.CSSInliner:
    """Return the inliner of styles: mail programs drop style sheets. It loads nothing."""
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def _email(speaker: Speaker, body: Body) -> dict[str, Any]:
    """Return subject, HTML and plain text of an e-mail."""
    words, address = speaker.words["frame"], speaker.known.website
    ask = words["check_mail"].format(f"{address}/verify")
    checked = speaker.group.is_for_people
    page = framed(speaker, body, "email.html", check_mail=ask, with_check=checked)
    last = f"\n{words['check']['title']}\n{ask}\n{slot('code')}\n\n{words['no_links']}\n" if checked else ""
    top = f"{words['date']}: {slot('date')}\n{words['reference']}: {slot('reference')}\n\n"
    return {"html": inliner().inline(page), "text": f"{top}{tree.plain(_tree(body))}{last}{words['automatic']}\n"}


def _web(speaker: Speaker, body: Body) -> dict[str, Any]:
    """Return a published page."""
    published = speaker.words["frame"]["published"].format(speaker.known.organisation)
    page = framed(speaker, body, "web.html", published=published)
    return {"html": page, "text": tree.plain(_tree(body)), "subject": body.title}


def _short(speaker: Speaker, body: Body) -> dict[str, Any]:
    """Return a text message."""
    text = render(f"{speaker.language}/sms.txt", speaker.context())
    return {"text": " ".join(text.split()), "subject": "", "title": body.title}


def _spoken(speaker: Speaker, body: Body) -> dict[str, Any]:
    """Return what is said on the phone."""
    text = render(f"{speaker.language}/voice.txt", speaker.context())
    return {"text": text.strip() + "\n", "subject": "", "title": body.title}


def _letter(speaker: Speaker, body: Body) -> dict[str, Any]:
    """Return a letter: its tree for typesetting, and the same words as text."""
    nodes = _tree(body)
    return {
        "tree": nodes, "text": tree.plain(nodes), "sender": sender(speaker), "layout": "letter.typ",
        "paper": "us-letter" if speaker.american else "a4",
        "check": speaker.words["frame"]["check"] if speaker.group.is_for_people else None,
    }  # fmt: skip


def _filing(speaker: Speaker, body: Body) -> dict[str, Any]:
    """Return a report to hand in."""
    nodes = _tree(body)
    return {"tree": nodes, "text": tree.plain(nodes), "sender": sender(speaker), "layout": "filing.typ", "check": None}


def sender(speaker: Speaker) -> dict[str, Any]:
    """Return letterhead, return line, and the labels of date, reference and page."""
    known, words = speaker.known, speaker.words["frame"]
    contact = [line for line in (known.phone, known.email) if line]
    return {
        "name": known.organisation, "line": " · ".join([known.organisation, *known.address]),
        "block": [*known.address, *contact], "date_label": words["date"], "to_label": words["to"],
        "reference_label": words["reference"], "page_label": words["page"],
    }  # fmt: skip


FORMS: dict[str, Callable[[Speaker, Body], dict[str, Any]]] = {
    Medium.EMAIL: _email, Medium.SMS: _short, Medium.VOICE: _spoken, Medium.LETTER: _letter, Medium.FAX: _letter,
    Medium.WEB: _web, Medium.FILING: _filing,
}  # fmt: skip
