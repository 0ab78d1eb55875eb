"""Evidence becomes one list of affected people.

Its parts are imported when they are asked for: who only counts the people of an incident, as each flow run does, need
not load what reads their files.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forthwith.scoping.cohorts import form_cohorts
    from forthwith.scoping.correcting import Correction, address_of, correct
    from forthwith.scoping.incident_file import EvidenceFile, evidence_of
    from forthwith.scoping.loading import load
    from forthwith.scoping.loose import SearchReport, search
    from forthwith.scoping.near import decide, merges, part, propose, queue
    from forthwith.scoping.normalising.contact import email_key
    from forthwith.scoping.previewing import Preview, confirm, preview
    from forthwith.scoping.removing import remove, restore
    from forthwith.scoping.reporting import FileReport, LoadReport
    from forthwith.scoping.showing import links, overview, people_by_party, people_lines
    from forthwith.scoping.suppressing import SuppressReport, lift, suppress
    from forthwith.scoping.versions import difference, scope_versions, taken_out

__all__ = [
    "Correction", "EvidenceFile", "FileReport", "LoadReport", "Preview", "SearchReport", "SuppressReport", "address_of",
    "confirm", "correct", "decide", "difference", "email_key", "evidence_of", "form_cohorts", "lift", "links", "load",
    "merges", "overview", "part", "people_by_party", "people_lines", "preview", "propose", "queue", "remove", "restore",
    "scope_versions", "search", "suppress", "taken_out",
]  # fmt: skip

HOMES = {
    "cohorts": ("form_cohorts",), "correcting": ("Correction", "address_of", "correct"),
    "incident_file": ("EvidenceFile", "evidence_of"), "loading": ("load",),
    "loose": ("SearchReport", "search"), "near": ("decide", "merges", "part", "propose", "queue"),
    "normalising.contact": ("email_key",), "previewing": ("Preview", "confirm", "preview"),
    "removing": ("remove", "restore"),
    "reporting": ("FileReport", "LoadReport"), "showing": ("links", "overview", "people_by_party", "people_lines"),
    "suppressing": ("SuppressReport", "lift", "suppress"),
    "versions": ("difference", "scope_versions", "taken_out"),
}  # fmt: skip
_home_of = {name: module for module, names in HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import what is asked for from its home."""
    if name not in _home_of:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_home_of[name]}"), name)
