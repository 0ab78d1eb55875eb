"""Telephone and fax numbers in the one form that every provider takes (ITU-T E.164)."""

import phonenumbers


def e164(written: str) -> str | None:
    """Return an international number as `+` and digits; None where it can't be dialled from anywhere."""
    try:
        number = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
