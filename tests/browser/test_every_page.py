"""Every page, wide and on a phone, by day and by night: no barrier, nothing cut off, nobody else asked for anything."""

import pytest
from fakes.own_code import told_by_mail
from fakes.seen import PHONE, WIDE, Seen

PUBLIC = ("/verify", "/verify?lang=de", "/sign-in", "/mine")
INSIDE = {
    "responder": ("/incidents/new", "/signals", "/incidents/{ref}/evidence",
                  "/incidents/{ref}/people", "/incidents/{ref}/people/near"),
    "operator": ("/operator", "/users"),
    "legal": ("/incidents", "/incidents/{ref}", "/incidents/{ref}/review", "/incidents/{ref}/timeline",
              "/incidents/{ref}/enquiries", "/incidents/{ref}/deliveries",
              "/incidents/{ref}/review/variants/{variant}"),
}  # fmt: skip
LOOKS = [(WIDE, False), (PHONE, True)]


def look(seen: Seen, path: str, width: int, dark: bool) -> list[str]:
    """Return what is wrong with a page in a window."""
    seen.page.set_viewport_size({"width": width, "height": 900})
    seen.page.emulate_media(color_scheme="dark" if dark else "light")
    seen.goto(path)
    found = [f"{path} at {width}{' dark' if dark else ''}: {one}" for one in seen.violations()]
    wider = seen.sideways()
    return [*found, *([f"{path} at {width}: {wider} pixels too wide"] if wider > 0 else [])]


def test_pages_of_everybody(seen: Seen) -> None:
    code, name = told_by_mail(seen.house)
    seen.goto(f"/verify#{code}")
    seen.page.fill("#own-name", name)
    seen.page.click("form[action='/mine'] button")
    seen.page.wait_for_url("**/mine*")
    assert [wrong for path in PUBLIC for width, dark in LOOKS for wrong in look(seen, path, width, dark)] == []
    assert seen.wrong == []


@pytest.mark.parametrize("role", sorted(INSIDE))
def test_pages_of_the_house(seen: Seen, role: str) -> None:
    seen.sign_in(role)
    paths = [path.format(ref=seen.house.ref, **seen.house.ids) for path in INSIDE[role]]
    assert [wrong for path in paths for width, dark in LOOKS for wrong in look(seen, path, width, dark)] == []
    assert seen.wrong == []
