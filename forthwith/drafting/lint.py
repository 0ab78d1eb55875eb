"""What a reviewer should know of a wording beside its words: kept with it, shown at the gate."""

import re
from collections.abc import Iterable
from typing import Any

from forthwith.drafting import media
from forthwith.drafting.body import Body
from forthwith.drafting.grouping import Group
from forthwith.drafting.known import Known
from forthwith.drafting.parties import unnamed
from forthwith.drafting.readability import score
from forthwith.filling import sms
from forthwith.filling.content import SENTINEL, slot
from forthwith.filling.exposed import in_words
from forthwith.filling.labels import labels
from models import Medium

HEDGES = {
    "en": r"\b(?:may|might)(?: have| be)?\b|\bcould (?:have|be)\b|\bpotential(?:ly)?\b|\bpossibl[ye]\b"
    r"|\bperhaps\b|\bappears? to\b|\bout of an abundance of caution\b|\bcannot rule out\b|\ballegedly\b",
    "de": r"\bmöglicherweise\b|\beventuell\b|\bvielleicht\b|\bunter Umständen\b|\bgegebenenfalls\b|\bpotenziell\w*\b"
    r"|\bkönnten?\b|\bdürften?\b|\bwomöglich\b|\bnicht auszuschließen\b|\bnicht ausschließen\b|\bvorsorglich\b",
}
NO_EVIDENCE = {
    "en": r"\bno (?:evidence|indication|sign|reason to believe)\b|\bnot aware of any (?:misuse|fraud)\b",
    "de": r"\bkeine(?:rlei)? (?:Hinweise|Anhaltspunkte|Belege|Anzeichen|Beweise)\b|\bkein(?:en)? Hinweis\b",
}
LONG_SMS = 3  # parts
SAMPLE = {
    "code": "ABCD-EFGH", "verify_url": "https://notice.example.com/verify#ABCD-EFGH", "reference": "2026-001",
    "date": "22 November 2026", "name": "Alex Sample", "addressee": "Alex Sample", "address": "1 High Street",
    "elements": "name", "remedy_code": "SAMPLE-0000",
}  # fmt: skip


def lint(known: Known, group: Group, wording: dict[str, Any], body: Body) -> dict[str, Any]:
    """Return scores and warnings. A warning is `code` with `detail`; `error` marks what legal must settle."""
    language = wording["language"]
    text = as_read(wording["text"], group.elements, language)
    found = [
        *_phrases("hedge", HEDGES, text, language), *_phrases("no_evidence", NO_EVIDENCE, text, language),
        *_languages(known, group, language), *_codes(group, wording, body), *_media(group),
    ]  # fmt: skip
    out: dict[str, Any] = {"warnings": found, "codes": wording["codes"], "lacking": body.lacking}
    if wording["medium"] != Medium.SMS:
        reading = score(text, language)
        out["readability"] = {"scale": reading.scale, "value": reading.value, "easy": reading.easy}
        if group.is_for_people and not reading.easy:
            found.append(_warning("hard_to_read", f"{reading.scale} {reading.value}"))
    else:
        out["sms"] = _sms(text, found)
    return out


def as_read(text: str, elements: Iterable[str], language: str) -> str:
    """Return a text as somebody reads it whom all of its exposed data concerns."""
    return text.replace(slot("elements"), "\n- ".join(in_words(elements, labels(language))))


def _warning(code: str, detail: str, *, error: bool = False) -> dict[str, Any]:
    """Return one warning."""
    return {"code": code, "detail": detail, "error": error}


def _phrases(code: str, patterns: dict[str, str], text: str, language: str) -> list[dict[str, Any]]:
    """Return the phrases that a pattern finds, each once."""
    hits = re.findall(patterns.get(language, patterns["en"]), text, re.IGNORECASE)
    return [_warning(code, phrase) for phrase in dict.fromkeys(hit.lower() for hit in hits)]


def _languages(known: Known, group: Group, language: str) -> list[dict[str, Any]]:
    """Return readers' languages without templates, and responder's words that exist in English alone."""
    found = [_warning("language_not_shipped", one) for one in group.not_shipped] if language == "en" else []
    english = known.facts.get("words.what_happened")
    if language != "en" and english and not known.words("what_happened", language):
        found.append(_warning("default_words", f"words.what_happened.{language} is not stated: the default stands"))
    return found


def _codes(group: Group, wording: dict[str, Any], body: Body) -> list[dict[str, Any]]:
    """Return required blocks that a short medium lacks, forbidden ones that stand, and facts that would say more."""
    found = [_warning("not_said", f"{code}: state {fact}") for code, fact in sorted(body.lacking.items())]
    present = set(wording["codes"])
    if barred := sorted(present & group.content.bars()):
        found.append(_warning("forbidden_content", ", ".join(barred), error=True))
    if wording["medium"] in (Medium.SMS, Medium.VOICE) and group.content.require:
        found.append(_warning("short_medium", "points to the whole notice; doesn't hold every required item"))
    return found


def _media(group: Group) -> list[dict[str, Any]]:
    """Return what is odd about how the notice travels."""
    found = []
    if group.duties and not media.agree(group.duties) and group.audience not in media.FILED:
        found.append(_warning("no_common_medium", "no medium is lawful for all duties of this notice", error=True))
    if spoken := sorted({duty.law for duty in group.duties if duty.detail.get("by_person")}):
        found.append(
            _warning("call_by_person", f"{', '.join(spoken)}: only a person may call, no automatic call is made")
        )
    if group.party is not None and unnamed(group.party):
        found.append(_warning("party_not_named", "name the organisation that this goes to", error=True))
    return found


def _sms(text: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the text message costs with a typical code and link."""
    filled = SENTINEL.sub(lambda match: SAMPLE[match[1]], text)
    parts = sms.count(filled)
    if parts.outside:
        found.append(_warning("sms_ucs2", "characters outside GSM 03.38 make it more than twice as long"))
    if parts.parts > LONG_SMS:
        found.append(_warning("sms_long", f"{parts.parts} parts"))
    return {"encoding": parts.encoding, "units": parts.units, "parts": parts.parts}
