"""Promise: whatever people do in whatever order, an open gate means that all is decided and stands approved."""

from pathlib import Path

import pytest
from fakes.review_desk import Desk, add_duty, add_variant, folders, lay
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from sqlmodel import Session, select

from forthwith import approval, review
from forthwith.review import users
from models import Decision, Entry, Incident, Notice, Obligation, Refusal, User, Variant

ACTIONS = (
    "approve", "approve", "approve", "reject", "ask", "own approval", "responder approves", "notify", "waive",
    "new duty", "new person", "new wording", "new medium", "law changes", "words change", "law is drafted anew",
)  # fmt: skip


@pytest.fixture
def desk(session: Session, incident: Incident, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return lay(session, incident, *folders(monkeypatch, tmp_path))


class Life:
    """One incident's life, step by step, and the people who take the steps."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.session, self.steps = desk, desk.session, 0
        self.lea = users.add(desk.session, "Lea", role="legal")[0]
        self.ana = users.add(desk.session, "Ana", role="legal")[0]  # who opened the incident
        self.rio = users.add(desk.session, "Rio", role="responder")[0]

    def take(self, action: str) -> None:
        """Take one step; a refusal is an answer too, and must leave nothing behind."""
        self.steps += 1
        before = len(self.decisions())
        try:
            with self.session.begin_nested():
                self.act(action)
        except Refusal:
            assert len(self.decisions()) == before
        self.hold()

    def act(self, action: str) -> None:
        match action:
            case "approve":
                self.decide(self.lea, "approve")
            case "reject" | "ask":
                self.decide(self.lea, action)
            case "own approval":
                self.decide(self.ana, "approve")
            case "responder approves":
                self.decide(self.rio, "approve")
            case "notify" | "waive":
                verdict = "notify" if action == "notify" else "do_not_notify"
                duties = review.undecided(self.session, self.desk.incident) or [self.desk.duty]
                review.decide_duty(self.session, duties[0], verdict=verdict, user=self.lea, reason="Because.")
            case _:
                self.change(action)

    def change(self, action: str) -> None:
        """Let the world change under legal's hands."""
        match action:
            case "new duty":
                add_duty(self.session, self.desk.incident, key=f"extra:{self.steps}", verdict="review")
            case "new person":
                self.desk.person(number=100 + self.steps)
            case "new wording":
                self.newest().current = False
                self.session.flush()
                add_variant(
                    self.session, self.desk.incident, self.desk.notice, version=100 + self.steps, text=f"{self.steps}"
                )
            case "new medium":
                add_variant(
                    self.session, self.desk.incident, self.desk.notice, medium="letter", version=200 + self.steps
                )
            case "law changes":
                (self.desk.laws / "test" / "law" / "law.yaml").write_text(f"id: test-law\nversion: {self.steps}\n")
            case "words change":
                (self.desk.templates / "en" / "greeting.txt").write_text(f"Hello {self.steps}")
            case "law is drafted anew":
                for variant in self.variants():
                    variant.law_sha256 = approval.laws_sha256(["test-law"])
                    variant.template_sha256 = approval.template_sha256("en")
                    self.session.add(variant)

    def decide(self, user: User, verdict: str) -> None:
        waiting = [one for one in self.variants() if not approval.standing(self.session, one).approved]
        target = (waiting or self.variants())[0]
        review.decide(
            self.session, self.desk.incident, target, verdict=verdict, user=user,
            comment=None if verdict == "approve" else "Change it.",
        )  # fmt: skip

    def variants(self) -> list[Variant]:
        return review.current_variants(self.session, self.desk.notice)

    def newest(self) -> Variant:
        return self.variants()[0]

    def decisions(self) -> list[Decision]:
        return list(self.session.exec(select(Decision)).all())

    def hold(self) -> None:
        """Check what must always be so."""
        gate = review.gate(self.session, self.desk.incident)
        assert gate.open == (not gate.missing)
        assert {made.by for made in self.decisions()} <= {"Lea"}
        if gate.open:
            self.open_gate_is_earned()

    def open_gate_is_earned(self) -> None:
        current = review.current_duties(self.session, self.desk.incident)
        assert all(duty.effective != "review" for duty in current)
        for notice in review.needed_notices(self.session, self.desk.incident):
            for variant in review.current_variants(self.session, notice):
                stands = approval.standing(self.session, variant)
                assert stands.approved
                assert stands.decision is not None
                assert stands.decision.content_sha256 == approval.sha256(variant.content)
                assert stands.decision.recipients_sha256 == approval.recipients_sha256(self.session, notice)


@given(st.lists(st.sampled_from(ACTIONS), max_size=12))
@tuned(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_no_order_of_steps_the_gate_opens_early(desk: Desk, actions: list[str]) -> None:
    outer = desk.session.begin_nested()
    (desk.laws / "test" / "law" / "law.yaml").write_text("id: test-law\nversion: 1\n")
    (desk.templates / "en" / "greeting.txt").write_text("Hello")
    try:
        life = Life(desk)
        life.act("law is drafted anew")
        for action in actions:
            life.take(action)
        nothing_to_send = not review.needed_notices(desk.session, desk.incident)  # legal waived every duty
        assert life.decisions() or nothing_to_send or not review.gate(desk.session, desk.incident).open
    finally:
        outer.rollback()
        desk.session.expire_all()


def test_the_straight_way_opens_it(desk: Desk) -> None:
    life = Life(desk)
    add_duty(desk.session, desk.incident, key="extra", verdict="review")
    for action in ("approve", "waive", "approve"):
        life.take(action)
    assert review.gate(desk.session, desk.incident).open
    assert [made.verdict for made in life.decisions()] == ["approve"]


def test_a_resumed_flow_without_a_decision_finds_the_gate_shut(desk: Desk) -> None:
    for _ in range(3):
        assert not review.gate(desk.session, desk.incident).open
    assert desk.session.exec(select(Entry).where(Entry.verb == "approved")).all() == []


@pytest.mark.parametrize("forgery", ["decided_verdict", "current", "met"])
def test_rows_that_were_set_aside_by_hand_need_an_approval_all_the_same(desk: Desk, forgery: str) -> None:
    """Whoever marks duties as done in the table gains no notice that may leave: each wording is still unapproved."""
    duty = desk.session.exec(select(Obligation)).one()
    match forgery:
        case "decided_verdict":
            duty.decided_verdict = "notify"
        case "current":
            duty.current = False
        case "met":
            duty.met_at = duty.due_at
    desk.session.add(duty)
    desk.session.flush()
    assert not review.gate(desk.session, desk.incident).open
    assert not approval.standing(desk.session, desk.variant).approved
    assert desk.session.exec(select(Notice)).one().current
