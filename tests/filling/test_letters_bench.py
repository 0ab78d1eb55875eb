import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.mark.slow
def test_letters_are_typeset_several_times_faster_than_by_the_usual_tool() -> None:
    from bench import letters

    found = letters.run(batch=20, singles=3, peers=1)
    assert found["typst_batched"] > 3 * found["weasyprint"]
    assert found["typst_single"] > 2 * found["weasyprint"]
    assert found["bytes_per_letter"] < 60_000
