"""`forthwith review`: legal's gate on the command line, as the user whose token is in FORTHWITH_TOKEN."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from forthwith.cli.console import database, incident_of, say, show, table

if TYPE_CHECKING:
    from sqlmodel import Session

    from forthwith.review import Gate, Package
    from models import Incident, Question, User, Variant

app = App(name="review", help="Legal's gate: duties, questions, wordings, decisions.")


@app.command(name="list")
def listing(ref: str, *, json: bool = False) -> None:
    """Show the wordings of an incident and where each stands."""
    from forthwith import review

    with database() as session:
        seen = review.package(session, incident_of(session, ref))
    show([_short(draft) for draft in seen.drafts], json, _drafts_text(seen))


@app.command(name="show")
def show_package(ref: str, *, json: bool = False) -> None:
    """Show all that legal decides on: duties and why, questions, wordings, how they will go, what the gate misses."""
    from forthwith import dispatch, review
    from forthwith.cli.planned import told

    with database() as session:
        incident = incident_of(session, ref)
        seen, plan = review.package(session, incident), dispatch.forecast(session, incident)
    show(asdict(seen) | {"plan": asdict(plan)}, json, _package_text(seen, told(plan)))


@app.command
def approve(
    ref: str, variant: str | None = None, /, *, all: bool = False, comment: str | None = None, json: bool = False
) -> None:
    """Approve one VARIANT (its id, or the start of it), or --all that are not approved yet."""
    _decide(ref, variant, verdict="approve", all=all, comment=comment, json=json)


@app.command
def reject(
    ref: str, variant: str | None = None, /, *, all: bool = False, comment: str | None = None, json: bool = False
) -> None:
    """Reject one VARIANT or --all, with a --comment that says why."""
    _decide(ref, variant, verdict="reject", all=all, comment=comment, json=json)


@app.command
def ask(
    ref: str, variant: str | None = None, /, *, all: bool = False, comment: str | None = None, json: bool = False
) -> None:
    """Ask for a change of one VARIANT or --all, with a --comment that says which."""
    _decide(ref, variant, verdict="ask", all=all, comment=comment, json=json)


@app.command
def decide(
    ref: str,
    duty: str,
    /,
    *,
    notify: Annotated[bool | None, Parameter(negative="--do-not-notify")] = None,
    reason: str | None = None,
) -> None:
    """Decide one DUTY (its key) that the law leaves to judgement: --notify or --do-not-notify, with a --reason."""
    from forthwith import review
    from models import Refusal

    if notify is None:
        raise Refusal("Nothing was decided.", "Say --notify or --do-not-notify.")
    with database() as session:
        incident, user = incident_of(session, ref), _me(session)
        found = review.duty_of(session, incident, duty)
        review.decide_duty(session, found, verdict="notify" if notify else "do_not_notify", user=user, reason=reason)
    say(f"{duty}: {'notify' if notify else 'do not notify'}, decided by {user.name}.")
    _draft_again(ref)
    _go_on(ref)


@app.command
def answer(ref: str, *given: str, reason: str | None = None, consulted: list[str] | None = None) -> None:
    """Answer questions: QUESTION VALUE, once or several times; then the law is assessed again.

    Parameters
    ----------
    ref:
        The incident.
    given:
        A question's key and its answer, in turn.
    reason:
        Why, for all that are given.
    consulted:
        Whom you asked, where a law wants that: law_enforcement ...
    """
    from forthwith import assessment, review

    with database() as session:
        incident, user = incident_of(session, ref), _me(session)
        found = [(review.question_of(session, incident, key), value) for key, value in _pairs(given)]
        asked = [(question, _checked(question, typed)) for question, typed in found]
        for question, value in asked:
            review.answer(
                session, incident, question, value=value, user=user, reason=reason, consulted=tuple(consulted or ())
            )
        name = user.name
        assessment.run(session, incident, actor="forthwith")
        left = [duty.key for duty in review.undecided(session, incident)]
    for key, value in _pairs(given):
        say(f"{key}: {value}, answered by {name}.")
    say(f"Assessed again: {len(left)} duties undecided. `forthwith respond {ref}` words the notices anew.")


def _pairs(given: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return questions with their answers. Raises Refusal where one lacks the other."""
    from models import Refusal

    if not given or len(given) % 2:
        raise Refusal("Each question needs its answer.", "Write: review answer REF QUESTION VALUE.")
    return list(zip(given[::2], given[1::2], strict=True))


def _decide(ref: str, variant: str | None, *, verdict: str, all: bool, comment: str | None, json: bool) -> None:
    """Decide one or all wordings in one transaction: all are decided or none."""
    from forthwith import review
    from forthwith.approval import Present

    with database() as session:
        incident, user = incident_of(session, ref), _me(session)
        chosen = _chosen(session, incident, variant, all=all)
        present = Present(session)
        for one in chosen:
            review.decide(session, incident, one, verdict=verdict, user=user, comment=comment, present=present)
        decided = [
            {"variant": str(one.id), "language": one.language, "medium": one.medium, "version": one.version,
             "verdict": verdict}
            for one in chosen
        ]  # fmt: skip
        gate = review.gate(session, incident)
    show({"decided": decided, "gate": asdict(gate)}, json, f"{len(decided)} decided: {verdict}.\n{_gate_text(gate)}")
    if gate.open and verdict == "approve":
        _go_on(ref, quiet=json)


