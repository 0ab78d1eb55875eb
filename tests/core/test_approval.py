"""An approval stands on four hashes; each change of any of them makes it fall."""

from pathlib import Path

import pytest
from sqlmodel import Session

from forthwith import approval
from forthwith.approval import hashes
from models import (
    Cohort,
    Decision,
    Incident,
    Notice,
    NoticeCohort,
    NoticeDuty,
    Obligation,
    Party,
    Person,
    Refusal,
    Variant,
)  # fmt: skip


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of words of this test's own."""
    for part in ("layout", "en", "de", "regulator"):
        (tmp_path / "words" / part).mkdir(parents=True)
        (tmp_path / "words" / part / "block.md").write_text(part)
    monkeypatch.setattr(hashes, "TEMPLATES", tmp_path / "words")
    return tmp_path / "words"


@pytest.fixture
def law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A law of this test's own, `xx.act`."""
    record = tmp_path / "laws" / "xx" / "act" / "law.yaml"
    record.parent.mkdir(parents=True)
    record.write_text("id: xx.act\n")
    monkeypatch.setattr(hashes, "LAWS", tmp_path / "laws")
    return record


@pytest.fixture
def variant(session: Session, incident: Incident, words: Path, law: Path) -> Variant:
    """One wording for one person under one duty."""
    cohort = Cohort(incident_id=incident.id, fingerprint="f", jurisdiction="DE", country="DE", count=1)
    notice = Notice(incident_id=incident.id, key="k", title="t", audience="individuals")
    duty = Obligation(
        incident_id=incident.id, assessment=1, key="xx.act.people:DE", law="xx.act", duty="people", law_sha256="-",
        audience="individuals", recipient="data_subject", jurisdiction="DE", verdict="notify", citation="s. 1",
    )  # fmt: skip
    session.add_all([cohort, notice, duty])
    session.flush()
    person = Person(
        incident_id=incident.id, number=1, cohort_id=cohort.id, jurisdiction="DE", country="DE", sealed_sha256="a" * 64
    )
    made = Variant(
        incident_id=incident.id, notice_id=notice.id, language="en", medium="email", content=b"{}",
        content_sha256=approval.sha256(b"{}"), template_sha256="-", law_sha256="-", drafted_by="ana",
    )  # fmt: skip
    link = [
        NoticeCohort(notice_id=notice.id, cohort_id=cohort.id),
        NoticeDuty(notice_id=notice.id, obligation_id=duty.id),
    ]
    session.add_all([person, made, *link])
    session.flush()
    return made


def decide(session: Session, variant: Variant, verdict: str = "approve") -> Decision:
    """Let legal decide on the variant as it is now."""
    notice = session.get_one(Notice, variant.notice_id)
    decision = Decision(
        incident_id=variant.incident_id, variant_id=variant.id, verdict=verdict, by="lena", role="legal",
        content_sha256=approval.sha256(variant.content), law_sha256=approval.laws_sha256(["xx.act"]),
        recipients_sha256=approval.recipients_sha256(session, notice),
        template_sha256=approval.template_sha256(variant.language),
    )  # fmt: skip
    session.add(decision)
    session.flush()
    return decision


def test_without_a_decision_nothing_stands(session: Session, variant: Variant) -> None:
    assert approval.standing(session, variant) == approval.Standing(False, "not approved")


def test_an_approval_stands_while_nothing_changes(session: Session, variant: Variant) -> None:
    decision = decide(session, variant)
    assert approval.standing(session, variant) == approval.Standing(True, "", decision)


@pytest.mark.parametrize("later", ["reject"])
def test_a_later_rejection_wins(session: Session, variant: Variant, later: str) -> None:
    decide(session, variant)
    decide(session, variant, later)
    assert approval.standing(session, variant).reason == "rejected"


def test_a_question_asked_later_takes_nothing_back(session: Session, variant: Variant) -> None:
    decide(session, variant)
    decide(session, variant, "ask")
    assert approval.standing(session, variant).approved


def test_a_changed_byte_makes_it_fall(session: Session, variant: Variant) -> None:
    decide(session, variant)
    variant.content = b"{ }"
    assert approval.standing(session, variant).reason == "the wording changed"


def test_a_newer_wording_makes_it_fall(session: Session, variant: Variant) -> None:
    decide(session, variant)
    variant.current = False
    assert not approval.standing(session, variant).approved


def test_a_corrected_person_makes_it_fall(session: Session, variant: Variant) -> None:
    from sqlmodel import select

    decide(session, variant)
    session.exec(select(Person)).one().sealed_sha256 = "b" * 64
    session.flush()
    assert approval.standing(session, variant).reason == "the people changed"


def test_an_added_person_makes_it_fall(session: Session, variant: Variant) -> None:
    from sqlmodel import select

    decide(session, variant)
    old = session.exec(select(Person)).one()
    session.add(Person(**old.model_dump(exclude={"id", "number", "created_at"}), number=2))
    session.flush()
    assert approval.standing(session, variant).reason == "the people changed"


def test_a_partners_new_address_makes_it_fall(session: Session, variant: Variant) -> None:
    party = Party(name="Acme", email="dpo@acme.example")
    session.add(party)
    session.flush()
    session.get_one(Notice, variant.notice_id).party_id = party.id
    session.flush()
    decide(session, variant)
    party.email = "else@acme.example"
    session.flush()
    assert approval.standing(session, variant).reason == "the people changed"


@pytest.mark.parametrize("part", ["layout", "en", "regulator"])
def test_a_changed_template_makes_it_fall(session: Session, variant: Variant, words: Path, part: str) -> None:
    decide(session, variant)
    (words / part / "block.md").write_text("other words")
    assert approval.standing(session, variant).reason == "the templates changed"


def test_another_languages_words_do_not_matter(session: Session, variant: Variant, words: Path) -> None:
    decide(session, variant)
    (words / "de" / "block.md").write_text("andere Worte")
    assert approval.standing(session, variant).approved


def test_a_changed_law_makes_it_fall(session: Session, variant: Variant, law: Path) -> None:
    decide(session, variant)
    law.write_text("id: xx.act\nhours: 24\n")
    assert approval.standing(session, variant).reason == "the law changed"


def test_all_reasons_are_named_at_once(session: Session, variant: Variant, law: Path, words: Path) -> None:
    decide(session, variant)
    law.write_text("other")
    (words / "en" / "block.md").write_text("other")
    assert approval.standing(session, variant).reason == "the templates changed; the law changed"


def test_a_law_that_is_gone_is_one_clear_line(session: Session, variant: Variant, law: Path) -> None:
    decide(session, variant)
    law.unlink()
    with pytest.raises(Refusal, match=r"xx\.act"):
        approval.standing(session, variant)


@pytest.mark.parametrize("name", ["", "us", "../../etc/passwd", "us-../../x", "zz.none"])
def test_an_unknown_law_is_refused(law: Path, name: str) -> None:
    with pytest.raises(Refusal):
        approval.law_folder(name)
