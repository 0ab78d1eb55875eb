"""What Twilio's error codes mean for a call (twilio.com/docs/api/errors). Data, so that a code is one line."""

from forthwith.channels.twilio_api import refusal_of
from models import Refused

# the number can't be called: never this number by this channel again
NEVER = {
    13223: "the number is not valid",
    13224: "the number is not valid",
    13225: "the number is a barred one",
    21202: "the number is a premium one",
    21211: "the number is not valid",
    21214: "the number can't be reached",
    21216: "the number may not be called",
    21217: "the number is not valid",
}
# our account is at fault: nothing goes until somebody mends it
STOP = {
    10001: "the Twilio account is not active",
    10002: "a trial account of Twilio can't do this",
    13227: "the account may not call this region",
    20003: "Twilio does not accept our credentials",
    20005: "the Twilio account is suspended",
    21203: "the account may not call abroad",
    21210: "our caller id is not verified",
    21212: "our caller id is not valid",
    21215: "the account may not call this region",
    21219: "a trial account of Twilio calls verified numbers alone",
    21609: "FORTHWITH_PUBLIC_URL is no address that Twilio can call",
    32205: "the account may not call this region",
}
LATER = {10004: "too many calls at once", 20429: "too many at once"}


def refusal(code: int) -> Refused | None:
    """Return the refusal that a code stands for; None where the code is not known here."""
    return refusal_of(code, never=NEVER, stop=STOP, later=LATER)