def _chosen(session: "Session", incident: "Incident", variant: str | None, *, all: bool) -> list["Variant"]:
    """Return the wordings that are meant: all not yet approved, or the one whose id starts so."""
    from forthwith import review
    from forthwith.approval import Present, standing
    from models import Refusal

    current = [
        one for notice in review.needed_notices(session, incident) for one in review.current_variants(session, notice)
    ]
    if all and variant is None:
        present = Present(session)
        found = [one for one in current if not standing(session, one, present).approved]
    else:
        found = [
            one for one in current if variant and (str(one.id).startswith(variant) or str(one.id).endswith(variant))
        ]
        if len(found) > 1:
            raise Refusal(f"{len(found)} wordings match.", "Give the whole id, from `forthwith review list`.")
    if not found:
        raise Refusal("No such wording waits here.", f"`forthwith review list {incident.ref}` shows them.")
    return found


def _me(session: "Session") -> "User":
    """Return whose token is in FORTHWITH_TOKEN. Raises Refusal where it is missing or unknown."""
    from forthwith.review import users
    from models import Refusal

    token = os.environ.get("FORTHWITH_TOKEN", "")
    if not token:
        raise Refusal("FORTHWITH_TOKEN is not set.", "Set it to the token that `forthwith user add` printed.")
    return users.by_token(session, token)


def _checked(asked: "Question", typed: str) -> Any:
    """Return what was typed as the fact's value. Raises Refusal where the fact can't say that."""
    from forthwith import review
    from forthwith.detection.values import read
    from forthwith.detection.vocabulary import kind_of

    name = review.fact_name(asked)
    kind = kind_of(name)
    if kind is None or review.of_judgement(asked):
        return typed
    many = kind.form in ("words", "texts", "laws")
    return read(name, [part.strip() for part in typed.strip("[]").split(",")] if many else typed, kind)


def _draft_again(ref: str) -> None:
    """Word what is now owed. The program drafts, not the reviewer, who may then approve."""
    from forthwith import drafting
    from models import Refusal

    try:
        with database() as session:
            drafting.draft(session, incident_of(session, ref), actor="forthwith")
    except Refusal as lacking:
        say(f"The notices could not be drafted again: {lacking.what} {lacking.do}")


def _go_on(ref: str, *, quiet: bool = False) -> None:
    """Wake the flow, where the gate is open now; say how to go on where no orchestrator answers."""
    from forthwith import review, runs
    from models import Refusal

    with database() as session:
        incident = incident_of(session, ref)
        if not review.gate(session, incident).open:
            return
    try:
        runs.wake(incident.id)
        line = "The gate is open: the flow goes on."
    except Refusal as refused:
        line = f"The gate is open. {refused.what} `forthwith respond {ref} --inline` goes on."
    if not quiet:
        say(line)


def _short(draft: Any) -> dict[str, Any]:
    return {
        "variant": draft.id, "title": draft.title, "audience": draft.audience, "language": draft.language,
        "medium": draft.medium, "version": draft.version, "recipients": draft.recipients,
        "approved": draft.approved, "state": draft.state,
    }  # fmt: skip


def _drafts_text(seen: "Package") -> str:
    rows = [
        (draft.id[-12:], draft.title, draft.language, draft.medium, f"v{draft.version}", draft.recipients,
         "approved" if draft.approved else draft.state)
        for draft in seen.drafts
    ]  # fmt: skip
    head = ("variant", "notice", "lang", "medium", "ver", "people", "state")
    return table(head, rows) if rows else "No notice is drafted yet."


def _gate_text(gate: "Gate") -> str:
    if gate.open:
        return "The gate is open: everything is decided."
    return "\n".join(["The gate is closed:", *(f"  - {line}" for line in gate.missing)])


def _package_text(seen: "Package", plan: str) -> str:
    duties = [
        (duty.key, duty.effective, f"{duty.due_at:%Y-%m-%d %H:%M}Z" if duty.due_at else "-",
         duty.count if duty.count is not None else "?", duty.citation, "" if duty.verified else "unverified")
        for duty in seen.duties
    ]  # fmt: skip
    asked = [f"{one.key} ({one.law}, {one.citation})\n    {one.text}{_hint(one)}" for one in seen.questions]
    return "\n\n".join(
        [
            f"{seen.ref}  {seen.title}  [{seen.phase}]{'  DRILL' if seen.drill else ''}",
            table(("duty", "verdict", "due", "people", "citation", ""), duties) if duties else "No duty stands.",
            *(["Questions:\n  " + "\n  ".join(asked)] if asked else []),
            _drafts_text(seen),
            *([f"How they will go:\n\n{plan}"] if seen.drafts else []),
            _gate_text(seen.gate),
        ]
    )


def _hint(asked: Any) -> str:
    """Return how a question may be answered, and what risk methods make of the facts."""
    choices = f" [{' | '.join(asked.choices)}]" if asked.choices else ""
    advice = "".join(f"\n      {one['title']}: {_outcome(one)}" for one in asked.advice)
    return (f"\n    {asked.elsewhere}" if asked.elsewhere else choices) + advice


def _outcome(one: dict[str, Any]) -> str:
    """Return what a method came to; where it leaves it to a person, what is possible."""
    score = f", score {one['low']:g}" + (f" to {one['high']:g}" if one["low"] != one["high"] else "")
    told = one["outcome"] if one["outcome"] != "review" else f"for a person ({' or '.join(one['possible'])})"
    return told.replace("_", " ") + (score if one["scored"] else "")
