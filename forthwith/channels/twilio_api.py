"""What text messages and calls through Twilio share: the transport, what an error means, who signed a callback."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from forthwith.channels.answers import by_failure, by_status, needed, secret, wait_of
from forthwith.settings import settings
from models import Outcome, Refusal, Refused, Unknown

API = "https://api.twilio.com"
# an answer that is no object of theirs shows as one of the last four
BROKEN = (requests.RequestException, TwilioException, OSError, ValueError, TypeError, AttributeError, KeyError)
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # callbacks carry no time: a status comes once for a message
Table = Mapping[int, str]


class Transport(TwilioHttpClient):
    """The SDK's own synchronous client, with a deadline, another host where one is set, and the last status."""

    def __init__(self, host: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.host = host.rstrip("/")
        self.last: Response | None = None

    def request(self, method: str, url: str, *rest: Any, **named: Any) -> Response:  # type: ignore[override]
        """Make one call."""
        self.last = None
        self.last = super().request(method, url.replace(API, self.host, 1), *rest, **named)
        return self.last

    def close(self) -> None:
        """Give the pooled connections back."""
        if self.session is not None:
            self.session.close()


def connected() -> tuple[Client, Transport, str]:
    """Return client, transport and token as the settings name them. Raises Refusal naming what is missing."""
    ours = settings()
    token = needed(secret(ours.twilio_auth_token), "FORTHWITH_TWILIO_AUTH_TOKEN")
    account = needed(ours.twilio_account_sid, "FORTHWITH_TWILIO_ACCOUNT_SID")
    transport = Transport(ours.twilio_host, ours.provider_timeout)
    client = Client(account, token, http_client=transport)  # type: ignore[no-untyped-call]
    return client, transport, token


def outcome_of(failure: Exception, last: Response | None, refusal: Callable[[int], Refused | None]) -> Outcome:
    """Return what a failed call means: by Twilio's own code where there is one, else by the status.

    A 5xx may have sent (twilio.com/docs/errors/20500), whatever code it carries.
    """
    if isinstance(failure, TwilioRestException):
        by_code = refusal(failure.code) if failure.code and failure.status < 500 else None
        return by_code or by_status("Twilio", failure.status, wait_of(last.headers if last else None))
    if last is not None and not 200 <= last.status_code < 300:
        return by_status("Twilio", last.status_code, wait_of(last.headers))
    if isinstance(failure, requests.ConnectTimeout) or _never_connected(failure):
        return Refused("Twilio can't be reached", permanent=False, retry_after=5.0)
    if isinstance(failure, requests.Timeout):
        return Unknown("Twilio gave no answer in time")
    return by_failure("Twilio", failure)


def _never_connected(failure: BaseException) -> bool:
    """Return whether the call broke before a connection stood."""
    reasons = [getattr(one, "reason", None) for one in failure.args]
    return any(isinstance(one, NewConnectionError) for one in (*failure.args, *reasons))


def refusal_of(code: int, *, never: Table, stop: Table, later: Table) -> Refused | None:
    """Return the refusal that a code stands for; None where no table knows it."""
    if code in never:
        return Refused(f"{never[code]} ({code})", permanent=True)
    if code in stop:
        return Refused(f"{stop[code]} ({code})", permanent=False, stop=True)
    return Refused(f"{later[code]} ({code})", permanent=False, retry_after=2.0) if code in later else None


def called_back_at(public_url: str, path: str, **told: str) -> str:
    """Return where Twilio reports on a delivery. Its id in the address closes the window after a crash."""
    return f"{public_url.rstrip('/')}{path}?{urlencode(told)}"


def told_by(url: str, name: str) -> str | None:
    """Return what a callback's own address says: we wrote it, and Twilio signed it."""
    return next(iter(parse_qs(urlsplit(url).query).get(name, ())), None)


def verified(body: bytes, headers: Mapping[str, str], *, called: str, token: str) -> dict[str, str]:
    """Return the fields of a callback. `called` is the public address. Raises Refusal where it is forged."""
    lower = {name.lower(): value for name, value in headers.items()}
    settings_header = lower.get(SIGNATURE_SETTINGS_HEADER.lower())
    algorithm = get_signature_algorithm(settings_header)  # type: ignore[no-untyped-call]
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError:  # bytes that are no text, or more fields than anybody sends
        fields = {}
    signature = lower.get(SIGNATURE_HEADER.lower(), "")
    validator: Any = RequestValidator(token)  # type: ignore[no-untyped-call]
    if not fields or not validator.validate(called, fields, signature, algorithm=algorithm):
        raise Refusal(
            "The webhook's signature is wrong.", "Check FORTHWITH_TWILIO_AUTH_TOKEN and FORTHWITH_PUBLIC_URL."
        )
    return fields


def public(url: str, public_url: str, path: str) -> str:
    """Return the address that Twilio called, whatever proxy stands between: our public one, its path and query."""
    parts = urlsplit(url)
    base = urlsplit(public_url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{base.scheme}://{base.netloc}{parts.path or path}{query}"
