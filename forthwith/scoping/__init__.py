"""Evidence becomes one list of affected people."""

from forthwith.scoping.cohorts import form_cohorts
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
from forthwith.scoping.versions import difference, taken_out, versions

__all__ = [
    "EvidenceFile", "FileReport", "LoadReport", "Preview", "SearchReport", "SuppressReport", "confirm", "decide",
    "difference", "email_key", "evidence_of", "form_cohorts", "lift", "links", "load", "merges", "overview",
    "part", "people_by_party", "people_lines", "preview", "propose", "queue", "remove", "restore", "search",
    "suppress", "taken_out", "versions",
]  # fmt: skip
