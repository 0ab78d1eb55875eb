"""Every page, wide and on a phone, by day and by night: no barrier, nothing cut off, nobody else asked for anything."""

from pathlib import Path

import pytest
from fakes.own_code import told_by_mail
from fakes.seen import PHONE, WIDE, Seen
from fakes.web_house import House, desk_of
from sqlmodel import select

from forthwith import db, hearing, scoping
from forthwith.detection import links
from forthwith.web import wishing
from models import Person, Wish

CSV = (
    "first name,last name,email,date of birth,ssn,country,state\n"
    "Zelda,Quarles,zelda.quarles@example.net,1970-01-02,078-05-1120,US,WI\n"
    "Zelda,Quarles,zelda.quarles@example.net,1970-01-02,078-05-1120,US,WI\n"
    "Zelda,Quarles,zelda.quarles@example.net,1971-03-04,,US,WI\n"
)
PUBLIC = ("/verify", "/verify?lang=de", "/sign-in", "/mine", "/report/{report}", "/nothing-here")
INSIDE = {
    "responder": ("/incidents/new", "/signals", "/incidents/{ref}/evidence", "/incidents/{ref}/people",
                  "/incidents/{ref}/people/near", "/account"),
    "operator": ("/operator", "/users"),
    "legal": ("/incidents", "/incidents/{ref}", "/incidents/{ref}/review", "/incidents/{ref}/timeline",
              "/incidents/{ref}/enquiries", "/incidents/{ref}/deliveries",
              "/incidents/{ref}/review/variants/{variant}"),
}  # fmt: skip
SEEN = ("color-contrast", "target-size")  # what the light changes, and the width; all else is asked twice
LOOKS = [(WIDE, False, ()), (WIDE, True, SEEN), (PHONE, False, SEEN), (PHONE, True, ())]


def wrong_with(seen: Seen) -> list[str]:
    """Return what is wrong with the page that stands in the window, at both widths, by day and by night."""
    found: list[str] = []
    for width, dark, rules in LOOKS:
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.page.emulate_media(color_scheme="dark" if dark else "light")
        where = f"{seen.page.url} at {width}{' dark' if dark else ''}"
        found += [f"{where}: {one}" for one in seen.violations(rules)]
        found += [f"{where}: {wider} pixels too wide"] if (wider := seen.sideways()) > 0 else []
    return found


def walked(seen: Seen, paths: tuple[str, ...], **names: str) -> list[str]:
    """Return what is wrong with pages."""
    found: list[str] = []
    for path in paths:
        seen.goto(path.format(ref=seen.house.ref, **seen.house.ids, **names))
        found += wrong_with(seen)
    return found


def test_pages_of_everybody(seen: Seen) -> None:
    with db.session() as session:
        _, secret = links.make(session, by="Ola")
    code, name = told_by_mail(seen.house)
    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == 1)).one()
        for kind, choice in (("channel", "email"), ("format", "large_print"), ("other_language", "es")):
            wishing.ask(session, person, kind, Wish(choice=choice), language="en")
    seen.goto(f"/verify#{code}")
    seen.page.fill("#own-name", name)
    seen.page.click("form[action='/mine'] button")
    seen.page.wait_for_url("**/mine*")
    assert walked(seen, PUBLIC, report=secret) == []
    assert seen.wrong == []


@pytest.mark.parametrize("role", sorted(INSIDE))
def test_pages_of_the_house(seen: Seen, role: str) -> None:
    seen.sign_in(role)
    assert walked(seen, INSIDE[role]) == []
    assert seen.wrong == []


def test_pages_behind_a_form(seen: Seen) -> None:
    """A person, an enquiry and a file's columns are shown in answer to a form; so is a refusal."""
    told_by_mail(seen.house)
    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == 1)).one()
        hearing.ask(session, person, "question", Wish(text="When was it?"), language="en")
    seen.sign_in("responder")
    seen.goto(seen.house.path("/enquiries"))
    seen.page.click("tr:has-text('question') td button")
    assert "When was it?" in seen.page.inner_text("main")
    assert wrong_with(seen) == []
    seen.goto(seen.house.path("/people"))
    seen.page.fill("#why", "they called us")
    seen.page.locator("td button").first.click()
    assert "Person 1" in seen.page.inner_text("main")
    assert wrong_with(seen) == []
    seen.goto(seen.house.path("/evidence"))
    list_of_one = {"name": "list.csv", "mimeType": "text/csv", "buffer": b"Name,Email\nAda Muster,ada@example.org\n"}
    seen.page.set_input_files("#file", list_of_one)
    seen.page.click("main form button")
    assert "Email" in seen.page.inner_text("main")
    assert wrong_with(seen) == []
    seen.goto(seen.house.path("/evidence"))
    seen.page.set_input_files("#file", {"name": "x.csv", "mimeType": "text/csv", "buffer": b"\0\1\2"})
    seen.page.click("main form button")
    assert seen.page.locator("main").inner_text()
    assert wrong_with(seen) == []


def test_pages_of_one_person_of_two_and_of_the_scope(seen: Seen, tmp_path: Path) -> None:
    """Somebody of two rows, somebody who may be the same, and what falls when one of them goes."""
    alike(seen.house, tmp_path)
    seen.sign_in("responder")
    seen.goto(seen.house.path("/people/near"))
    seen.page.click("main form button")
    seen.page.locator("td button").first.click()
    assert "Are people " in seen.page.inner_text("h2")
    assert wrong_with(seen) == []
    seen.goto(seen.house.path("/people?after=2"))
    seen.page.fill("#why", "they called us")
    seen.page.locator("td button").first.click()
    assert "These are two people" in seen.page.inner_text("main"), "the record, and how a merge is taken back"
    assert wrong_with(seen) == []
    seen.goto(seen.house.path("/people"))
    seen.page.fill("#numbers", "1, 2")
    seen.page.fill("#reason", "they are employees of a partner")
    seen.page.click("#move ~ form button[value=remove]")
    assert "Take out of scope" in seen.page.inner_text("h2")
    assert wrong_with(seen) == []
    assert walked(seen, ("/incidents/{ref}/people/difference?first=0",)) == []
    assert seen.page.locator("tfoot td").first.is_visible()
    assert seen.wrong == []


def alike(house: House, folder: Path) -> None:
    """Load one person of two rows, and one who may be the same."""
    path = folder / "crm.csv"
    path.write_text(CSV, encoding="utf-8")
    with db.session() as session:
        scoping.load(session, desk_of(session, house).incident, [path], actor="ana")


def test_a_printed_incident_is_dark_on_white_and_tells_no_secret_address(seen: Seen) -> None:
    seen.sign_in("legal")
    seen.goto(seen.house.path())
    seen.page.locator("details.noprint summary").click()
    assert "/calendar/" in seen.page.input_value("#feed")
    seen.page.emulate_media(media="print", color_scheme="dark")
    assert not seen.page.is_visible("#feed")
    assert not seen.page.is_visible("header")
    ink = "found => [getComputedStyle(found).color, getComputedStyle(document.body).backgroundColor]"
    assert seen.page.eval_on_selector("[aria-current=step]", ink) == ["rgb(27, 37, 48)", "rgb(255, 255, 255)"]
