from pathlib import Path
from typing import Any

import orjson
import pytest
from fakes.noticed import FACTS, add_cohort, people_duty, state
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from forthwith.drafting import draft
from forthwith.drafting.known import outside
from forthwith.drafting.wording import (
    MissingFactRefusal,
    block,
    missing,
    open_slots,
    render,
    template,
)
from forthwith.filling import tree
from forthwith.filling.content import CLOSE, OPEN
from models import Incident, Refusal, Variant

ATTACKS = [
    "{{ 7*7 }}", "{% raw %}x{% endraw %}", "{{ slot.name }}", "{{ ''.__class__.__mro__ }}", "#read(\"/etc/passwd\")",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</p><h1>x</h1>", "&lt;b&gt;", "\"><svg onload=x>",
]  # fmt: skip


def written(folder: Path, source: str, name: str = "test.html") -> Path:
    """Return a folder of templates with one in it."""
    (folder / name).write_text(source)
    return folder


@pytest.mark.parametrize(
    "source",
    [
        "{{ slot.name | upper }}", "{{ slot.name ~ 'x' }}", "{% if slot.name %}x{% endif %}", "{{ slot['name'] }}",
        "{% for c in slot.name %}{{ c }}{% endfor %}", "{{ slot.name.upper() }}", "{% set n = slot.name %}{{ n }}",
        "{{ slot.name if x else '' }}", "{{ slot }}", "{% for s in slot %}{{ s }}{% endfor %}", "{{ slot.items() }}",
        "{{ slot.name == 'x' }}", "{{ [slot.name] | join }}", "{% set s = slot %}{{ s.name }}",
    ],
)  # fmt: skip
def test_a_slot_that_meets_more_than_being_printed_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(Refusal, match=r"test\.html"):
        template("test.html", written(tmp_path, source))


def test_a_slot_that_is_printed_is_taken(tmp_path: Path) -> None:
    root = written(tmp_path, '<p>{{ slot.name }} <a href="{{ slot.verify_url }}">x</a></p>')
    assert render("test.html", {"slot": open_slots()}, root) == (
        f'<p>{OPEN}name{CLOSE} <a href="{OPEN}verify_url{CLOSE}">x</a></p>'
    )


@pytest.mark.parametrize("named", ["salary", "iban", "__class__"])
def test_an_unknown_slot_is_refused_with_template_and_slot(tmp_path: Path, named: str) -> None:
    with pytest.raises(Refusal, match=f"test.html names an unknown slot: {named}"):
        template("test.html", written(tmp_path, f"{{{{ slot.{named} }}}}"))


def test_an_unknown_name_is_refused_with_template_and_name(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"test\.html uses something unknown: 'nobody' is undefined"):
        render("test.html", {}, written(tmp_path, "{{ nobody }}"))


def test_a_template_that_is_missing_or_broken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"nothing\.html can't be used"):
        template("nothing.html", tmp_path)
    with pytest.raises(Refusal, match=r"test\.html can't be used"):
        template("test.html", written(tmp_path, "{% if %}"))


@pytest.mark.parametrize(
    "source",
    ["{{ x.__class__ }}", "{{ x.__class__.__mro__[1].__subclasses__() }}", "{{ ''.__class__ }}", "{{ x.append(1) }}",
     "{{ lipsum.__globals__ }}", "{{ range(9) }}", "{{ cycler.__init__ }}", "{{ self._TemplateReference__context }}"],
)  # fmt: skip
def test_the_sandbox_gives_templates_nothing(tmp_path: Path, source: str) -> None:
    with pytest.raises(Refusal, match=r"test\.html"):
        render("test.html", {"x": [1]}, written(tmp_path, source))


def test_a_missing_fact_is_named_when_it_is_printed_and_only_then(tmp_path: Path) -> None:
    root = written(tmp_path, "{% block a %}{{ x.phone }}{% endblock %}{% block b %}"
                             "{% if x.phone is defined %}yes{% else %}no{% endif %}{% endblock %}")  # fmt: skip
    context = {"x": {"phone": missing("words.contact_phone")}}
    assert block("test.html", "b", context, root) == "no"
    with pytest.raises(MissingFactRefusal) as refused:
        block("test.html", "a", context, root)
    assert refused.value.fact == "words.contact_phone"
    assert "test.html#a" in refused.value.what


def test_a_changed_template_is_read_again(tmp_path: Path) -> None:
    import os

    root = written(tmp_path, "one")
    assert render("test.html", {}, root) == "one"
    written(tmp_path, "two")
    os.utime(tmp_path / "test.html", (2_000_000_000, 2_000_000_000))
    assert render("test.html", {}, root) == "two"


def drafted(session: Session, incident: Incident, **facts: Any) -> dict[str, dict[str, Any]]:
    """Return the contents of a draft by medium, after stating facts."""
    state(
        session,
        incident,
        {**FACTS, "words.place": "Town", **{name.replace("__", "."): value for name, value in facts.items()}},
    )
    channels = ["email", "letter", "sms", "voice", "substitute"]
    cohort = add_cohort(session, incident, "US-CA", channels=["email", "letter", "sms", "voice"])
    people_duty(session, incident, [cohort], channels=channels, require=["what_happened", "location", "cra_contacts"])
    draft(session, incident, actor="ana")
    return {one.medium: orjson.loads(one.content) for one in session.exec(select(Variant))}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_responder_wrote_is_text_in_every_medium(session: Session, incident: Incident, attack: str) -> None:
    found = drafted(session, incident, words__what_happened=f"It began so: {attack} and ended.", words__place=attack,
                    entity__name=f"Ash {attack}")  # fmt: skip
    for medium in ("email", "letter", "voice", "web"):
        assert f"It began so: {attack} and ended." in found[medium]["text"]
    for medium in ("email", "web"):
        page = found[medium]["html"]
        assert "<script" not in page
        assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert", "")
        assert page.count("<h1") == 1
    assert f"Ash {attack}" in found["sms"]["text"]
    assert "49" not in found["sms"]["text"].replace("555", "")


