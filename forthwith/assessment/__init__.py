"""Facts and laws become obligations, clocks and questions."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from forthwith.assessment.engine import Assessment, assess

if TYPE_CHECKING:
    from forthwith.assessment.keeping import RunReport, run

__all__ = ["Assessment", "RunReport", "assess", "run"]


def __getattr__(name: str) -> Any:
    """Load what needs the database only when it is asked for: `forthwith assess FACTS.yaml` doesn't."""
    if name in ("RunReport", "run"):
        return getattr(import_module("forthwith.assessment.keeping"), name)
    raise AttributeError(name)
