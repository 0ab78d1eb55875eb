"""E-mail addresses and phone numbers: usable for sending, and in one form for comparing."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from forthwith.scoping.words import words

EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~\-\u0080-\uffff]{1,64}@(?:[a-z0-9\u0080-\uffff](?:[a-z0-9\-\u0080-\uffff]{0,61}[a-z0-9\u0080-\uffff])?\.)+[a-z\u0080-\uffff]{2,24}",
)
CUT = re.compile(r"[\s;,<>\"()\[\]]+|mailto:|\|")
NOBODY = words("email_nobody")
ROLES = words("email_roles")
SAME_DIGITS = re.compile(r"\D*(\d)(?:\D*\1){6,}\D*")
FLOAT = re.compile(r"(\d(?:[.,]\d+)?)[eE]\+?(\d{1,2})")
SPLIT_PHONES = re.compile(r"\s*[;|]\s*|\s+(?:or|oder|ou)\s+|\s*/\s*(?=[+0(]\d{2})")
MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@lru_cache(maxsize=200_000)
def emails_in(value: str) -> tuple[str, ...]:
    """Return the addresses in a cell that mail can be sent to, in lower case; placeholders are none."""
    found = (part.strip(".'").lower() for part in CUT.split(value) if "@" in part)
    valid = (address for address in found if EMAIL.fullmatch(address) and ".." not in address)
    return tuple(dict.fromkeys(address for address in valid if address.split("@")[0] not in NOBODY))


def email_key(address: str) -> str:
    """Return an address for comparing: without `+tag`, and Gmail's without dots."""
    local, _, domain = address.lower().rpartition("@")
    local = local.split("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def names_one(address: str) -> bool:
    """Tell whether an address can be one person's: not `info@` and its kin."""
    return address.split("@")[0] not in ROLES


@lru_cache(maxsize=200_000)
def phones_in(value: str, region: str) -> tuple[str, ...]:
    """Return the valid numbers in a cell as E.164; `region` is the country of numbers without a country code."""
    found = (phone_of(part, region) for part in SPLIT_PHONES.split(value) if part)
    return tuple(dict.fromkeys(number for number in found if number))


def phone_of(value: str, region: str) -> str:
    """Return one number as E.164, or blank where it is not valid or is a placeholder."""
    text = _whole(value)
    if SAME_DIGITS.fullmatch(text):
        return ""
    for attempt in (text, f"+{text}") if text[:1].isdigit() and not text.startswith("0") else (text,):
        try:
            number = phonenumbers.parse(attempt, region or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    return ""


def _whole(value: str) -> str:
    """Return a number's text; one that a spreadsheet wrote as 4.9301E+10 is written out, `00` becomes `+`."""
    text = value.strip().removesuffix(".0")
    if found := FLOAT.fullmatch(text):
        text = str(int(float(f"{found[1].replace(',', '.')}e{found[2]}")))
    return "+" + text[2:] if text.startswith("00") else text


@lru_cache(maxsize=200_000)
def region_of(number: str) -> str:
    """Return the country of an E.164 number; blank where it belongs to none."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""


@lru_cache(maxsize=200_000)
def takes_sms(number: str) -> bool:
    """Tell whether an E.164 number may be a mobile one."""
    return phonenumbers.number_type(phonenumbers.parse(number)) in MOBILE
