"""Keys: made once, kept private, and the only way to what they sealed."""

import base64
import hmac
import os
import stat
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from forthwith import keys
from forthwith.settings import settings
from models import Incident, Refusal, new_id


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test's own."""
    monkeypatch.setenv("FORTHWITH_HOME", str(tmp_path))
    settings.cache_clear()
    keys.signing_key.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()
    keys.signing_key.cache_clear()


def test_first_use_makes_a_private_key_and_says_so(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.new_data_key(new_id())
    made = own_home / "keys" / "kek"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert len(base64.b64decode(made.read_bytes())) == 32
    assert "Back it up" in capsys.readouterr().err


def test_second_use_takes_the_same_key_in_silence(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    incident = new_id()
    wrapped = keys.new_data_key(incident)
    capsys.readouterr()
    assert keys.unwrap(incident, wrapped).blind("x", "y") == keys.unwrap(incident, wrapped).blind("x", "y")
    assert capsys.readouterr().err == ""


def test_a_warning_never_shows_the_key_itself(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.new_data_key(new_id())
    assert (own_home / "keys" / "kek").read_text() not in capsys.readouterr().err


TEN = """
import hashlib, os
from forthwith import keys
gate, bar = os.pipe()
for _ in range(10):
    if os.fork() == 0:
        os.close(bar)
        os.read(gate, 1)  # it ends when the mother lifts the bar: all begin at once
        os.write(1, hashlib.sha256(keys._kek()).hexdigest().encode() + b"\\n")
        os._exit(0)
os.close(bar)
for _ in range(10):
    os.wait()
"""


def test_ten_processes_starting_at_once_agree_on_one_key(own_home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", TEN], capture_output=True, text=True, check=True)
    found = done.stdout.split()
    assert len(found) == 10
    assert len(set(found)) == 1


@pytest.mark.parametrize("bad", ["", "short", base64.b64encode(b"x" * 31).decode(), "!" * 44])
def test_a_key_that_is_no_key_is_refused_with_what_to_do(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    (own_home / "keys").mkdir()
    (own_home / "keys" / "kek").write_text(bad)
    with pytest.raises(Refusal, match="backup"):
        keys.new_data_key(new_id())


def test_the_key_from_the_environment_wins(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_KEK", base64.b64encode(os.urandom(32)).decode())
    settings.cache_clear()
    keys.new_data_key(new_id())
    assert not (own_home / "keys" / "kek").exists()


def test_another_key_encryption_key_opens_nothing(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = new_id()
    wrapped = keys.new_data_key(incident)
    monkeypatch.setenv("FORTHWITH_KEK", base64.b64encode(os.urandom(32)).decode())
    settings.cache_clear()
    with pytest.raises(Refusal, match="does not open"):
        keys.unwrap(incident, wrapped)


def test_a_destroyed_key_ends_retention(incident: Incident) -> None:
    with pytest.raises(Refusal, match="destroyed"):
        keys.unwrap(incident.id, None)


def test_a_wrapped_key_fits_its_own_incident_alone(incident: Incident) -> None:
    with pytest.raises(Refusal):
        keys.unwrap(new_id(), incident.wrapped_key)


@given(plain=st.binary(max_size=400), flip=st.integers(min_value=0))
def test_one_flipped_bit_of_a_sealed_record_is_found(plain: bytes, flip: int) -> None:
    incident, owner = new_id(), new_id()
    key = keys.unwrap(incident, keys.new_data_key(incident))
    sealed = bytearray(key.seal(owner, plain))
    assert key.open(owner, bytes(sealed)) == plain
    sealed[flip % len(sealed)] ^= 1
    with pytest.raises(Refusal):
        key.open(owner, bytes(sealed))


def test_sealing_twice_never_gives_the_same_bytes(incident: Incident) -> None:
    key, owner = keys.unwrap(incident.id, incident.wrapped_key), new_id()
    assert len({key.seal(owner, b"Ada") for _ in range(100)}) == 100


def test_blind_indexes_differ_by_field_by_value_and_by_incident(incident: Incident) -> None:
    other = new_id()
    here = keys.unwrap(incident.id, incident.wrapped_key)
    there = keys.unwrap(other, keys.new_data_key(other))
    made = [
        here.blind("email", "a@example.com"),
        here.blind("phone", "a@example.com"),
        here.blind("email", "b@example.com"),
    ]
    assert len({*made, there.blind("email", "a@example.com")}) == 4
    assert not any("example" in index for index in made)


def test_a_blind_index_is_an_hmac_of_field_and_value() -> None:
    index = HKDF(SHA256(), 32, None, b"forthwith blind index").derive(b"k" * 32)
    made = keys.DataKey(uuid.UUID(int=1), b"k" * 32).blind_all("email", ["", "ü@x.example", "a" * 200])
    assert made == [
        hmac.digest(index, f"email\0{value}".encode(), "sha256").hex()[:32] for value in ("", "ü@x.example", "a" * 200)
    ]


def test_a_field_and_a_value_never_run_together(incident: Incident) -> None:
    key = keys.unwrap(incident.id, incident.wrapped_key)
    assert key.blind("ab", "c") != key.blind("a", "bc")


def test_the_public_key_is_the_signing_keys(own_home: Path) -> None:
    signed = keys.signing_key().sign(b"entry")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(base64.b64decode(keys.public_key())).verify(signed, b"entry")
    assert stat.S_IMODE((own_home / "keys" / "timeline").stat().st_mode) == 0o600
