"""An answer to a question becomes a fact; the caller assesses again with it."""

import re
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.review.four_eyes import acting, own_words
from forthwith.review.recorded_law import judgement_values
from forthwith.settings import settings
from forthwith.timeline import record
from models import Fact, Incident, Phase, Question, Refusal, User, UserRole

FACTS = ("entity", "clocks", "breach", "notice")  # sections of the facts file that a fact may be stated in
CONSULTED = ".consulted"  # a question about an answer: who was heard on it
WITHOUT_FACT = {  # what no single fact answers, and where the answer comes from
    r"people\..*|.*\.(residents|applies)": "Load evidence that tells where the people live and which data of theirs.",
    r"coverage\..*": "Ask counsel in that place; no record of its law is loaded.",
}
VALUE = re.compile(r"[\w.+:,/ %-]{1,200}")
WHOLE = re.compile(r"-?\d{1,12}")


def fact_name(question: Question) -> str:
    """Return the fact that answers a question: the path that its key is, or `answers.<key>`."""
    key = question.key.removesuffix(CONSULTED)
    return key if key.split(".")[0] in (*FACTS, "people", "answers") else f"answers.{key}"


def of_judgement(question: Question) -> bool:
    """Return whether the question asks for a judgement, which is legal's alone, and not for a fact."""
    return fact_name(question).startswith("answers.")


def elsewhere(question: Question) -> str:
    """Return where the answer must come from, where no fact can be it; else nothing."""
    return next((where for keys, where in WITHOUT_FACT.items() if re.fullmatch(keys, question.key)), "")


def open_questions(session: Session, incident: Incident) -> list[Question]:
    """Return what the newest assessment still asks."""
    found = select(Question).where(Question.incident_id == incident.id, col(Question.current))
    return list(session.exec(found.order_by(Question.key)).all())


def question_of(session: Session, incident: Incident, key: str) -> Question:
    """Return the open question of this key or id. Raises Refusal where there is none."""
    for question in open_questions(session, incident):
        if key in (question.key, str(question.id)):
            return question
    raise Refusal(f"This incident has no open question {key!r}.", "`forthwith review show REF` lists them.")


def answer(
    session: Session, incident: Incident, question: Question, *,
    value: Any, user: User, reason: str | None = None, consulted: tuple[str, ...] = (),
) -> Fact:  # fmt: skip
    """State the fact that answers a question; a judgement is kept with its day, who was consulted and why.

    Raises Refusal for a wrong role, an old question, a judgement without a reason, or a value that is none.
    """
    judgement = of_judgement(question)
    user, _ = acting(session, user, incident, UserRole.LEGAL, *(() if judgement else (UserRole.RESPONDER,)))
    if question.incident_id != incident.id or not question.current or incident.phase == Phase.CLOSED:
        raise Refusal("This question is not open any more.", "Answer those of the newest assessment.")
    if where := elsewhere(question):
        raise Refusal("No single fact answers this question.", where)
    words = own_words(reason, what="reason") if reason or judgement else None
    before = latest(session, incident, fact_name(question))
    stated = read_value(value)
    if judgement:
        _allowed(question, stated)
        stated = _judged(question, stated, consulted, before)
    return _stated(session, incident, question, value=stated, by=user.name, reason=words, before=before)


def latest(session: Session, incident: Incident, name: str) -> Fact | None:
    """Return the newest statement of a fact."""
    stated = select(Fact).where(Fact.incident_id == incident.id, Fact.name == name)
    return session.exec(stated.order_by(col(Fact.created_at).desc(), col(Fact.id).desc()).limit(1)).first()


def read_value(value: Any) -> Any:
    """Return a value as facts hold it: `12` is a number, `[a, b]` a list, the rest words. Raises Refusal otherwise."""
    if isinstance(value, list):
        return [read_value(one) for one in value]
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith("[") and text.endswith("]"):
        return [read_value(part.strip(" \"'")) for part in text[1:-1].split(",") if part.strip()]
    if not VALUE.fullmatch(text):
        raise Refusal("That is no value for a fact.", "Give a code, a number, a date or a list like [a, b].")
    return int(text) if WHOLE.fullmatch(text) else text


def _allowed(question: Question, value: Any) -> None:
    """Refuse an answer that the law's record does not know."""
    values = judgement_values(question.law, question.key)
    if values and value not in values:
        raise Refusal(f"{question.key} can't be answered so.", f"It takes one of: {', '.join(values)}.")


def _judged(question: Question, value: Any, consulted: tuple[str, ...], before: Fact | None) -> dict[str, Any]:
    """Return a judgement as facts hold it; the answer to who was consulted is added to the judgement itself."""
    if not question.key.endswith(CONSULTED):
        heard = {"consulted": read_value(list(consulted))} if consulted else {}
        return {"value": value, "decided_at": clock.now().isoformat(), **heard}
    if before is None:
        raise Refusal("The judgement itself is not answered yet.", "Answer it first, and say who was consulted.")
    known = before.value if isinstance(before.value, dict) else {"value": before.value}
    return {**known, "consulted": value if isinstance(value, list) else [value]}


def _stated(
    session: Session, incident: Incident, question: Question, *, value: Any, by: str, reason: str | None,
    before: Fact | None,
) -> Fact:  # fmt: skip
    fact = Fact(
        incident_id=incident.id, name=fact_name(question), value=value, known_at=clock.now(), stated_by=by,
        reason=reason, supersedes=before.id if before else None,
    )  # fmt: skip
    session.add(fact)
    if fact.name == "clocks.aware_at":
        incident.aware_at = _instant(str(value))
    session.flush()
    record(
        session, incident.id, actor=by, verb="answered", object_type="fact", object_id=fact.id,
        text=f"The question {question.key} was answered.",
        data={"question": question.key, "law": question.law, "fact": fact.name, "value": value, "reason": reason},
    )  # fmt: skip
    return fact


def _instant(stated: str) -> datetime:
    """Return when a stated time is; a bare day is its first hour here. Raises Refusal where it is none."""
    try:
        read = datetime.fromisoformat(stated)
    except ValueError:
        raise Refusal("That is no time.", "Write it as 2026-11-18T07:40:00Z.") from None
    zone = ZoneInfo(settings().timezone)
    return (read if read.tzinfo else datetime.combine(read.date(), time(), zone)).astimezone(UTC)
