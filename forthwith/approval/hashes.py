"""The four hashes of an approval: bytes, recipients, words, law."""

import hashlib
import os
import re
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

import laws
import templates
from forthwith.settings import settings
from models import Notice, Refusal

LAWS = Path(laws.__file__).parent
PATTERNS = LAWS / "patterns.yaml"
TEMPLATES = Path(templates.__file__).parent


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def law_folder(law_id: str) -> Path:
    """Return the folder of a law: `us-ca` stands in laws/us/ca, `eu.gdpr` in laws/eu/gdpr."""
    head, rest, *_ = [*re.split(r"[-.]", law_id, maxsplit=1), ""]
    for root in (LAWS, *settings().laws):
        if rest and (folder := root / head / rest / "law.yaml").exists():
            return folder.parent
    raise Refusal(f"No law is called {law_id!r}.", "`forthwith law list` shows the known ones.")


def file_sha256(path: Path) -> str:
    """Return the hash of a file as it stands on disk now; it is read again only when it was written again."""
    return _as_it_stands(str(path), path.stat())


def _as_it_stands(path: str, state: os.stat_result) -> str:
    return _file_sha256(path, state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=4096)
def _file_sha256(path: str, _written: int, _size: int, _inode: int) -> str:
    return sha256(Path(path).read_bytes())


def law_sha256(law_id: str) -> str:
    """Return the hash of a law's record as it stands on disk now."""
    return record_sha256(law_folder(law_id) / "law.yaml")


def record_sha256(path: Path) -> str:
    """Return the hash of a record: of its file, and of the patterns where it may take one over."""
    own = file_sha256(path)
    return sha256(f"{own}+{file_sha256(PATTERNS)}".encode()) if _takes_over(path, own) else own


@lru_cache(maxsize=4096)
def _takes_over(path: Path, _sha256: str) -> bool:
    """Return whether a record names a pattern, once for each state of its file."""
    return b"pattern:" in path.read_bytes()


def laws_sha256(law_ids: Iterable[str]) -> str:
    """Return one hash over several laws' records."""
    return sha256("".join(f"{name}={law_sha256(name)}\n" for name in sorted(set(law_ids))).encode())


def template_sha256(language: str) -> str:
    """Return the hash of all words and frames that a notice in `language` may be made of. Asked for each batch."""
    found = [file for part in ("layout", language, "regulator") for file in _files(TEMPLATES / part, part)]
    listed = (f"{name}={_as_it_stands(path, state)}\n" for _, name, path, state in sorted(found, key=itemgetter(0)))
    return sha256("".join(listed).encode())


def _files(folder: Path | str, name: str) -> Iterator[tuple[list[str], str, str, os.stat_result]]:
    """Walk through a folder of templates: of each file what it is sorted by, its name there, its path and its state."""
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        for one in found:
            inner = f"{name}/{one.name}"
            if one.is_dir():
                yield from _files(one.path, inner)
            elif not one.name.endswith(".pyc") and one.is_file():
                yield inner.split("/"), inner, one.path, one.stat()


RECIPIENTS = """
with listed as (
  select string_agg(person.id || person.sealed_sha256 || array_to_string(person.elements, '+'), ',' order by person.id)
         as people
    from person join notice_cohort on notice_cohort.cohort_id = person.cohort_id
   where notice_cohort.notice_id = :notice
)
select encode(sha256(convert_to(coalesce(people, ''), 'UTF8')), 'hex') from listed
"""


PLACES = """
select notice.id, incident.scope_version,
       string_agg(notice_cohort.cohort_id::text, ',' order by notice_cohort.cohort_id) as cohorts
  from notice join incident on incident.id = notice.incident_id
  left join notice_cohort on notice_cohort.notice_id = notice.id
 where notice.id = any(:notices) group by notice.id, incident.scope_version
"""
REMEMBERED = 512
_hashes: OrderedDict[tuple[Any, ...], str] = OrderedDict()


def remembered_sha256(session: Session, notice: Notice) -> str:
    """Return `recipients_sha256` as it was at this version of the scope: a million people are hashed once, not a view.

    For showing alone. Inside a change of the scope its version is not final, so whoever decides or sends hashes anew.
    """
    return remembered_all(session, [notice])[notice.id]


def remembered_all(session: Session, notices: Sequence[Notice]) -> dict[uuid.UUID, str]:
    """Return `remembered_sha256` of many notices, by id."""
    told = session.execute(text(PLACES), {"notices": [notice.id for notice in notices]}).all()
    places, found = {row.id: tuple(row) for row in told}, dict[uuid.UUID, str]()
    for notice in notices:
        place = places[notice.id]
        if notice.party_id is not None or place not in _hashes:
            _hashes[place] = recipients_sha256(session, notice)
        found[notice.id] = _hashes[place]
    while len(_hashes) > REMEMBERED:
        _hashes.popitem(last=False)
    return found


def recipients_sha256(session: Session, notice: Notice) -> str:
    """Return the hash of who gets a notice: people with record and exposed data, or a party with addresses."""
    if notice.party_id is None:
        return str(session.execute(text(RECIPIENTS), {"notice": notice.id}).scalar_one())
    party = session.execute(
        text("select id::text, name, email, postal, fax, language from party where id = :id"),
        {"id": notice.party_id},
    ).one()
    return sha256(repr(tuple(party)).encode())
