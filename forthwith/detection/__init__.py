"""Alerts become signals, signals become an incident."""

from forthwith.detection.files import IncidentFile, add_file, open_from_file
from forthwith.detection.intake import Detected, detect, read_payload
from forthwith.detection.opening import attach, close_incident, open_incident

__all__ = [
    "Detected", "IncidentFile", "add_file", "attach", "close_incident", "detect", "open_from_file", "open_incident",
    "read_payload",
]  # fmt: skip
