"""Cleaned rows stand in columns, and come back as they were."""

from forthwith.scoping.cleaning import Clean
from forthwith.scoping.normalising.address import Address
from forthwith.scoping.normalising.names import Name
from forthwith.scoping.rows import SCHEMA, to_frame, to_rows

ROWS = [
    Clean(
        row=1, name=Name("Ana", "Lima", "Dra.", "jr"), emails=("a@example.org", "b@example.org"), phones=("+1",),
        address=Address(("Rua 1", "1000 Lisboa"), "1000", "Lisboa", "rua1|1000"), country="PT", jurisdiction="PT",
        source="stated", born="2001-02-03", language="pt", customer_id="7", deceased=True, elements=("email", "name"),
    ),
    Clean(row=2),
]  # fmt: skip


def test_rows_come_back_as_they_were() -> None:
    frame = to_frame(ROWS)
    assert dict(frame.schema) == dict(SCHEMA)
    assert frame.null_count().sum_horizontal().item() == 0
    assert to_rows(frame) == ROWS


def test_no_rows_make_an_empty_frame() -> None:
    assert dict(to_frame([]).schema) == dict(SCHEMA)
    assert to_rows(to_frame([])) == []
