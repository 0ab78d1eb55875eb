"""The approved words as TwiML: each line said, a pause, and all of it again.

Twilio gets the script with the call. To repeat on a key, or to say other words to a machine, it would have to ask a
web address of ours in the middle of the call (`<Gather>` in a script that comes along needs an absolute one:
twilio.com/docs/api/errors/15004). So whoever or whatever answers hears the same: words for a call name nobody.
"""

import re
from typing import Any

from twilio.twiml.voice_response import VoiceResponse

from models import Message

LONGEST = 4000  # characters of a script that comes along with the call
BETWEEN_LINES, BEFORE_AGAIN = 1, 2  # seconds
# what no XML 1.0 document may hold, and marks of direction that nobody can say
UNSAYABLE = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
# twilio.com/docs/voice/twiml/say/text-speech
SPOKEN = (
    "en-US", "en-GB", "en-AU", "en-CA", "en-IN", "de-DE", "fr-FR", "fr-CA", "es-ES", "es-MX", "it-IT", "nl-NL",
    "pt-PT", "pt-BR", "pl-PL", "da-DK", "sv-SE", "nb-NO", "fi-FI", "ca-ES", "ru-RU", "ja-JP", "ko-KR", "zh-CN",
    "zh-HK", "zh-TW",
)  # fmt: skip


def locale(language: str) -> str | None:
    """Return the voice's locale for a language, the first that fits; None where no voice speaks it."""
    base = language.split("-")[0].lower()
    exact = [one for one in SPOKEN if one.lower() == language.lower()]
    return next(iter(exact or [one for one in SPOKEN if one.startswith(f"{base}-")]), None)


def lines(text: str) -> list[str]:
    """Return what is said, line by line, without what can't be said."""
    return [line for written in text.splitlines() if (line := " ".join(UNSAYABLE.sub("", written).split()))]


def script(message: Message) -> str:
    """Return a call's TwiML. Words are data in it; empty where there is nothing to say."""
    said = lines(message.text)
    voice: Any = VoiceResponse()  # type: ignore[no-untyped-call]
    for again in (False, True):
        voice.pause(length=BEFORE_AGAIN if again else BETWEEN_LINES)
        for line in said:
            voice.say(line, language=locale(message.language))
            voice.pause(length=BETWEEN_LINES)
    return str(voice) if said else ""
