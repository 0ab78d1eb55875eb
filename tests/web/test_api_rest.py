"""The doors for programs that came last: access, remarks, letters, merges taken back, checks; each as on its page."""

from fakes.program import Program
from fakes.review_desk import add_variant
from fakes.web_house import House, decisions, desk_of
from sqlmodel import select
from test_people import CSV, loaded  # noqa: F401 - a fixture

from forthwith import db
from forthwith.review import users
from models import Remark, ScopeChange, User


def test_access_is_given_and_ended_by_a_token_made_with_a_factor_alone(house: House) -> None:
    plain, proven = Program(house, "Ola", "access"), Program(house, "Ola", "access", proven=True)
    here = plain.ask("GET", "/users").json()
    assert {one["name"]: one["role"] for one in here}["Lea"] == "legal"
    assert "fw_" not in str(here)
    new = {"name": "Kim", "role": "legal", "confined": True}
    assert plain.ask("POST", "/users", new).status_code == 403
    made = proven.ask("POST", "/users", new)
    assert (made.status_code, made.json()["token"][:3]) == (201, "fw_")
    kim = f"/users/{made.json()['id']}"
    given = proven.ask("POST", f"{kim}/let-in", {"incident": house.ref, "role": "legal"}).json()
    assert (given["incident"], given["role"]) == (house.ref, "legal")
    assert proven.ask("POST", f"{kim}/confine", {"confined": False}).json() == {"ok": True}
    assert proven.ask("POST", f"/users/access/{given['id']}/end").json() == {"ok": True}
    renewed = proven.ask("POST", f"{kim}/renew", {"forget": True}).json()
    assert renewed["token"] != made.json()["token"]
    for path in ("renew", "end", "confine", "let-in"):
        body = {"renew": {}, "confine": {"confined": True}, "let-in": {"incident": house.ref, "role": "legal"}}.get(
            path
        )
        assert plain.ask("POST", f"{kim}/{path}", body).status_code == 403, path
    assert proven.ask("POST", f"{kim}/end").json() == {"ok": True}
    assert "Kim" not in {one["name"] for one in plain.ask("GET", "/users").json()}
    with db.session() as session:
        ola = users.named(session, "Ola")
        assert session.exec(select(User).where(User.name == "Kim")).one().removed_at is not None
    assert proven.ask("POST", f"/users/{ola.id}/end").status_code == 403, "nobody changes their own access"


def test_a_wording_is_read_by_paragraph_remarked_on_and_settled(house: House) -> None:
    lea, udo = Program(house, "Lea", "read", "review"), Program(house, "Udo", "read")
    path = f"/wordings/{house.ids['variant']}"
    first = lea.get(f"{path}/paragraphs")["paragraphs"][0]
    said = {"paragraph": first["sha256"], "text": "Too long.", "privileged": True}
    assert udo.post(f"{path}/remarks", said).status_code == 403
    assert lea.post(f"{path}/remarks", {**said, "paragraph": "x"}).status_code == 400
    made = lea.post(f"{path}/remarks", said)
    assert (made.status_code, made.json()["by"]) == (201, "Lea")
    (remark,) = lea.get(f"{path}/paragraphs")["paragraphs"][0]["remarks"]
    assert (remark["text"], remark["privileged"], remark["settled_at"]) == ("Too long.", True, None)
    assert lea.post(f"{path}/remarks/{remark['id']}/settle").json()["settled_by"] == "Lea"
    assert lea.post(f"{path}/remarks/{remark['id']}/settle").status_code == 400
    with db.session() as session:
        assert [one.settled_by for one in session.exec(select(Remark))] == ["Lea"]


def test_a_letter_comes_as_it_will_be_printed(house: House) -> None:
    with db.session() as session:
        desk = desk_of(session, house)
        letter = str(add_variant(session, desk.incident, desk.notice, medium="letter").id)
    udo = Program(house, "Udo", "read")
    pdf = udo.ask("GET", f"/incidents/{house.ref}/wordings/{letter}/letter.pdf")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    large = udo.ask("GET", f"/incidents/{house.ref}/wordings/{letter}/letter.pdf?size=large")
    assert (large.content[:5], large.content == pdf.content) == (b"%PDF-", False)
    mail = udo.ask("GET", f"/incidents/{house.ref}/wordings/{house.ids['variant']}/letter.pdf")
    assert (mail.status_code, mail.json()["what"]) == (404, "This wording goes onto no paper.")


