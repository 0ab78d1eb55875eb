"""What Twilio's error codes mean for a notice (twilio.com/docs/api/errors). Data, so that a code is one line."""

from forthwith.channels.twilio_api import refusal_of
from models import Refused

# the number can't take it: never this address by this channel again
NEVER = {
    21211: "the number is not valid",
    21217: "the number is not valid",
    21610: "the person stopped messages from our number",
    21612: "no route to the number",
    21614: "the number takes no text messages",
    21635: "the number is a landline",
    13223: "the number is not valid",
    30003: "the handset was unreachable",
    30004: "the handset or carrier blocks the message",
    30005: "the handset is unknown",
    30006: "a landline, or an unreachable carrier",
}
# our account is at fault: nothing goes until somebody mends it
STOP = {
    20003: "Twilio does not accept our credentials",
    20005: "the Twilio account is suspended",
    21212: "our sender number is not valid",
    21408: "the account may not send to this region",
    21606: "our sender number is not ours or can't send",
    21659: "our sender number is not ours or can't send",
    30007: "the carrier filters our messages",
    30034: "our number is not registered with the carriers (A2P 10DLC)",
}
LATER = {20429: "too many at once", 21611: "the sender's queue is full", 30001: "the sender's queue is full"}


def refusal(code: int) -> Refused | None:
    """Return the refusal that a code stands for; None where the code is not known here."""
    return refusal_of(code, never=NEVER, stop=STOP, later=LATER)
