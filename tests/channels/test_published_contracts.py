"""What the providers publish of their interfaces, where a copy lies beside the repository; else this says so."""

import json
from urllib.parse import urlencode

import pytest
from fakes.provider import SPECS
from fakes.published import problems

pytestmark = pytest.mark.skipif(
    not SPECS.exists(), reason="no copy of the providers' contracts lies beside the repository: requests go unchecked"
)
SMS = "/2010-04-01/Accounts/AC0/Messages.json"
GOOD = {"To": "+491511234567", "From": "+15005550006", "Body": "You were affected."}


@pytest.mark.parametrize(
    ("field", "value"), [("from", None), ("personalizations", "all"), ("subject", 7), ("content", [{"kind": "text"}])]
)
def test_a_mail_that_breaks_the_contract_is_found_out(field: str, value: object) -> None:
    good = {
        "from": {"email": "a@example.org"}, "subject": "x", "content": [{"type": "text/plain", "value": "x"}],
        "personalizations": [{"to": [{"email": "b@example.org"}]}],
    }  # fmt: skip
    assert problems("/v3/mail/send", json.dumps(good).encode(), SPECS) == ""
    assert problems("/v3/mail/send", json.dumps({**good, field: value}).encode(), SPECS) != ""


def test_a_text_message_that_breaks_the_contract_is_found_out() -> None:
    assert problems(SMS, urlencode(GOOD).encode(), SPECS) == ""
    assert "Shout" in problems(SMS, urlencode({**GOOD, "Shout": "yes"}).encode(), SPECS)
    assert "To" in problems(SMS, urlencode({"Body": "x"}).encode(), SPECS)


@pytest.mark.parametrize(
    ("field", "value"),
    [("use_type", "news"), ("color", "blue"), ("to", {"name": "A"}), ("file", 7), ("metadata", {"delivery": 1}),
     ("address_placement", "anywhere"), ("from", None)],
)  # fmt: skip
def test_a_letter_that_breaks_the_contract_is_found_out(field: str, value: object) -> None:
    home = {"name": "A", "address_line1": "1 Road", "address_city": "X", "address_state": "IL", "address_zip": "62701"}
    good = {
        "to": home, "from": "adr_210a8d4b0b76d77b", "file": "letter.pdf", "color": False, "use_type": "operational",
        "address_placement": "insert_blank_page", "metadata": {"delivery": "x"},
    }  # fmt: skip
    assert problems("/v1/letters", json.dumps(good).encode(), SPECS) == ""
    assert problems("/v1/letters", json.dumps({**good, field: value}).encode(), SPECS) != ""
