"""Evidence becomes one list of affected people."""

from forthwith.scoping.cohorts import form_cohorts
from forthwith.scoping.incident_file import EvidenceFile, evidence_of
from forthwith.scoping.loading import load
from forthwith.scoping.loose import SearchReport, search
from forthwith.scoping.normalising.contact import email_key
from forthwith.scoping.previewing import Preview, confirm, preview
from forthwith.scoping.removing import remove, restore
from forthwith.scoping.reporting import FileReport, LoadReport
from forthwith.scoping.showing import links, overview, people_by_party, people_lines
from forthwith.scoping.versions import difference, taken_out, versions

__all__ = [
    "EvidenceFile", "FileReport", "LoadReport", "Preview", "SearchReport", "confirm", "difference", "email_key",
    "evidence_of", "form_cohorts", "links", "load", "overview", "people_by_party", "people_lines", "preview", "remove",
    "restore", "search", "taken_out", "versions",
]  # fmt: skip