@pytest.mark.parametrize("hidden", [OPEN, CLOSE, "\u202e", "\u2066", "\u2069", f"{OPEN}name{CLOSE}"])
@pytest.mark.parametrize("name", ["words__what_happened", "entity__name", "words__contact_email"])
def test_hidden_and_reserved_characters_are_refused_by_the_facts_name(
    session: Session, incident: Incident, hidden: str, name: str
) -> None:
    with pytest.raises(Refusal, match=name.replace("__", r"\.")) as refused:
        drafted(session, incident, **{name: f"Ana {hidden} broke in"})
    assert "Ana" not in str(refused.value)


def test_a_name_with_line_ends_can_not_break_a_subject(session: Session, incident: Incident) -> None:
    found = drafted(session, incident, entity__name="Ash\r\nBcc: all@example.com")
    assert "\r" not in found["email"]["subject"]
    from forthwith.filling.content import one_line

    assert len(one_line(found["email"]["subject"]).splitlines()) == 1


def test_empty_lines_in_what_happened_make_paragraphs(session: Session, incident: Incident) -> None:
    found = drafted(session, incident, words__what_happened="First part.\n\nSecond\npart.")
    assert "First part.\n\nSecond part.\n" in found["letter"]["text"]


def test_words_in_english_alone_never_reach_german_readers(session: Session, incident: Incident) -> None:
    state(session, incident, {**FACTS, "words.what_happened": "English story."})
    people_duty(session, incident, [add_cohort(session, incident, language="de")], channels=["letter"])
    draft(session, incident, actor="ana")
    (one,) = session.exec(select(Variant)).all()
    assert "English story" not in orjson.loads(one.content)["text"]
    assert "eingedrungen" in orjson.loads(one.content)["text"]
    assert "default_words" in {warning["code"] for warning in one.lint["warnings"]}


def test_german_words_of_a_responder_stand_in_the_german_wording(session: Session, incident: Incident) -> None:
    facts = {**FACTS, "words.what_happened": "English story.", "words.what_happened.de": "Deutsche Geschichte."}
    state(session, incident, facts)
    cohorts = [add_cohort(session, incident, language=one) for one in ("de", "en")]
    people_duty(session, incident, cohorts, channels=["letter"])
    draft(session, incident, actor="ana")
    found = {one.language: orjson.loads(one.content)["text"] for one in session.exec(select(Variant))}
    assert "Deutsche Geschichte." in found["de"]
    assert "English story" not in found["de"]
    assert "English story." in found["en"]


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        ("Your data may have been taken.", "hedge"), ("It could be that data is potentially gone.", "hedge"),
        ("We have no evidence of misuse.", "no_evidence"), ("We are not aware of any misuse.", "no_evidence"),
    ],
)  # fmt: skip
def test_hedges_and_empty_comfort_are_marked(session: Session, incident: Incident, said: str, warned: str) -> None:
    state(session, incident, {**FACTS, "words.what_happened": said})
    people_duty(session, incident, [add_cohort(session, incident)], channels=["letter"])
    draft(session, incident, actor="ana")
    (one,) = session.exec(select(Variant)).all()
    assert warned in {warning["code"] for warning in one.lint["warnings"]}


@pytest.mark.parametrize("said", ["Möglicherweise sind Daten weg.", "Wir haben keine Hinweise auf Missbrauch."])
def test_german_hedges_are_marked_too(session: Session, incident: Incident, said: str) -> None:
    state(session, incident, {**FACTS, "words.what_happened.de": said})
    people_duty(session, incident, [add_cohort(session, incident, language="de")], channels=["letter"])
    draft(session, incident, actor="ana")
    (one,) = session.exec(select(Variant)).all()
    assert {"hedge", "no_evidence"} & {warning["code"] for warning in one.lint["warnings"]}


def test_hard_words_are_marked(session: Session, incident: Incident) -> None:
    hard = "Notwithstanding organisational countermeasures, unauthorised individuals exfiltrated identification. " * 20
    state(session, incident, {**FACTS, "words.what_happened": hard})
    people_duty(session, incident, [add_cohort(session, incident)], channels=["letter"])
    draft(session, incident, actor="ana")
    (one,) = session.exec(select(Variant)).all()
    assert "hard_to_read" in {warning["code"] for warning in one.lint["warnings"]}
    assert not one.lint["readability"]["easy"]


def test_a_long_or_costly_text_message_is_marked(session: Session, incident: Incident) -> None:
    state(session, incident, {**FACTS, "entity.name": "Ünïcødé “Ltd” " * 8})
    people_duty(session, incident, [add_cohort(session, incident)], channels=["sms"])
    draft(session, incident, actor="ana")
    (one,) = session.exec(select(Variant)).all()
    assert one.lint["sms"]["encoding"] == "ucs-2"
    assert {"sms_ucs2", "sms_long"} <= {warning["code"] for warning in one.lint["warnings"]}


@given(st.text(max_size=120))
def test_outside_text_is_cleaned_or_refused(text: str) -> None:
    try:
        kept = outside(text, "words.other")
    except Refusal:
        return
    assert not {OPEN, CLOSE, "\u202e", "\x00"} & set(kept)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Co")), min_size=1, max_size=60))
def test_any_text_in_a_block_comes_back_as_the_same_text(text: str) -> None:
    from markupsafe import escape

    nodes = tree.parse(f"<p>a{escape(text)}b</p>")
    assert " ".join(tree.plain(nodes).split()) == " ".join(f"a{text}b".split())
