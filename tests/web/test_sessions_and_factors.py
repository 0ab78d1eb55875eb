"""Sessions end on the server, and a second factor is shown when it counts: each code once."""

from datetime import timedelta

import pytest
from fakes.browser import Browser
from fakes.keyring import Authenticator, enrol
from fakes.web_house import House, decisions, review_form
from sqlmodel import select

from forthwith import clock, db
from forthwith.access import factors
from forthwith.review import users
from forthwith.settings import settings
from forthwith.web import proving
from models import RecoveryCode, TimeCode, WebSession

LATER = 6 * 60  # seconds, past the five minutes that a proof counts


def stolen(browser: Browser, house: House) -> Browser:
    """Return a thief's browser with the same cookie."""
    thief = Browser(house.app, "10.6.6.6")
    thief.cookies.set("forthwith", browser.cookies["forthwith"].strip('"'))
    return thief


def test_a_stolen_cookie_is_worth_nothing_after_the_sign_out(house: House) -> None:
    lea = house.browser("legal")
    thief = stolen(lea, house)
    assert thief.get("/incidents").status_code == 200
    lea.send("/incidents", "/sign-out")
    assert thief.get("/incidents").status_code == 303


def test_a_session_ends_when_nobody_opened_a_page_for_a_while(house: House) -> None:
    lea, began = house.browser("legal"), clock.now()
    for minutes, status in ((29, 200), (58, 200), (89, 303)):
        with clock.frozen(began + timedelta(minutes=minutes)):
            assert lea.get("/incidents").status_code == status, minutes


def test_no_page_opened_makes_a_session_longer_than_its_hours(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "session_idle_minutes", 100_000)
    lea = house.browser("legal")
    with clock.frozen(clock.now() + timedelta(hours=11, minutes=59)):
        assert lea.get("/incidents").status_code == 200
    with clock.frozen(clock.now() + timedelta(hours=12)):
        assert lea.get("/incidents").status_code == 303


def test_ones_other_sessions_end_on_the_account_page_and_nobody_elses(house: House) -> None:
    here, there, rio = house.browser("legal"), house.browser("legal"), house.browser("responder")
    assert here.get("/account").text.count("Another browser") == 1
    assert here.send("/account", "/account/sessions/end-others").status_code == 303
    assert there.get("/incidents").status_code == 303
    assert here.get("/incidents").status_code == rio.get("/incidents").status_code == 200


def test_only_a_hash_of_the_cookie_is_kept(house: House) -> None:
    value = house.browser("legal").cookies["forthwith"].strip('"').partition(".")[0]
    with db.session() as session:
        assert value not in repr(session.exec(select(WebSession)).all())


def approve(browser: Browser, house: House) -> int:
    """Approve on the page; return whether the second factor was asked for, or the status of a refusal."""
    form = {**review_form(browser, house), "verdict": "approve"}
    answer = browser.post(house.path(f"/review/variants/{house.ids['variant']}"), form)
    if answer.status_code != 303:
        return answer.status_code
    return answer.headers["location"].startswith("/account/confirm")


def test_who_has_a_factor_shows_it_to_approve_and_comes_back(house: House) -> None:
    lea = house.browser("legal")
    app, _ = enrol(lea)
    assert "show it before you begin" not in lea.get(house.path("/review")).text
    with clock.frozen(clock.now() + timedelta(seconds=LATER)):
        assert (
            f'/account/confirm?after={house.path("/review")}">show it before you begin'
            in lea.get(house.path("/review")).text
        )
        assert approve(lea, house) is True
        assert decisions() == []
        sent = lea.send("/account/confirm", "/account/confirm", {"code": app.code(), "after": house.path("/review")})
        assert sent.headers["location"] == house.path("/review")
        assert approve(lea, house) is False
    assert [made.by for made in decisions()] == ["Lea"]


def test_no_way_of_approving_goes_around_the_factor(house: House) -> None:
    lea = house.browser("legal")
    enrol(lea)
    with clock.frozen(clock.now() + timedelta(seconds=LATER)):
        form = review_form(lea, house)
        told = {"form_token": form["form_token"], "seen": [f"{house.ids['variant']} {form['seal']}"]}
        answer = lea.post(house.path("/review/variants"), told)
        assert answer.headers["location"].startswith("/account/confirm")
    assert decisions() == []


