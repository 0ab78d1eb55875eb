"""The code by which a recipient checks that a notice is real. It says nothing about the person."""

import uuid
from collections.abc import Sequence

from forthwith.keys import INDEX, DataKey
from models import Refusal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
LETTERS = 8
PAIRS = [(one + other).encode() for one in ALPHABET for other in ALPHABET]  # by ten bits


def verification_code(key: DataKey, person_id: uuid.UUID | str) -> str:
    """Return a person's code, like `ABCD-EFGH`: 40 bits of a keyed hash of the person's id."""
    return verification_codes(key, [str(person_id)])[0]


def verification_codes(key: DataKey, people: Sequence[str]) -> list[str]:
    """Return the codes of many people, by their ids as text, each as `verification_code` gives it."""
    return [code.decode() for code in _codes(key, people)]


def _codes(key: DataKey, people: Sequence[str]) -> list[bytes]:
    """Return the codes of many people, as ASCII."""
    return list(map(_code, key.hashes("code", (person.encode() for person in people))))


def _code(keyed: bytes) -> bytes:
    """Return the first 40 bits of a keyed hash as a code."""
    bits = int.from_bytes(keyed[:5], "big")
    return b"%b%b-%b%b" % (PAIRS[bits >> 30], PAIRS[bits >> 20 & 1023], PAIRS[bits >> 10 & 1023], PAIRS[bits & 1023])


def normal_code(typed: str) -> str:
    """Return a code as we write it, from what somebody typed. Raises Refusal where it can't be one."""
    letters = typed.strip().upper().translate(READ_AS)
    if len(letters) != LETTERS or set(letters) - set(ALPHABET):
        raise Refusal("That is no code of a notice.", "It has eight letters or digits, like ABCD-EFGH.")
    return f"{letters[:4]}-{letters[4:]}"


def code_index(key: DataKey, code: str) -> str:
    """Return what `Person.code_index` holds for a code: it finds the person, and can't be turned back."""
    return key.blind("verify", normal_code(code))


def own_index(key: DataKey, person_id: uuid.UUID | str) -> str:
    """Return what `Person.code_index` holds for a person: `code_index` of their own code."""
    return own_hashes(key, [str(person_id)])[0].hex()[:INDEX]


def own_hashes(key: DataKey, people: Sequence[str]) -> list[bytes]:
    """Return the keyed hashes of which `Person.code_index` holds half in hex, for many people by their ids as text."""
    return key.hashes("verify", _codes(key, people))


def verify_url(public_url: str, code: str = "") -> str:
    """Return the page where a notice is checked. The code follows `#`: browsers never send that part."""
    base = public_url.rstrip("/") + "/verify"
    return f"{base}#{code}" if code else base
