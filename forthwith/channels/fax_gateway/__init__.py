"""Fax through an e-mail-to-fax gateway: an e-mail to the number's address at the gateway, with the PDF attached.

What the gateway says later comes as e-mail to the sender: nothing here reads it, so such a fax stays `accepted`.
"""

from dataclasses import dataclass, replace

from forthwith.channels.answers import Forgetful, Silent, needed
from forthwith.channels.faxing import MEGA, unfit
from forthwith.channels.mime import plausible
from forthwith.channels.smtp import SmtpLine, settled
from forthwith.channels.telephone import e164
from forthwith.settings import settings
from models import Medium, Message, Outcome, Refusal

MOST_BYTES = 10 * MEGA  # what mail servers commonly take, in base64
SETTING = "FORTHWITH_FAX_GATEWAY"


@dataclass(slots=True)
class FaxGateway(Silent, Forgetful):
    """Speaks SMTP, with the same ends as any e-mail. `pattern` makes an address of a number."""

    line: SmtpLine
    pattern: str
    name: str = "fax_gateway"
    media: frozenset[str] = frozenset((Medium.FAX,))
    unit: int = 20
    per_second: float = 2.0

    def send(self, message: Message) -> Outcome:
        """Hand one fax to the gateway's mail server."""
        return unfit(message, most_bytes=MOST_BYTES) or self.line.send(self._mail(message))

    def _mail(self, message: Message) -> Message:
        """Return the e-mail around the fax. A gateway may print its text on a cover: it holds the subject alone."""
        number = str(e164(message.to))
        to = self.pattern.format(number=number, digits=number.removeprefix("+"))
        return replace(message, to=to, to_name="", text=f"{message.subject}\n", html="")

    def close(self) -> None:
        """End the connection."""
        self.line.close()


def patterned(pattern: str) -> str:
    """Return the setting where it makes addresses of numbers. Raises Refusal where it doesn't."""
    try:
        one, other = (pattern.format(number=f"+{digits}", digits=digits) for digits in ("4930123456", "4930123457"))
    except (LookupError, ValueError, AttributeError):
        one = other = ""
    if one == other or not plausible(one):
        raise Refusal(f"{SETTING} makes no address of a number.", "Give one such as `{digits}@fax.example.com`.")
    return pattern


def channel() -> FaxGateway:
    """Return the gateway that the settings name. Raises Refusal where none is set."""
    return FaxGateway(SmtpLine(*settled()), patterned(needed(settings().fax_gateway, SETTING)))
