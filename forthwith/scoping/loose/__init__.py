"""Loose files (letters, mails, logs, PDFs) are searched for personal data and for known people; nobody is added."""

from forthwith.scoping.loose.report import FileFound, SearchReport
from forthwith.scoping.loose.search import search

__all__ = ["FileFound", "SearchReport", "search"]
