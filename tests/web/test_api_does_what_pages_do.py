"""Whatever a page does, a program can do: each door of the rooms has its door of the API, or a stated reason."""

import pytest
from fastapi.routing import APIRoute
from test_api_doors import doors as api_doors
from test_guards_shape import OWN, PUBLIC, TOKEN
from test_guards_shape import doors as page_doors

HERSELF = "how one comes in, and one's own factors, sessions and tokens: a token must not beget a token"
A_FORM = "a form to fill: the act behind it is the door"
A_PAINTING = "a view of what another door tells"
REF, WORDING = "/incidents/{ref}", "/incidents/{ref}/wordings/{variant_id}"

# a page's act -> the doors of the API that do it together
ACTS: dict[str, tuple[str, ...]] = {
    "/users": ("POST /users",),
    "/users/{user_id}/renew": ("POST /users/{user_id}/renew",),
    "/users/{user_id}/end": ("POST /users/{user_id}/end",),
    "/users/{user_id}/confine": ("POST /users/{user_id}/confine",),
    "/users/{user_id}/let-in": ("POST /users/{user_id}/let-in",),
    "/users/access/{access_id}/end": ("POST /users/access/{access_id}/end",),
    "/incidents/new": ("POST /incidents", f"POST {REF}/facts"),
    "/signals/{signal_id}/written": ("POST /signals/{signal_id}/written",),
    "/signals/{signal_id}": tuple(f"POST /signals/{{signal_id}}/{act}" for act in ("open", "attach", "aside")),
    f"{REF}/deliveries/pause": (f"POST {REF}/deliveries/pause",),
    f"{REF}/deliveries/resume": (f"POST {REF}/deliveries/resume",),
    f"{REF}/respond": (f"POST {REF}/respond",),
    f"{REF}/evidence": (f"POST {REF}/evidence",),
    f"{REF}/evidence/{{upload_id}}": tuple(f"POST {REF}/evidence/{{upload_id}}/{act}" for act in ("preview", "load")),
    f"{REF}/people/near": (f"POST {REF}/people/near",),
    f"{REF}/people/near/{{pair_id}}": (f"POST {REF}/people/near/{{pair_id}}/look",),
    f"{REF}/people/near/{{pair_id}}/decide": (f"POST {REF}/people/near/{{pair_id}}",),
    f"{REF}/people/scope": tuple(f"POST {REF}/people/{act}" for act in ("foresee", "remove", "restore")),
    f"{REF}/people/{{number}}": (f"POST {REF}/people/{{number}}",),
    f"{REF}/people/{{number}}/part": (f"POST {REF}/people/{{number}}/part",),
    f"{REF}/review/variants/{{variant_id}}": (f"POST {WORDING}/decision",),
    f"{REF}/review/variants": (f"POST {REF}/wordings",),
    f"{REF}/review/duties/{{duty_id}}": (f"POST {REF}/duties/{{duty_id}}",),
    f"{REF}/review/questions/{{question_id}}": (f"POST {REF}/questions/{{question_id}}",),
    f"{REF}/review/variants/{{variant_id}}/remarks": (f"POST {WORDING}/remarks",),
    f"{REF}/review/variants/{{variant_id}}/remarks/{{remark_id}}": (f"POST {WORDING}/remarks/{{remark_id}}/settle",),
    f"{REF}/enquiries/{{number}}": (f"POST {REF}/enquiries/{{number}}",),
    f"{REF}/enquiries/{{number}}/answer": (f"POST {REF}/enquiries/{{number}}/answer",),
    f"{REF}/enquiries/{{number}}/mail": (f"POST {REF}/enquiries/{{number}}/mail",),
    f"{REF}/enquiries/{{number}}/close": (f"POST {REF}/enquiries/{{number}}/close",),
    "/operator/checks": ("POST /operator/checks",),
}

# what a page shows -> where a program reads it
VIEWS: dict[str, tuple[str, ...]] = {
    "/users": ("GET /users",),
    "/signals": ("GET /signals",),
    "/incidents": ("GET /incidents", "GET /deadlines"),
    REF: (f"GET {REF}", f"GET {REF}/facts", f"GET {REF}/deadlines"),
    f"{REF}/progress": (f"GET {REF}/deliveries",),
    f"{REF}/deliveries": (f"GET {REF}/deliveries",),
    f"{REF}/evidence": (f"GET {REF}/evidence",),
    f"{REF}/people/near": (f"GET {REF}/people/near",),
    f"{REF}/people": (f"GET {REF}/people", f"GET {REF}/people/counts", f"GET {REF}/people/versions"),
    f"{REF}/people/difference": (f"GET {REF}/people/difference",),
    f"{REF}/review": (f"GET {REF}/duties", f"GET {REF}/questions", f"GET {REF}/wordings"),
    f"{REF}/review/variants/{{variant_id}}": (f"GET {WORDING}", f"GET {WORDING}/paragraphs"),
    f"{REF}/review/variants/{{variant_id}}/preview.html": (f"GET {WORDING}",),
    f"{REF}/review/variants/{{variant_id}}/preview.pdf": (f"GET {WORDING}/letter.pdf",),
    f"{REF}/enquiries": (f"GET {REF}/enquiries",),
    f"{REF}/timeline": (f"GET {REF}/timeline",),
    f"{REF}/timeline.{{kind}}": (f"GET {REF}/timeline/export",),
}

# without a door of the API, and why
LEFT_OUT: dict[str, str] = {
    "POST /sign-out": HERSELF, "GET /account": HERSELF, "GET /account/confirm": HERSELF,
    "POST /account/confirm": HERSELF,
    "POST /account/sessions/end-others": HERSELF, "POST /account/passkeys": HERSELF,
    "POST /account/passkeys/{passkey_id}/remove": HERSELF, "POST /account/authenticator": HERSELF,
    "POST /account/authenticator/confirm": HERSELF, "POST /account/authenticator/remove": HERSELF,
    "POST /account/recovery-codes": HERSELF, "POST /account/tokens": HERSELF,
    "POST /account/tokens/{token_id}/end": HERSELF, "GET /incidents/new": A_FORM,
    "GET /operator": "its counts are /metrics, its checks have their door",
    f"GET {REF}/review/variants/{{variant_id}}/page-{{number}}.png": A_PAINTING,
}  # fmt: skip


def rooms() -> list[str]:
    """Return the doors of the rooms of responders, legal and operators."""
    return [
        f"{method} {route.path}" for method, route in page_doors()
        if (method, route.path) not in PUBLIC | OWN | TOKEN
    ]  # fmt: skip


def named(method: str, route: APIRoute) -> str:
    return f"{method} {route.path}"


def told() -> dict[str, tuple[str, ...]]:
    return {f"POST {path}": api for path, api in ACTS.items()} | {f"GET {path}": api for path, api in VIEWS.items()}


@pytest.mark.parametrize("page", rooms())
def test_whatever_a_page_does_a_program_can_do(page: str) -> None:
    """A new page comes with its door for programs and a line in the table above; or with a reason in `LEFT_OUT`."""
    assert (page in told()) != (page in LEFT_OUT), page


def test_the_table_names_only_what_is_there() -> None:
    pages, api = set(rooms()), {named(*door) for door in api_doors()}
    assert set(told()) | set(LEFT_OUT) == pages
    assert {door for doors in told().values() for door in doors} <= api
    assert all(LEFT_OUT.values())
    assert not any(page.startswith("POST") for page, why in LEFT_OUT.items() if why != HERSELF), "only one's own acts"
