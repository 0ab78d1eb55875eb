import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith import keys
from forthwith.filling.codes import ALPHABET, code_index, normal_code, verification_code, verify_url
from models import Refusal, new_id


def a_key() -> keys.DataKey:
    incident = new_id()
    return keys.unwrap(incident, keys.new_data_key(incident))


def test_a_code_is_eight_letters_of_crockfords_alphabet() -> None:
    assert re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", verification_code(a_key(), uuid.uuid4()))


def test_a_code_is_the_first_forty_bits_of_the_keyed_hash() -> None:
    key, person = a_key(), uuid.uuid4()
    letters = verification_code(key, person).replace("-", "")
    value = 0
    for letter in letters:
        value = value * 32 + ALPHABET.index(letter)
    assert f"{value:010x}" == key.blind("code", str(person))[:10]


def test_the_same_person_has_the_same_code_and_another_incident_another() -> None:
    key, other, person = a_key(), a_key(), uuid.uuid4()
    assert verification_code(key, person) == verification_code(key, person)
    assert verification_code(key, person) != verification_code(other, person)


def test_a_hundred_thousand_people_have_hardly_a_code_twice() -> None:
    key = a_key()
    codes = {verification_code(key, uuid.UUID(int=n)) for n in range(20_000)}
    assert len(codes) > 19_990


@pytest.mark.parametrize("typed", ["abcd-efgh", " ABCD EFGH ", "ABCDEFGH", "abcd efgh"])
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert normal_code(typed) == "ABCD-EFGH"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert normal_code("oil0-ilo1") == "0110-1101"


@pytest.mark.parametrize("typed", ["", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFGU", "ABCD_EFGH", "ÄBCD-EFGH"])
def test_what_can_be_no_code_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match="no code of a notice"):
        normal_code(typed)


@given(st.uuids())
def test_every_code_finds_its_index_again(person: uuid.UUID) -> None:
    incident = uuid.UUID(int=7)
    key = keys.DataKey(incident, b"k" * 32)
    code = verification_code(key, person)
    assert code_index(key, code.lower().replace("-", " ")) == key.blind("verify", code)


def test_the_code_stands_behind_the_hash_of_the_address_where_no_server_sees_it() -> None:
    assert verify_url("https://notice.example.com/", "ABCD-EFGH") == "https://notice.example.com/verify#ABCD-EFGH"
    assert verify_url("https://notice.example.com") == "https://notice.example.com/verify"