@pytest.mark.parametrize(("mode", "status"), [("off", False), ("enrolled", False), ("required", 403)])
def test_what_the_setting_asks_of_who_has_no_factor(
    house: House, monkeypatch: pytest.MonkeyPatch, mode: str, status: object
) -> None:
    monkeypatch.setattr(settings(), "second_factor", mode)
    assert approve(house.browser("legal"), house) == status
    assert len(decisions()) == (status is False)


def confirm(browser: Browser, code: str) -> int:
    return browser.send("/account/confirm", "/account/confirm", {"code": code, "after": "/account"}).status_code


def test_a_code_is_taken_once_and_none_before_it(house: House) -> None:
    lea = house.browser("legal")
    app, _ = enrol(lea)
    assert confirm(lea, app.code()) == 403, "it was used to set the authenticator up"
    with clock.frozen(clock.now() + timedelta(seconds=90)):
        code, before = app.code(), app.code(-30)
        assert confirm(lea, code) == 303
        assert confirm(lea, code) == 403
        assert confirm(lea, before) == 403


@pytest.mark.parametrize(("ahead", "status"), [(-30, 303), (30, 303), (-90, 403), (90, 403)])
def test_a_clock_may_be_off_by_one_step(house: House, ahead: int, status: int) -> None:
    lea = house.browser("legal")
    app, _ = enrol(lea)
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        assert confirm(lea, Authenticator(app.totp.secret, ahead).code()) == status


def test_each_recovery_code_works_once_and_ends_with_new_ones(house: House) -> None:
    lea = house.browser("legal")
    _, codes = enrol(lea)
    assert len(codes) == len(set(codes)) == 10
    assert confirm(lea, codes[0].upper()) == 303
    assert confirm(lea, codes[0]) == 403
    lea.send("/account", "/account/recovery-codes")
    assert confirm(lea, codes[1]) == 403
    with db.session() as session:
        assert codes[1] not in repr(session.exec(select(RecoveryCode)).all())


def test_guessing_codes_is_slowed_down(house: House) -> None:
    lea = house.browser("legal")
    enrol(lea)
    answers = [confirm(lea, "000000") for _ in range(6)]
    assert answers[0] == 403
    assert answers[-1] == 429
    assert confirm(house.browser("responder"), "000000") == 403, "somebody else is not held up"


def test_the_secret_is_sealed_and_shown_once(house: House) -> None:
    lea = house.browser("legal")
    app, _ = enrol(lea)
    assert app.totp.secret not in lea.get("/account").text
    with db.session() as session:
        row = session.exec(select(TimeCode)).one()
        assert app.totp.secret.encode() not in row.sealed
        assert len(row.sealed) > 40


def test_an_open_browser_sets_up_no_factor_of_its_finders(house: House) -> None:
    rio, began = house.browser("responder"), clock.now()
    with clock.frozen(began + timedelta(minutes=16)):
        assert rio.send("/account", "/account/authenticator").status_code == 403
    enrol(rio)
    for path in ("/account/authenticator/remove", "/account/recovery-codes", "/account/tokens", "/account/passkeys"):
        with clock.frozen(began + timedelta(seconds=LATER)):
            assert rio.send("/account", path, {"name": "x"}).headers["location"].startswith("/account/confirm"), path
    with db.session() as session:
        assert factors.enrolled(session, users.named(session, "Rio")).time_code


def test_an_unconfirmed_authenticator_proves_nothing(house: House) -> None:
    lea = house.browser("legal")
    with db.session() as session:
        secret, _ = factors.begin(session, users.named(session, "Lea"))
    assert confirm(lea, Authenticator(secret).code()) == 403
    assert approve(lea, house) is False, "she has no factor yet"


def test_whoever_lost_everything_begins_anew(house: House) -> None:
    enrol(house.browser("legal"))
    with db.session() as session:
        token = users.renew(session, "Lea", forget_factors=True)
        assert not factors.enrolled(session, users.named(session, "Lea"))
    again = Browser(house.app)
    assert again.sign_in(token).status_code == 303
    enrol(again)


def test_a_proof_counts_five_minutes() -> None:
    now = clock.now()
    for seconds, counts in ((0, True), (299, True), (300, False), (-1, False)):
        with clock.frozen(now + timedelta(seconds=seconds)):
            assert proving._within(now, proving.FRESH) == counts
