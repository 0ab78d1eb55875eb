"""Pages and doors of a house in which nothing changes: what is shown, and what stays shut."""

import re
from datetime import timedelta

import pytest
from fakes.browser import Browser
from fakes.web_house import House, decisions, review_form
from fakes.web_house import check_code as checked

from forthwith import clock
from forthwith.web import visits
from forthwith.web.secret import signature
from forthwith.web.wording import languages


def test_a_responder_can_not_approve(still: House) -> None:
    browser = still.browser("responder")
    token = browser.token(still.path())
    answer = browser.post(
        still.path(f"/review/variants/{still.ids['variant']}"), {"form_token": token, "verdict": "approve"}
    )
    assert answer.status_code == 403
    assert decisions() == []


def test_a_session_ends_with_its_hours(still: House) -> None:
    browser = still.browser("legal")
    with clock.frozen(clock.now() + timedelta(hours=visits.HOURS, seconds=1)):
        assert browser.get("/incidents").status_code == 303
    with clock.frozen(clock.now() - timedelta(hours=1)):
        assert browser.get("/incidents").status_code == 303
    assert browser.get("/incidents").status_code == 200


@pytest.mark.parametrize("mark", ["", "0" * 64, "x", "é", "0" * 5000])
def test_a_forged_cookie_opens_nothing(still: House, mark: str) -> None:
    browser = Browser(still.app)
    answer = browser.ask("GET", "/incidents", headers={"cookie": f"forthwith={'a' * 43}.{mark}".encode()})
    assert answer.status_code == 303


def test_a_real_cookie_whose_content_was_changed_opens_nothing(still: House) -> None:
    browser = still.browser("responder")
    value, mark = browser.cookies["forthwith"].strip('"').split(".")
    browser.cookies.clear()
    for changed in (value[::-1], f"{value}x", value[1:], ""):
        cookie = f"forthwith={changed}.{mark}"
        assert browser.ask("GET", "/incidents", headers={"cookie": cookie}).status_code == 303


def test_a_signature_of_a_form_fits_no_session(still: House) -> None:
    browser = Browser(still.app)
    cookie = f"forthwith={'a' * 43}.{signature('form', 'a' * 43)}"
    assert browser.ask("GET", "/incidents", headers={"cookie": cookie}).status_code == 303


def test_a_form_token_of_another_session_is_refused(still: House) -> None:
    lea, other = still.browser("legal"), still.browser("legal")
    form = {**review_form(lea, still), "form_token": other.token(still.path())}
    path = still.path(f"/review/variants/{still.ids['variant']}")
    assert lea.post(path, {**form, "verdict": "approve"}).status_code == 403
    assert decisions() == []


