"""The company's own sign-in, with an OpenID provider on loopback: no forged, replayed or unknown word of it counts."""

import re
import warnings
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fakes.browser import HOST, Browser
from fakes.web_house import House
from pydantic import SecretStr

from forthwith import db
from forthwith.access import oidc
from forthwith.review import users
from forthwith.settings import settings
from models import Refusal

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the library that the provider is made of
    import oidc_provider_mock

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning", "ignore:authlib.jose")
CLAIMS = {"email": "lea@company.example", "email_verified": True, "groups": ["counsel", "staff"]}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    people = [oidc_provider_mock.User(sub="lea-1", claims=CLAIMS), oidc_provider_mock.User(sub="mallory")]
    with oidc_provider_mock.run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def company(house: House, provider: str, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house that offers the provider; Lea has an account there."""
    told = {"oidc_issuer": provider, "oidc_client_id": "forthwith", "oidc_client_secret": SecretStr("s"),
            "oidc_name": "Company ID"}  # fmt: skip
    for name, value in told.items():
        monkeypatch.setattr(settings(), name, value)
    with db.session() as session:
        lea = users.named(session, "Lea")
        lea.subject = "lea-1"
        session.add(lea)
    return house


def sent(browser: Browser, after: str = "/incidents") -> dict[str, str]:
    """Begin a sign-in; return what the provider is asked, with its address."""
    url = browser.get(f"/sign-in/company?after={after}").headers["location"]
    return {"": url, **{name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}}


def agreed(asked: dict[str, str], sub: str = "lea-1", **changed: str) -> dict[str, str]:
    """Agree at the provider; return what it sends back with the browser."""
    url = str(httpx.URL(asked[""]).copy_merge_params(changed))
    answer = httpx.post(url, data={"sub": sub}, trust_env=False)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def back(browser: Browser, told: dict[str, str]) -> httpx.Response:
    return browser.ask("GET", "/sign-in/company/back", params=told, headers={"accept": "text/html"})


def test_the_company_signs_somebody_in_and_they_come_where_they_wanted(company: House) -> None:
    browser = Browser(company.app)
    assert "Sign in with Company ID" in browser.get("/sign-in").text
    asked = sent(browser, company.path("/review"))
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{HOST}/sign-in/company/back"
    answer = back(browser, agreed(asked))
    assert answer.status_code == 200
    assert f"url={company.path('/review')}" in answer.text
    assert "Lea" in browser.get(company.path("/review")).text


def test_an_account_is_known_by_a_verified_e_mail_too(company: House) -> None:
    with db.session() as session:
        lea = users.named(session, "Lea")
        lea.subject = "lea@company.example"
        session.add(lea)
    browser = Browser(company.app)
    assert back(browser, agreed(sent(browser))).status_code == 200
    assert oidc.subjects({"sub": "x", "email": "lea@company.example"}) == ["x"]
    assert oidc.subjects({"sub": "x", "email": "lea@company.example", "email_verified": "false"}) == ["x"]


def check_refused(browser: Browser, answer: httpx.Response, said: str) -> None:
    assert answer.status_code == 403
    assert said in answer.text
    assert browser.get("/incidents").status_code == 303


def test_an_unknown_account_is_refused_with_one_line(company: House) -> None:
    browser = Browser(company.app)
    answer = back(browser, agreed(sent(browser), sub="mallory"))
    check_refused(browser, answer, "Nobody here has this account.")
    assert "mallory" not in answer.text


def test_a_removed_user_is_unknown_there_too(company: House) -> None:
    browser = Browser(company.app)
    with db.session() as session:
        users.remove(session, "Lea")
    check_refused(browser, back(browser, agreed(sent(browser))), "Nobody here has this account.")


@pytest.mark.parametrize("state", ["", "forged"])
def test_a_forged_state_is_refused(company: House, state: str) -> None:
    browser = Browser(company.app)
    check_refused(browser, back(browser, {**agreed(sent(browser)), "state": state}), "not begun in this browser")


def test_what_another_browser_began_is_refused(company: House) -> None:
    thief, victim = Browser(company.app), Browser(company.app)
    told = agreed(sent(thief))
    check_refused(victim, back(victim, told), "not begun in this browser")
    sent(victim)
    check_refused(victim, back(victim, told), "not begun in this browser")


def test_a_wrong_nonce_is_refused(company: House, caplog: pytest.LogCaptureFixture) -> None:
    browser = Browser(company.app)
    check_refused(browser, back(browser, agreed(sent(browser), nonce="another")), "was not completed")
    assert "InvalidClaimError" in caplog.text


def test_a_replayed_code_is_refused_even_with_the_cookie_of_its_day(company: House) -> None:
    browser = Browser(company.app)
    told = agreed(sent(browser))
    kept = browser.cookies["forthwith_company"]
    assert back(browser, told).status_code == 200
    again = Browser(company.app)
    again.cookies.set("forthwith_company", kept.strip('"'))
    check_refused(again, back(again, told), "used already")


def test_a_code_of_elsewhere_is_refused(company: House, caplog: pytest.LogCaptureFixture) -> None:
    browser = Browser(company.app)
    asked = sent(browser)
    check_refused(browser, back(browser, {"code": "guess", "state": asked["state"]}), "was not completed")
    assert "OAuthError" in caplog.text


def test_a_word_of_another_issuer_is_refused(company: House) -> None:
    browser = Browser(company.app)
    check_refused(browser, back(browser, {**agreed(sent(browser)), "iss": "https://evil.example"}), "was not completed")


def test_a_token_for_another_client_is_refused(
    company: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(company.app)
    told = agreed(sent(browser))
    real = oidc._claims

    def meant_for_us(*rest: object) -> dict[str, object]:
        monkeypatch.setattr(settings(), "oidc_client_id", "somebody-else")
        return real(*rest)

    monkeypatch.setattr(oidc, "_claims", meant_for_us)
    check_refused(browser, back(browser, told), "was not completed")
    assert "InvalidClaimError" in caplog.text


@pytest.mark.parametrize(("roles", "role"), [
    ({"counsel": "legal"}, "legal"), ({"boss": "operator", "staff": "auditor"}, "auditor"), ({"boss": "legal"}, None),
    ({"staff": "king"}, None),
])  # fmt: skip
def test_groups_give_roles_where_the_settings_say_so(
    company: House, monkeypatch: pytest.MonkeyPatch, roles: dict[str, str], role: str | None
) -> None:
    monkeypatch.setattr(settings(), "oidc_roles", roles)
    browser = Browser(company.app)
    answer = back(browser, agreed(sent(browser)))
    if role is None:
        return check_refused(browser, answer, "in no group that may come in")
    assert re.search(rf"Lea · {role}\b", browser.get("/incidents").text)
    return None


def test_tokens_work_on_when_the_company_does_not_answer(company: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "oidc_issuer", "http://127.0.0.1:9")
    browser = Browser(company.app)
    answer = browser.get("/sign-in/company")
    assert answer.status_code == 403
    assert "sign in here with yours" in answer.text
    assert browser.sign_in(company.tokens["legal"]).status_code == 303


def test_a_provider_without_tls_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "oidc_issuer", "http://id.company.example")
    monkeypatch.setattr(settings(), "oidc_client_id", "forthwith")
    with pytest.raises(Refusal, match="not completed"):
        oidc.begin()


def test_there_is_no_such_door_where_no_provider_is_set(still: House) -> None:
    assert still.browser().get("/sign-in/company").status_code == 404
    assert "Sign in with" not in still.browser().get("/sign-in").text
