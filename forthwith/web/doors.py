"""Which of our pages open to somebody, by the guards' own rule: a page shows no link that would be refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from re import Pattern

from fastapi.routing import APIRoute

from forthwith.web.guards import Reads
from forthwith.web.visits import Visit


@dataclass(frozen=True, slots=True)
class Door:
    """The address of pages, and who lets in."""

    path: Pattern[str]
    guard: Reads
    of_incident: bool


_doors: list[Door] = []


def learn(routes: Iterable[object]) -> None:
    """Take up the guarded pages of a router; the application does when it is made. Learnt twice they are one."""
    for route in routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and (guard := _guard(route)):
            door = Door(route.path_regex, guard, "{ref}" in route.path)
            if all(door.path.pattern != known.path.pattern for known in _doors):
                _doors.append(door)


def opens(visit: Visit, path: str, roles: frozenset[str] | None = None) -> bool:
    """Return whether a page opens to somebody. What is guarded by nobody, or is no page, does.

    `roles`: those that they have in the incident of the path, where the asking page is not one of this incident.
    """
    bare = path.partition("#")[0].partition("?")[0]
    door = next((one for one in _doors if one.path.fullmatch(bare)), None)
    if door is None:
        return True
    there = visit.roles if roles is None else roles
    return door.guard.admits(visit.user, there if door.of_incident else visit.at_large)


def _guard(route: APIRoute) -> Reads | None:
    calls = (dependency.call for dependency in route.dependant.dependencies)
    return next((call for call in calls if isinstance(call, Reads)), None)
