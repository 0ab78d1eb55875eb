"""Passkeys, in a real Chromium with a device of its own; and challenges, which count once, here and now."""

import io
from datetime import timedelta

import pyotp
import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from fakes.screen import chromium, free_port, needs_chromium, served, with_device
from fakes.web_house import House, decisions
from PIL import Image
from playwright.sync_api import Page
from sqlmodel import select, update

from forthwith import clock, db
from forthwith.access import passkeys
from forthwith.review import users
from forthwith.settings import settings
from forthwith.web import challenges
from models import Passkey, Refusal, WebSession


@pytest.fixture
def address(house: House, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the house is served; passkeys are bound to a name, so it has one."""
    port = free_port()
    monkeypatch.setattr(settings(), "public_url", f"http://localhost:{port}")
    return settings().public_url


def accessible(page: Page) -> None:
    """Check a page against WCAG 2.2 AA, as far as a program can."""
    tags = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
    found = Axe().run(page, options=tags).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], page.url


def by_token(page: Page, address: str, token: str) -> None:
    page.goto(f"{address}/sign-in")
    accessible(page)
    page.get_by_label("Your token").fill(token)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/incidents")


def forget_the_proof() -> None:
    with db.session() as session:
        session.exec(update(WebSession).values(second_factor_at=clock.now() - timedelta(minutes=6)))


@needs_chromium
@pytest.mark.slow
def test_the_way_of_a_passkey(house: House, address: str) -> None:
    sent: list[tuple[str, str]] = []
    with served(house.app, int(address.rpartition(":")[2])), chromium() as context:
        page = context.new_page()
        page.on("request", lambda asked: sent.append((asked.url, asked.post_data or "")))
        problems: list[str] = []
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        with_device(page)
        by_token(page, address, house.tokens["legal"])

        page.goto(f"{address}/account")
        page.get_by_label("Its name").fill("Lea's laptop")
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_role("button", name="Remove the passkey Lea's laptop").wait_for()
        accessible(page)
        page.get_by_role("button", name="Sign out").click()

        page.wait_for_url("**/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/incidents")
        assert "Lea · legal" in page.inner_text("header")

        # what a passkey answered is worth nothing a second time, even from the same browser
        told = next(body for url, body in reversed(sent) if url.endswith("/sign-in/passkey"))
        again = context.request.post(
            f"{address}/sign-in/passkey", data=told, max_redirects=0,
            headers={"content-type": "application/x-www-form-urlencoded", "origin": address},
        )  # fmt: skip
        assert (again.status, "used already" in again.text()) == (403, True)

        forget_the_proof()
        page.goto(f"{address}{house.path('/review')}")
        page.get_by_role("button", name="Approve", exact=True).click()
        page.wait_for_url("**/account/confirm?**")
        accessible(page)
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url(f"**{house.path('/review')}#notice-*")  # back to the wording that waits
        assert decisions() == []
        with page.expect_navigation():
            page.get_by_role("button", name="Approve", exact=True).click()
        assert [made.by for made in decisions()] == ["Lea"]

        page.goto(f"{address}/account")
        page.get_by_role("button", name="Set up an authenticator").click()
        picture = page.locator("img.qr")
        (seen,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.screenshot())))
        assert seen.text == page.get_by_role("link", name="Open it in an app").get_attribute("href")
        accessible(page)
        page.get_by_label("Code").fill(pyotp.parse_uri(seen.text).now())
        page.get_by_role("button", name="Take it up").click()
        page.get_by_role("heading", name="Your recovery codes").wait_for()
        accessible(page)

        page.goto(f"{address}/account")
        page.get_by_role("button", name="Remove the passkey Lea's laptop").click()
        page.get_by_text("You have none yet.").wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_text("This passkey proves nothing here.").wait_for()

        by_token(page, address, house.tokens["operator"])
        page.goto(f"{address}/users")
        accessible(page)
    assert [line for line in problems if "403" not in line] == []
    assert {url.partition(address)[0] for url, _ in sent if not url.startswith("data:")} == {""}, (
        "nothing from elsewhere"
    )


@pytest.mark.parametrize(("url", "can"), [
    ("https://respond.example", True), ("http://localhost:8700", True), ("http://respond.example", False),
    ("http://127.0.0.1:8700", False), ("https://192.0.2.7", False), ("https://[2001:db8::1]", False),
])  # fmt: skip
def test_where_passkeys_can_work(monkeypatch: pytest.MonkeyPatch, url: str, can: bool) -> None:
    monkeypatch.setattr(settings(), "public_url", url)
    assert passkeys.possible() == can


def test_a_challenge_counts_for_its_purpose_its_browser_and_five_minutes() -> None:
    made, now = challenges.new("sign-in", "browser"), clock.now()
    challenges.ours("sign-in", "browser", made)
    wrong = [
        ("confirm", "browser", made), ("sign-in", "other", made), ("sign-in", "", made), ("sign-in", "browser", ""),
        ("sign-in", "browser", made + "0"), ("sign-in", "browser", made[1:]), ("sign-in", "browser", "1.a.b"),
    ]  # fmt: skip
    for purpose, bound, challenge in wrong:
        with pytest.raises(Refusal, match="took too long"):
            challenges.ours(purpose, bound, challenge)
    for seconds in (-2, 300):
        with clock.frozen(now + timedelta(seconds=seconds)), pytest.raises(Refusal, match="took too long"):
            challenges.ours("sign-in", "browser", made)


def test_no_challenge_without_a_browser_to_bind_it_to() -> None:
    with pytest.raises(Refusal):
        challenges.ours("sign-in", "", challenges.new("sign-in", ""))


def test_a_challenge_is_spent_once(session) -> None:
    challenges.spend(session, "one")
    challenges.spend(session, "two")
    with pytest.raises(Refusal, match="used already"):
        challenges.spend(session, "one")


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", "x", '{"rawId": "é"}', '{"rawId": "AAAA", "id": 5}'])
def test_no_made_up_answer_signs_anybody_in(house: House, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(settings(), "public_url", "http://localhost:8700")
    with db.session() as session:
        lea = users.named(session, "Lea")
        session.add(Passkey(user_id=lea.id, name="x", credential_id=b"\0\0\0", public_key=b"nothing"))
    browser = house.browser()
    shown = browser.get("/sign-in").text
    challenge = shown.split('name="challenge" value="')[1].split('"')[0]
    told = {"answer": answer, "challenge": challenge, "form_token": browser.token("/sign-in")}
    assert browser.post("/sign-in/passkey", told).status_code == 403
    with db.session() as session:
        assert session.exec(select(WebSession)).all() == []


def test_a_passkey_of_somebody_else_confirms_nothing(house: House) -> None:
    rio = house.browser("responder")
    told = {"answer": '{"rawId": "AAAA"}', "challenge": challenges.new("confirm", "another session")}
    assert rio.send("/account/confirm", "/account/confirm", told).status_code == 403
