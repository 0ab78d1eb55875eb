"""What is made for many people at once is what is made for one."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from forthwith.filling.codes import code_index, own_index, verification_code
from forthwith.keys import DataKey
from models import id_texts, new_ids

INCIDENT = uuid.UUID(int=7)
KEY = DataKey(INCIDENT, bytes(range(32)))


@given(st.lists(st.text(), max_size=5))
def test_what_is_sealed_together_opens_alone(plains: list[str]) -> None:
    owners = new_ids(len(plains))
    sealed = KEY.seal_all(owners, [plain.encode() for plain in plains])
    opened = [KEY.open(uuid.UUID(bytes=owner), blob).decode() for owner, blob in zip(owners, sealed, strict=True)]
    assert opened == plains
    assert len({blob[:12] for blob in sealed}) == len(plains)


def test_many_ids_are_different_and_of_version_7() -> None:
    made = new_ids(5000)
    ids = [uuid.UUID(bytes=identity) for identity in made]
    assert len(set(ids)) == 5000
    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}
    assert id_texts(made) == list(map(str, ids))


@given(st.uuids())
def test_the_index_of_a_person_s_own_code_finds_the_code_that_is_typed(person: uuid.UUID) -> None:
    code = verification_code(KEY, person)
    assert own_index(KEY, person) == own_index(KEY, str(person)) == code_index(KEY, code.lower().replace("-", " "))


def test_a_code_stays_what_it_was() -> None:
    bits = int(KEY.blind("code", str(INCIDENT))[:10], 16)
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    letters = "".join(alphabet[bits >> shift & 31] for shift in range(35, -5, -5))
    assert verification_code(KEY, INCIDENT) == f"{letters[:4]}-{letters[4:]}"