def test_several_wordings_are_approved_together_or_none(house: House) -> None:
    with db.session() as session:
        desk = desk_of(session, house)
        add_variant(session, desk.incident, desk.notice, language="de")
    lea, plain = Program(house, "Lea", "read", "review", proven=True), Program(house, "Lea", "read", "review")
    seen = [{"id": one["id"], "seal": one["seal"]} for one in lea.get("/wordings")]
    assert plain.post("/wordings", {"seen": seen}).status_code == 403
    assert lea.post("/wordings", {"seen": [seen[0], {**seen[1], "seal": "stale"}]}).status_code == 400
    assert decisions() == []
    assert [one["approved"] for one in lea.post("/wordings", {"seen": seen}).json()] == [True, True]


def test_a_correction_is_compared_and_taken_over(house: House) -> None:
    from forthwith import hearing
    from models import EnquiryKind, Person, Wish

    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == 1)).one()
        hearing.ask(session, person, EnquiryKind.ADDRESS, Wish(email="new@example.org"), language="en")
    rio = Program(house, "Rio", "read", "people")
    told = rio.post("/enquiries/1", {"reason": "to correct it"}).json()
    assert (told["known"]["email"], told["wish"]["email"]) == ("p1@example.org", "new@example.org")
    assert rio.post("/enquiries/1/close", {"act": "perhaps"}).status_code == 422
    assert rio.post("/enquiries/1/close", {"act": "correct"}).json() == {"ok": True}
    assert rio.post("/enquiries/1/close", {"act": "done"}).status_code == 400
    assert rio.post("/people/1", {"reason": "to check it"}).json()["record"]["emails"][0] == "new@example.org"


def test_a_pair_is_opened_and_a_merge_taken_back(loaded: House) -> None:  # noqa: F811 - the fixture
    rio = Program(loaded, "Rio", "read", "respond", "people")
    rio.post("/people/near")
    (pair,) = rio.get("/people/near")["pairs"]
    assert rio.post(f"/people/near/{pair['id']}/look", {"reason": " "}).status_code == 400
    both = rio.post(f"/people/near/{pair['id']}/look", {"reason": "to compare them"}).json()
    assert [one["number"] for one in both["people"]] == [3, 4]
    form = {"rows": ["1 crm.csv"], "reason": "two customers of one name"}
    assert (
        rio.post("/people/3/part", data=form, files={"files": ("o.csv", b"email\nx@example.org\n")}).status_code == 400
    )
    parted = rio.post("/people/3/part", data=form, files={"files": ("crm.csv", CSV.encode())})
    assert (parted.status_code, parted.json()["what"]) == (200, "part")
    with db.session() as session:
        assert [one.what for one in session.exec(select(ScopeChange).order_by(ScopeChange.version))] == ["load", "part"]


def test_what_was_written_with_a_signal_is_opened_for_a_reason(house: House) -> None:
    from test_intake_desk import reported

    ident = reported()
    rio, lea = Program(house, "Rio", "respond", "people"), Program(house, "Lea", "read", "people")
    path = f"/signals/{ident}/written"
    assert lea.ask("POST", path, {"reason": "to find out"}).status_code == 403
    assert rio.ask("POST", path, {"reason": " "}).status_code == 400
    assert "Lovelace" in str(rio.ask("POST", path, {"reason": "to find out what happened"}).json()["written"])


def test_an_operators_checks_are_run_by_a_program(still: House) -> None:
    found = Program(still, "Ola", "operate").ask("POST", "/operator/checks").json()
    assert {"database", "keys"} <= {one["name"] for one in found}
    assert {one["state"] for one in found} <= {"ok", "note", "missing", "broken"}
