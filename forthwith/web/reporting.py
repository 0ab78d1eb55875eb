"""The form at which anybody with its secret address reports an incident. No account, no script, no cookie."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import yaml
from fastapi import APIRouter, Depends, Form, Header
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from forthwith import db
from forthwith.detection import links, reports
from forthwith.detection.when import When, read_when
from forthwith.settings import settings
from forthwith.web.failures import Missing, TooMany
from forthwith.web.frame import page
from forthwith.web.guards import public_form
from forthwith.web.limits import Limit
from forthwith.web.wording import FOLDER
from models import Refusal, ReportLink

routes = APIRouter()
asks = Limit(times=60, every=1.0)  # an office may sit behind one address
sends = Limit(times=20, every=30.0)
guesses = Limit(times=10, every=30.0)  # of wrong secrets, from one address


class WrongField(Exception):
    """A field that can't be taken as it was typed; the form is shown again, in the reader's language."""


@contextmanager
def reading(field: str) -> Iterator[None]:
    """Name the field in whose reading something was refused."""
    try:
        yield
    except Refusal:
        raise WrongField(field) from None


@dataclass
class Typed:
    """The form's fields as they were sent."""

    what: Annotated[str, Form(max_length=5000)] = ""
    noticed: Annotated[str, Form(max_length=60)] = ""
    happened: Annotated[str, Form(max_length=60)] = ""
    kinds: Annotated[list[str] | None, Form()] = None
    people: Annotated[str, Form(max_length=30)] = ""
    ongoing: Annotated[str, Form()] = "unknown"
    contract: Annotated[str, Form(max_length=400)] = ""
    contact: Annotated[str, Form(max_length=400)] = ""
    once: Annotated[str, Form(max_length=60)] = ""

    def report(self, language: str) -> reports.Report:
        """Return the report. Raises WrongField with the first field that can't be taken so."""
        english = language == "en"
        with reading("noticed"):
            noticed = read_when(self.noticed, month_first=english)
        with reading("happened"):
            happened = read_when(self.happened, month_first=english)
        with reading("people"):
            people = reports.people_of(self.people)
        with reading("what"):
            return reports.checked(self._report(language, noticed, happened, people))

    def _report(self, language: str, noticed: When, happened: When, people: int | None) -> reports.Report:
        said = {"noticed_said": self.noticed.strip(), "happened_said": self.happened.strip()}
        return reports.Report(
            what=self.what.strip(), contact=self.contact.strip(), contract=self.contract.strip(),
            noticed=noticed, happened=happened, kinds=tuple(dict.fromkeys(self.kinds or [])), people=people,
            ongoing=self.ongoing, language=language, **said,
        )  # fmt: skip


@lru_cache
def words(language: str) -> dict[str, str]:
    """Return a language's words of the form."""
    read: dict[str, str] = yaml.load((FOLDER / "report" / f"{language}.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return read


@lru_cache
def languages() -> tuple[str, ...]:
    """Return the languages of the form; English first."""
    found = sorted(path.stem for path in (FOLDER / "report").glob("*.yaml"))
    return ("en", *(name for name in found if name != "en"))


def _language(chosen: str, accepted: str) -> str:
    wished = [chosen, *(part.split(";")[0].strip() for part in accepted[:200].split(","))]
    return next((name for wish in wished if (name := wish.split("-")[0].lower()) in languages()), "en")


@routes.get("/report/{secret}", dependencies=[Depends(asks)])
def form(secret: str, request: Request, lang: str = "", accept_language: Annotated[str, Header()] = "") -> Response:
    """Show the form."""
    with db.session() as session:
        link = _link(session, secret, request)
        return _shown(session, link, _language(lang, accept_language), Typed())


@routes.post("/report/{secret}", dependencies=[Depends(sends), Depends(public_form)])
def send(
    secret: str, request: Request, typed: Annotated[Typed, Depends()], lang: Annotated[str, Form()] = ""
) -> Response:
    """Take a report in, or show the form again with what was typed and what is wrong."""
    language = _language(lang, "")
    with db.session() as session:
        link = _link(session, secret, request)
        try:
            signal = reports.receive(session, link, typed.report(language), typed.once or secrets.token_hex(16))
        except WrongField as wrong:
            return _shown(session, link, language, typed, problem=str(wrong))
        if signal is None:
            return _shown(session, link, language, typed)
        return _shown(session, link, language, typed, number=number_of(str(signal.id)))


def number_of(ident: str) -> str:
    """Return a report's number as people read it to each other."""
    return ident[-8:].upper()


def _link(session: Session, secret: str, request: Request) -> ReportLink:
    """Return the link. Raises Missing for a wrong one, and TooMany to an address that goes on guessing."""
    link = links.by_secret(session, secret)
    if link is None:
        if not guesses.take(request.client.host if request.client else ""):
            raise TooMany("That was asked too often.", "Wait a minute, then try again.")
        raise Missing("There is no such page.", "Check the address, or ask for a new one.")
    return link


def _shown(
    session: Session, link: ReportLink, language: str, typed: Typed, *, problem: str = "", number: str = ""
) -> Response:
    party, full = links.party_of(session, link.party_id), links.full(link) and not number
    status = 400 if problem else 429 if full and typed.what else 200
    answer = page(
        "report", public=True, status=status, words=words(language), language=language, typed=typed, full=full,
        reach=_reach(),
        spoken={name: words(name)["language"] for name in languages()}, party=party.name if party else "",
        problem=problem, number=number, kinds=list(reports.KINDS), once=typed.once or secrets.token_hex(16),
    )  # fmt: skip
    answer.headers["content-language"] = language
    return answer


def _reach() -> list[str]:
    """Return how else somebody reaches us."""
    return [way for way in (settings().contact_phone, settings().contact_email) if way]