@pytest.mark.parametrize("headers", [
    {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9999"},
    {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
])  # fmt: skip
def test_a_form_from_another_site_is_refused_even_with_cookie_and_token(still: House, headers: dict[str, str]) -> None:
    browser = still.browser("legal")
    form = {**review_form(browser, still), "verdict": "approve"}
    answer = browser.post(still.path(f"/review/variants/{still.ids['variant']}"), form, headers=headers)
    assert answer.status_code == 403
    assert decisions() == []


def test_an_approval_without_the_seal_of_what_was_read_is_refused(still: House) -> None:
    browser = still.browser("legal")
    form = {**review_form(browser, still), "seal": "", "verdict": "approve"}
    assert browser.post(still.path(f"/review/variants/{still.ids['variant']}"), form).status_code == 400
    assert decisions() == []


@pytest.mark.parametrize("after", [
    "https://evil.example", "//evil.example", "/\\evil.example", "/incidents/../../x", "javascript:alert(1)",
    "/incidents\r\nset-cookie: a=b", "/incidents/x?y=//z", "/sign-out", "", "/incidents//evil.example",
])  # fmt: skip
def test_no_sign_in_leads_to_another_site(still: House, after: str) -> None:
    browser = still.browser()
    answer = browser.send("/sign-in", "/sign-in", {"token": still.tokens["legal"], "after": after})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/incidents"
    assert "\n" not in str(answer.headers)


def test_a_sign_in_leads_back_to_where_one_wanted_to_go(still: House) -> None:
    browser = still.browser()
    sent = browser.get(still.path("/review"))
    assert sent.headers["location"] == "/sign-in?after=%2Fincidents%2F2026-001%2Freview"
    token = browser.token(sent.headers["location"])
    data = {"token": still.tokens["legal"], "after": still.path("/review"), "form_token": token}
    assert browser.post("/sign-in", data).headers["location"] == still.path("/review")


def test_signing_in_is_slowed_down(still: House) -> None:
    browser = still.browser(address="10.9.9.9")
    token = browser.token("/sign-in")
    answers = [browser.post("/sign-in", {"token": "guess", "form_token": token}).status_code for _ in range(25)]
    assert answers[0] == 403
    assert answers[-1] == 429


@pytest.mark.parametrize("path", ["/incidents", "/verify", "/sign-in", "/nowhere", "/health", "/static/style.css"])
def test_every_answer_has_the_safe_headers(still: House, path: str) -> None:
    headers = still.browser("legal").get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


def test_signing_out_ends_the_session(still: House) -> None:
    browser = still.browser("legal")
    assert browser.send("/incidents", "/sign-out").status_code == 303
    assert browser.get("/incidents").status_code == 303


@pytest.mark.parametrize("host", ["http://evil.example", "http://127.0.0.1.evil.example:8700"])
def test_a_name_that_is_not_ours_gets_nothing(still: House, host: str) -> None:
    assert still.browser().get("/verify", host=host).status_code == 400


def test_a_large_form_is_refused_before_it_is_read(still: House) -> None:
    browser = still.browser("legal")
    answer = browser.post("/sign-out", {"form_token": "x" * 200_000})
    assert answer.status_code == 413


def test_a_large_form_without_a_stated_length_is_refused_too(still: House) -> None:
    async def body():
        for _ in range(100):
            yield b"a=" + b"x" * 10_000 + b"&"

    browser = still.browser("legal")
    answer = browser.ask(
        "POST", "/sign-out", content=body(), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "a", "1e9", "99999999999999"])
def test_an_odd_stated_length_is_refused(still: House, length: str) -> None:
    answer = still.browser().ask("POST", "/verify", content=b"x", headers={"content-length": length})
    assert answer.status_code == 413


def test_a_form_that_is_not_complete_repeats_nothing_of_it(still: House) -> None:
    browser = still.browser("legal")
    path = still.path(f"/review/variants/{still.ids['variant']}")
    answer = browser.send(still.path(), path, {"comment": "Ada Muster"})
    assert answer.status_code == 422
    assert "Ada" not in answer.text


def test_programs_get_refusals_as_json(still: House) -> None:
    answer = still.browser("legal").get("/incidents/none", headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json() == {"what": "There is no such incident.", "do": "Choose one from the list."}


@pytest.mark.parametrize("variant", ["none", "../../etc/passwd", "00000000-0000-0000-0000-000000000000"])
def test_a_wording_that_does_not_exist_is_not_found(still: House, variant: str) -> None:
    answer = still.browser("legal").get(still.path(f"/review/variants/{variant}/preview.html"))
    assert answer.status_code in (404, 422)


def test_the_list_shows_the_incident_with_its_next_deadline(still: House) -> None:
    page = still.browser("responder").get("/incidents")
    assert page.status_code == 200
    assert "2026-001" in page.text
    assert "A drill" in page.text
    assert "left" in page.text or "late" in page.text


def test_the_incident_page_tells_phase_clocks_people_gate_and_steps(still: House) -> None:
    text = still.browser("operator").get(still.path()).text
    for told in ("in review", "test-law", "Test Law § 1", "DE", "not approved", "Assessed."):
        assert told in text
    assert 'aria-current="step"' in text


def test_the_review_page_shows_duty_trace_and_the_wording_as_it_arrives(still: House) -> None:
    text = still.browser("legal").get(still.path("/review")).text
    for told in (
        "data of 2 people left the house", "The authority may shorten the time.", "unverified law", "Test Law § 1",
        "Alex Sample", "ABCD-EFGH", "preview.html", "sandbox=\"\"", "<strong>2</strong> recipients", "grade",
    ):  # fmt: skip
        assert told in text
    assert "\ue000" not in text


def test_the_mail_preview_stands_in_a_sandbox_of_its_own(still: House) -> None:
    answer = still.browser("legal").get(still.path(f"/review/variants/{still.ids['variant']}/preview.html"))
    assert "Dear <bdi>Alex Sample</bdi>" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_a_responder_reads_the_review_and_finds_no_button_to_decide(still: House) -> None:
    text = still.browser("responder").get(still.path("/review")).text
    assert "Alex Sample" in text
    assert 'value="approve"' not in text


def test_the_timeline_page_and_its_exports(still: House) -> None:
    browser = still.browser("operator")
    assert "chained and signed" in browser.get(still.path("/timeline")).text
    exported = browser.get(still.path("/timeline.json"))
    assert exported.json()
    assert exported.headers["content-disposition"] == 'attachment; filename="2026-001-timeline.json"'
    assert "Assessed." in browser.get(still.path("/timeline.csv")).text
    assert browser.get(still.path("/timeline.exe")).status_code == 404


def test_an_incident_that_does_not_exist_is_404(still: House) -> None:
    answer = still.browser("legal").get("/incidents/1999-001")
    assert answer.status_code == 404
    assert "There is no such incident" in answer.text


@pytest.mark.parametrize("path", ["/incidents", "", "/review", "/timeline"])
def test_every_page_has_language_skip_link_one_heading_and_labels(still: House, path: str) -> None:
    text = still.browser("legal").get(path if path == "/incidents" else still.path(path)).text
    assert '<html lang="en">' in text
    assert 'class="skip" href="#main"' in text
    assert text.count("<h1>") == 1
    assert "<title>" in text
    every_field_is_labelled(text)
    no_asset_comes_from_elsewhere(text)


@pytest.mark.parametrize("path", ["/", "/verify", "/sign-in"])
def test_the_public_pages_are_as_accessible(still: House, path: str) -> None:
    text = still.browser().get(path).text
    assert text.count("<h1>") == 1
    every_field_is_labelled(text)
    no_asset_comes_from_elsewhere(text)


def every_field_is_labelled(text: str) -> None:
    labelled = set(re.findall(r'<label for="([^"]+)"', text))
    for field in re.findall(r"<(?:input|select|textarea)[^>]*>", text):
        if 'type="hidden"' not in field:
            found = re.search(r' id="([^"]+)"', field)
            assert found, field
            assert found[1] in labelled, field
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def no_asset_comes_from_elsewhere(text: str) -> None:
    for address in re.findall(r'(?:src|href|action)="([^"]+)"', text):
        assert not address.startswith(("http:", "https:", "//")), address
    assert " style=" not in text
    assert "<style" not in text
    assert not re.search(r"\son\w+=", text)


def test_health_answers_without_a_session(still: House) -> None:
    assert still.browser().get("/health").json() == {"ok": True}


def test_static_files_are_served_and_nothing_above_them(still: House) -> None:
    browser = still.browser()
    assert "text/css" in browser.get("/static/style.css").headers["content-type"]
    assert browser.get("/static/..%2fapp.py").status_code == 404
    assert browser.get("/static/%2e%2e/app.py").status_code == 404


@pytest.mark.parametrize("code", [
    "ABCD-EFGH", "00000000", "", " ", "x", "' or 1=1", "<script>alert(1)</script>", "ÄÖÜ", "%00", "1" * 20,
])  # fmt: skip
def test_an_unknown_code_is_answered_alike_and_never_repeated(still: House, code: str) -> None:
    text = checked(still, code)
    assert "This notice is real" not in text
    assert "<script>alert" not in text
    assert "know this code" in text


def test_guessing_is_slowed_down(still: House) -> None:
    browser = still.browser(address="10.2.2.2")
    data = {"form_token": browser.token("/verify"), "code": "ABCD-EFGH"}
    answers = [browser.post("/verify", data).status_code for _ in range(14)]
    assert answers[:10] == [200] * 10
    assert 429 in answers[10:]
    assert still.browser(address="10.3.3.3").post("/verify", data).status_code == 200


def test_a_form_that_we_did_not_make_is_refused(still: House) -> None:
    assert still.browser().post("/verify", {"code": "ABCD-EFGH"}).status_code == 403
    assert still.browser().post("/verify", {"code": "A", "form_token": "1.x"}).status_code == 403


def test_a_session_form_token_is_no_public_one(still: House) -> None:
    token = still.browser("legal").token("/incidents")
    assert still.browser().post("/verify", {"code": "A", "form_token": token}).status_code == 403


def test_the_public_pages_set_no_cookie(still: House) -> None:
    browser = still.browser()
    for answer in (browser.get("/"), browser.get("/verify"), browser.send("/verify", "/verify", {"code": "ABCD-EFGH"})):
        assert "set-cookie" not in answer.headers


def test_a_code_in_the_path_is_no_page(still: House) -> None:
    assert still.browser().get("/verify/ABCD-EFGH").status_code == 404


@pytest.mark.parametrize("language", languages())
def test_the_page_is_marked_with_its_language(still: House, language: str) -> None:
    answer = still.browser().get(f"/verify?lang={language}")
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language


def test_the_timeline_is_handed_out_as_pdf_with_its_signed_export(still: House) -> None:
    reply = still.browser("operator").get(still.path("/timeline.pdf"))
    assert reply.content.startswith(b"%PDF-")
    assert reply.headers["content-type"] == "application/pdf"
