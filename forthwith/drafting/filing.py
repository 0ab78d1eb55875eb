"""Reports to authorities, partners, police, bureaus: a table of what the law asks, and a sample of the notice."""

import html
import re
from typing import Any

from forthwith.approval import law_folder
from forthwith.drafting.body import Body, compose
from forthwith.drafting.context import Speaker
from forthwith.drafting.wording import MissingFactRefusal, block, missing, template
from forthwith.filling.content import CLOSE, OPEN
from forthwith.filling.labels import TEMPLATES, read
from models import Medium, Obligation, Refusal

FIELDS = "regulator/{0}/fields.html"
ALWAYS = (
    "entity_identity", "dpo_contact", "what_happened", "date_of_breach", "date_discovered",
    "categories_of_subjects", "count_subjects", "data_types", "consequences", "measures_taken",
)  # fmt: skip
STANDARD = ("regulator", "controller", "owner", "contract_party", "processor", "police")  # get ALWAYS, too
SAID_WITH = {"measures_taken": ("containment", "mitigation"), "data_types_specific": ("data_types",),
             "dpo_contact": ("entity_contact",), "count_local": ("number_of_residents",)}  # fmt: skip


def field_words(language: str) -> dict[str, Any]:
    """Return the labels of reports in a language."""
    return read(TEMPLATES / "regulator" / language / "labels.yaml")


def report(speaker: Speaker) -> Body:
    """Return a report. What is not known yet says so (GDPR Art. 33(4)); raises Refusal for a code without a field."""
    words, audience = field_words(speaker.language), speaker.group.audience
    codes = asked_fields(speaker)
    body = Body(words["titles"][audience], "", codes)
    rows = _rows(speaker, codes, words, body)
    said = speaker.known.organisation, "; ".join(dict.fromkeys(map(cited, speaker.group.duties)))
    parts = [
        f"<h1>{html.escape(body.title)}</h1>",
        *([f"<p><b>{html.escape(words['drill'])}</b></p>"] if speaker.known.drill else []),
        f"<p>{html.escape(words['openings'][audience].format(*said))}</p>",
        f"<h2>{html.escape(words['summary'])}</h2>",
        f"<table>{''.join(rows)}</table>",
        *([f"<p>{html.escape(words['phased'])}</p>"] if body.lacking else []),
        *(_samples(speaker, words) if {"sample_notice", "timing_content_distribution"} & set(codes) else []),
    ]
    body.html = "\n".join(parts)
    return body


def cited(duty: Obligation) -> str:
    """Return a duty's citation with the name of its law."""
    title = str(read(law_folder(duty.law) / "law.yaml")["title"]).split(",")[0]
    return duty.citation if title in duty.citation else f"{title}, {duty.citation}"


def asked_fields(speaker: Speaker) -> list[str]:
    """Return the fields of a report in the order of the form: those that the law asks and, for most, the usual ones."""
    group = speaker.group
    wanted = {*group.content.require, *(ALWAYS if group.audience in STANDARD else ())} - group.content.bars()
    order = list(template(FIELDS.format(speaker.language)).blocks)
    if unknown := sorted(wanted - set(order)):
        raise Refusal(
            f"There is no {speaker.language} field for {', '.join(unknown)}.", "Write it under templates/regulator."
        )
    said = {code for one in wanted for code in SAID_WITH.get(one, ())}
    return [code for code in order if code in wanted and code not in said]


def _rows(speaker: Speaker, codes: list[str], words: dict[str, Any], body: Body) -> list[str]:
    """Return the table's rows; a field that nobody stated says that it follows."""
    context, rows = further(speaker, words), []
    for code in codes:
        try:
            value = block(FIELDS.format(speaker.language), code, context)
        except MissingFactRefusal as refusal:
            if code in ("entity_contact", "dpo_contact", "entity_identity"):
                raise
            body.lacking[code], value = refusal.fact, html.escape(words["not_known"])
        rows.append(f"<tr><th>{html.escape(words['fields'][code])}</th><td>{value}</td></tr>")
    return rows


def further(speaker: Speaker, words: dict[str, Any]) -> dict[str, Any]:
    """Return what reports may print besides."""
    known = speaker.known
    told, group = known.day("clocks.individuals_notified_at"), speaker.group
    people = words["people_told"].format(speaker.day(told)) if told else None
    media = [words["media"].get(one, one) for one in _media_of_people(speaker)]
    program = known.get("words.written_security_program")
    yes = {"yes": speaker.words["affirmed"], "no": speaker.words["denied"]}
    context = speaker.context()
    everything = [*context["elements"], *context["some_elements"]] if group.elements else missing("people.elements")
    return context | {
        "elements": everything,
        "people_told": people or words["people_planned" if group.people else "people_not_due"],
        "number_told": sum(one.count for one in group.everyone) if told else 0,
        "distribution": words["delivery"].format(", ".join(media)) if media else "",
        "stage": words["later_report" if group.duties[0].recipient in known.told else "first_report"],
        "security_program": yes.get(str(program), missing("words.written_security_program")),
    }  # fmt: skip


def _media_of_people(speaker: Speaker) -> list[str]:
    """Return by which media the people are told."""
    found = [channel for one in speaker.group.people for duty in one.duties for channel in duty.channels]
    plain = {"email_consent": "email", "substitute": "web"}
    return [one for one in dict.fromkeys(plain.get(name, name) for name in found) if one in list(Medium)]


def _samples(speaker: Speaker, words: dict[str, Any]) -> list[str]:
    """Return the notices to people as they read, with open places shown by name."""
    parts = [f"<h2>{html.escape(words['sample'])}</h2>", f"<p>{html.escape(words['sample_note'])}</p>"]
    for group in speaker.group.people:
        language = group.languages[0] if len(group.languages) == 1 else speaker.language
        sample = compose(Speaker(speaker.known, group, language)).html
        parts.append(re.sub(r"<(/?)h[12]>", r"<\1h3>", sample).replace(OPEN, "‹").replace(CLOSE, "›"))
    return parts if speaker.group.people else []
