"""Facts become words: what the blocks of a language may print about one incident and one group of people."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from forthwith.drafting.grouping import Group
from forthwith.drafting.known import Known
from forthwith.drafting.wording import missing, open_slots
from forthwith.filling.exposed import VOCABULARY, in_words
from forthwith.filling.labels import day_words, labels, layout, read
from models import Audience

PROSE = (
    "measures_planned", "prevention", "security_before", "security_after", "delay_reason", "remedies",
    "publication", "individuals_plan", "reason_not_telling", "reason_public_notice",
)  # fmt: skip
NAMES = {"place": "place", "processor": "processor", "parent": "parent_or_affiliate", "dpo": "dpo"}
CLOCKS = (
    "occurred_from", "occurred_to", "detected_at", "discovered_at", "aware_at", "contained_at",
    "individuals_notified_at", "owner_notified_at",
)  # fmt: skip


class Speaker:
    """Says what is known in one language, to one group."""

    def __init__(self, known: Known, group: Group, language: str, *, trait: str | None = None) -> None:
        self.known, self.group, self.language = known, group, language
        self.words = labels(language)
        self.trait = trait or group.trait
        self.american = group.american

    def context(self) -> dict[str, Any]:
        """Return all that a block may print. What nobody stated is there as missing, and names its fact."""
        return {
            "slot": open_slots(), "trait": self.trait, "us": self.american, "eu": self._european(),
            "who": self.words["who"].get(self.trait, self.words["who"]["public"]),
            "org": self._organisation(), "story_allowed": "what_happened" not in self.group.content.bars(),
            **self._people(), **self._happening(), **self._actors(), **self._remedies(), **self._bodies(),
            **{name: self._prose(name) for name in PROSE},
            **{name: self._name(key) for name, key in NAMES.items()},
        }  # fmt: skip

    def _prose(self, key: str) -> Any:
        """Return a responder's own text in this language, or missing."""
        suffix = "" if self.language == "en" else f".{self.language}"
        return self.known.words(key, self.language) or missing(f"words.{key}{suffix}")

    def _name(self, key: str) -> Any:
        """Return a name or address, which serves every language, or missing."""
        return self.known.words(key, self.language, neutral=True) or missing(f"words.{key}")

    def _fact(self, name: str, table: str, *, default: str | None = None) -> Any:
        """Return the sentence that a fact chooses, or missing."""
        value = self.known.get(name) or default
        return self.words[table][value] if value in self.words[table] else missing(name)

    def day(self, day: date) -> str:
        """Return a day as these readers write it."""
        return day_words(day, self.words, american=self.american)

    def _organisation(self) -> dict[str, Any]:
        """Return who we are and how we are reached."""
        known = self.known
        return {
            "name": known.organisation, "address": list(known.address), "website": known.website,
            "email": known.email or missing("words.contact_email"),
            "phone": known.phone or missing("words.contact_phone"),
        }  # fmt: skip

    def _people(self) -> dict[str, Any]:
        """Return who and what is affected."""
        cohorts, minors = self.group.cohorts, [one for one in self.group.cohorts if one.age_class == "child"]
        everyone = self.group.everyone or cohorts
        whose = self.group.party if self.group.audience == Audience.INDIVIDUALS else None
        return {
            "elements": self._elements(self.group.common), "party": whose or missing("party"),
            "count": sum(one.count for one in everyone) or missing("people"),
            "count_local": self.group.local_count or missing("people"),
            "count_minors": sum(one.count for one in minors),
            "count_records": self.known.get("words.count_records") or missing("words.count_records"),
            "subjects": self._kinds(cohorts) or missing("people"),
            "some_elements": self._elements(set(self.group.elements) - self.group.common),
            "records": ", ".join(self._elements(self.group.elements)) if self.group.elements else missing("people"),
            "countries": ", ".join(sorted({one.country for one in everyone})) or missing("people"),
        }  # fmt: skip

    def _elements(self, codes: Iterable[str]) -> Any:
        """Return exposed data in words; missing where none is stated of these people."""
        return in_words(codes, self.words) if self.group.elements else missing("people.elements")

    def _kinds(self, cohorts: Iterable[Any]) -> str:
        """Return what kinds of people these are."""
        kinds = {self.words["kinds"].get(one.kind, self.words["kinds"]["other"]) for one in cohorts}
        young = {self.words["children"]} if any(one.age_class == "child" for one in cohorts) else set()
        return ", ".join([*sorted(kinds), *young])

    def _happening(self) -> dict[str, Any]:
        """Return what happened and when."""
        return {
            "story": self._story(), "cause": self._fact("breach.cause", "causes"),
            "nature": self._nature(), "chronology": self._chronology(),
            "when": {
                "occurred": self._occurred(), "occurred_first": _first_upper(self._occurred()),
                "discovered": self._discovered(),
                "aware": self._one_day("clocks.aware_at"), "contained": self._one_day("clocks.contained_at"),
                "duration": self._duration(),
            },
        }  # fmt: skip

    def _story(self) -> Any:
        """Return what happened, in paragraphs: the responder's own words, or a careful default from the cause."""
        if own := self.known.words("what_happened", self.language):
            return [" ".join(part.split()) for part in own.split("\n\n") if part.strip()]
        cause = self.known.get("breach.cause")
        if cause not in self.words["causes"]:
            return missing("breach.cause")
        return [" ".join((self.words["causes"][cause], *self._loss(cause)))]

    def _loss(self, cause: str) -> list[str]:
        """Return whether data left, for the causes where that is a question."""
        if cause not in self.words["losses_for"]:
            return []
        return [self.words["losses"][self.known.get("breach.exfiltration") or "unknown"]]

    def _nature(self) -> Any:
        """Return what was lost: confidentiality, integrity, availability."""
        found = self.known.get("breach.properties") or []
        words = [self.words["properties"][one] for one in found if one in self.words["properties"]]
        return f" {self.words['and']} ".join(words) or missing("breach.properties")

    def _occurred(self) -> Any:
        """Return when it happened, as a phrase."""
        first, last = self.known.day("clocks.occurred_from"), self.known.day("clocks.occurred_to")
        if first and last and first != last:
            return self.words["between"].format(self.day(first), self.day(last))
        if last:
            return self.words["on_date"].format(self.day(last))
        form = "since" if first and self.known.get("clocks.occurred_to") == "no" else "on_date"
        return self.words[form].format(self.day(first)) if first else missing("clocks.occurred_from")

    def _discovered(self) -> Any:
        """Return the day of discovery; the first alert or awareness stands in for it."""
        names = ("clocks.discovered_at", "clocks.detected_at", "clocks.aware_at")
        found = next((day for name in names if (day := self.known.day(name))), None)
        return self.day(found) if found else missing("clocks.discovered_at")

    def _one_day(self, name: str) -> Any:
        """Return a clock's day in words, or missing."""
        found = self.known.day(name)
        return self.day(found) if found else missing(name)

    def _duration(self) -> Any:
        """Return for how long it went on."""
        first, last = self.known.day("clocks.occurred_from"), self.known.day("clocks.occurred_to")
        if not first or not last:
            return missing("clocks.occurred_to" if first else "clocks.occurred_from")
        days = (last - first + timedelta(days=1)).days
        return self.words["days"]["one"] if days == 1 else self.words["days"]["many"].format(days)

    def _chronology(self) -> Any:
        """Return the known dates in order."""
        found = [(day, name) for name in CLOCKS if (day := self.known.day(f"clocks.{name}"))]
        lines = [f"{self.day(day)}: {self.words['clock_names'][name]}" for day, name in sorted(found)]
        return lines or missing("clocks.discovered_at")

    def _actors(self) -> dict[str, Any]:
        """Return who did it and who has the data."""
        return {
            "malicious": self._fact("breach.actor", "actors"),
            "perpetrator": self.known.words("perpetrator", self.language, neutral=True)
            or self._fact("breach.actor", "actors_who"),
            "recipient": self._fact("breach.recipients", "recipients", default="unknown"),
            "misuse": self._fact("breach.misuse", "misuse", default="unknown"),
            "risk": self.known.words("risk", self.language) or self._risk(),
            "hold": self._hold(), "police": self._police(), "regulators": self._regulators(),
            "other": self._other(),
        }  # fmt: skip

    def _risk(self) -> Any:
        """Return the graver of the answers about risk."""
        answers = [value for name, value in self.known.facts.items() if name.endswith(".risk")]
        said = [one.get("value") if isinstance(one, dict) else one for one in answers]
        grades = [grade for grade in ("high_risk", "risk", "unlikely") if grade in said]
        return self.words["risks"][grades[0]] if grades else missing("words.risk")

    def _hold(self) -> Any:
        """Return the agency that asked for a delay, or missing."""
        agency = self.known.get("breach.law_enforcement_hold.agency")
        return {"agency": str(agency)} if agency else missing("breach.law_enforcement_hold.agency")

    def _police(self) -> Any:
        """Return that the police know, where that is stated."""
        told = self.known.get("words.police_told") in ("yes", True)
        stated = told or self.known.get("breach.law_enforcement_hold.agency")
        return self.words["police_told"] if stated else missing("words.police_told")

    def _regulators(self) -> str:
        """Return whether authorities were told."""
        return str(self.words["regulators_told" if self.known.told else "regulators_not_told"])

    def _other(self) -> Any:
        """Return further paragraphs that a responder wrote."""
        own = self.known.words("other", self.language)
        return [part.strip() for part in own.split("\n\n")] if own else missing("words.other")

    def _remedies(self) -> dict[str, Any]:
        """Return what was done, what can follow, what helps, what is offered."""
        found = families(self.group.elements)
        you = self.words["who"].get(self.trait, self.words["who"]["public"])["you"]
        said = self.words["consequences"]
        lines = [said[name].format(you=you) for name in found if name in said]
        if "availability" in (self.known.get("breach.properties") or []):
            lines.append(self.words["consequences"]["unavailability"])
        own = self.known.words("consequences", self.language)
        steps = [*found, *(["child_us"] if self.trait == "child" and self.american else [])]
        return {
            "consequences": [*lines, *([own] if own else [])], "measures": self._measures(),
            "steps": [self.words["steps"][name] for name in steps], "offer": self._offer(),
        }  # fmt: skip

    def _measures(self) -> Any:
        """Return what was done about it, as sentences."""
        done = [self.words["measures"][code] for code in self.known.get("breach.mitigations") or []]
        if day := self.known.day("clocks.contained_at"):
            done.insert(0, self.words["measures"]["contained_at"].format(self.day(day)))
        own = self.known.words("measures_taken", self.language)
        lines = [*done, *([line.strip() for line in own.split("\n") if line.strip()] if own else [])]
        return lines or missing("breach.mitigations")

    def _offer(self) -> dict[str, Any]:
        """Return the services that are offered to the people."""
        text = {key: self._name(f"offer.{key}") for key in ("provider", "url", "phone", "code", "words", "certificate")}
        months = self.known.get("words.offer.months")
        by = self.known.day("words.offer.enrol_by")
        return {
            **text, "months": months or missing("words.offer.months"),
            "own_codes": self.known.get("words.offer.own_codes") == "yes",
            "enrol_by": self.day(by) if by else missing("words.offer.enrol_by"),
        }  # fmt: skip

    def _european(self) -> bool:
        """Whether some of the people live in the European Economic Area."""
        return bool(set(self.group.countries) & set(read(VOCABULARY)["regions"]["EEA"]))

    def _bodies(self) -> dict[str, Any]:
        """Return the public bodies that a notice may have to name."""
        table = layout("contacts")
        lacking = [state for state in self.group.states if state not in table["attorneys_general"]]
        generals = [table["attorneys_general"][state] for state in self.group.states if state not in lacking]
        local = [body for state in self.group.states for body in table["state_agencies"].get(state, [])]
        countries = self.group.countries
        where = "templates/layout/contacts.yaml attorneys_general."
        return {
            "bureaus": table["bureaus"], "ftc": table["ftc"],
            "attorneys_general": missing(where + lacking[0]) if lacking else generals,
            "agencies": [*generals, *local],
            "authority": table["authorities"].get(countries[0] if len(countries) == 1 else "")
            or missing("authority"),
        }  # fmt: skip


def _first_upper(phrase: Any) -> Any:
    """Return a phrase with a capital at its start; what is missing stays missing."""
    return phrase[:1].upper() + phrase[1:] if isinstance(phrase, str) else phrase


def families(elements: Iterable[str]) -> list[str]:
    """Return which families of harm exposed data belongs to, the gravest first."""
    exposed = set(elements)
    found = [name for name, codes in layout("notices")["families"].items() if exposed & set(codes)]
    return found or ["other"]
