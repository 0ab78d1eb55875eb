"""Read an incident file (YAML), and open the incident that it describes."""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session, select

from forthwith.detection.facts import state
from forthwith.detection.opening import checked_title, open_incident
from forthwith.detection.vocabulary import NAMES
from forthwith.timeline import record
from models import Incident, IncidentRole, Party, Refusal

LARGEST = 1_000_000  # bytes
Role = Literal[
    "controller", "processor", "joint_controller", "holder", "authority", "owner", "contract_party", "police",
    "bureau", "media",
]  # fmt: skip


class Part(BaseModel):
    """Base of what stands in an incident file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PartyPart(Part):
    """An organisation and the part that it plays."""

    name: str = Field(min_length=1, max_length=200)
    code: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,79}$")
    role: Role
    kind: Literal["organisation", "authority", "police", "bureau", "media"] = "organisation"
    email: str | None = None
    postal: list[str] = []
    fax: str | None = None
    portal_url: str | None = None
    country: str | None = None
    language: str = "en"


class EvidencePart(Part):
    """A file with affected people, beside the incident file."""

    file: str
    party: str | None = None
    kind: str = "customer"
    columns: dict[str, str] | None = None


class FactsPart(Part):
    """The sections of the facts file, as mappings of their own."""

    entity: dict[str, Any] = {}
    clocks: dict[str, Any] = {}
    breach: dict[str, Any] = {}
    notice: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    words: dict[str, Any] = {}


class IncidentFile(Part):
    """One incident, as a responder writes it down."""

    title: str
    drill: bool = False
    own_duties: list[str] = []
    clocks: dict[str, Any] = {}
    facts: FactsPart = FactsPart()
    parties: list[PartyPart] = []
    evidence: list[EvidencePart] = []

    def stated(self) -> dict[str, Any]:
        """Return every fact of the file by its dotted name; `clocks` at the top come before those of `facts`."""
        sections = self.facts.model_dump()
        sections["clocks"] = {**sections["clocks"], **self.clocks}
        own = {"own_duties": self.own_duties} if self.own_duties else {}
        return {**dict(_flat("", sections)), **own}


def _flat(prefix: str, section: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in section.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and prefix != "answers." and name not in NAMES:
            yield from _flat(f"{name}.", value)
        else:
            yield name, value


class Loader(yaml.SafeLoader):
    """YAML as people mean it: `yes`, `no` and `NO` (Norway) are words; no key twice; no references."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse references: a file of a few lines could otherwise grow without end."""
        if self.check_event(yaml.AliasEvent):
            raise refused("references are not allowed", self.get_mark())
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that stands twice: one of the two would be lost."""
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise refused("a key stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def refused(why: str, mark: Any) -> yaml.MarkedYAMLError:
    """Return YAML's own error, so that one handler tells the line of each."""
    return yaml.MarkedYAMLError(problem=why, problem_mark=mark)


BOOLEAN = "tag:yaml.org,2002:bool"
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != BOOLEAN or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_yaml(text: str, name: str) -> Any:
    """Return what YAML text says. Raises Refusal with the line where it can't be read."""
    try:
        return yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as failure:
        mark = getattr(failure, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "somewhere"
        unread = "a date or a number in it is none" if isinstance(failure, ValueError) else "it is not YAML"
        why = getattr(failure, "problem", None) or unread
        raise Refusal(f"{name}, {where}: {why}.", "Mend that line; nothing was opened.") from None


def read(path: Path) -> IncidentFile:
    """Return what an incident file says. Raises Refusal with the field that is wrong."""
    try:
        raw = path.read_bytes()
    except OSError as failure:
        raise Refusal(f"{path.name} can't be read: {failure.strerror}.", "Check its path.") from None
    if len(raw) > LARGEST:
        raise Refusal(f"{path.name} is larger than a megabyte.", "An incident file holds facts, not people.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"{path.name} is not UTF-8 text.", "Save it as UTF-8.") from None
    return parse(load_yaml(text, path.name), path.name)


def parse(document: Any, name: str = "incident") -> IncidentFile:
    """Return an incident file from what its YAML says. Raises Refusal with the field that is wrong."""
    if not isinstance(document, dict):
        raise Refusal(f"{name} is not an incident file.", "It needs at least a line `title: ...`.")
    try:
        return IncidentFile.model_validate(document)
    except ValidationError as failure:
        first = failure.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise Refusal(f"{name}: {field}: {first['msg']}.", "Mend that field; nothing was opened.") from None


def open_from_file(session: Session, file: IncidentFile, actor: str) -> Incident:
    """Open the incident of a file: its facts, its parties and their roles. Its evidence is loaded by the caller."""
    checked_title(file.title)
    incident = open_incident(session, title=file.title, actor=actor, drill=file.drill)
    add_file(session, incident, file, actor)
    return incident


def add_file(session: Session, incident: Incident, file: IncidentFile, actor: str) -> None:
    """State a file's facts and parties in an incident that is open already, by an alert perhaps."""
    if stated := file.stated():
        state(session, incident, stated, by=actor, reason="stated in the incident file")
    for part in file.parties:
        _involve(session, incident, part)
    if file.parties:
        roles = [part.role for part in file.parties]
        record(
            session, incident.id, actor=actor, verb="involved", object_type="party",
            text=f"{len(roles)} part{'ies' if len(roles) > 1 else 'y'} involved: {', '.join(sorted(set(roles)))}.",
            data={"roles": {role: roles.count(role) for role in sorted(set(roles))}},
        )  # fmt: skip


def _involve(session: Session, incident: Incident, part: PartyPart) -> Party:
    """Find the party by its code, or make it; say which part it plays. What is known of it is never overwritten."""
    party = session.exec(select(Party).where(Party.code == part.code)).first()
    if party is None:
        party = Party(**part.model_dump(exclude={"role"}))
        session.add(party)
        session.flush()
    known = (IncidentRole.incident_id == incident.id, IncidentRole.party_id == party.id, IncidentRole.role == part.role)
    if session.exec(select(IncidentRole).where(*known)).first() is None:
        session.add(IncidentRole(incident_id=incident.id, party_id=party.id, role=part.role))
        session.flush()
    return party
