"""What countries are called: read without the rest of the package that holds it."""

import subprocess
import sys

from forthwith import countries


def test_a_country_is_named_in_each_language_and_a_reference_to_another_language_is_followed() -> None:
    names = countries.names()
    assert (names["FR"]["en"], names["FR"]["de"], names["FR"]["it"]) == ("France", "Frankreich", "Francia")
    assert (names["DE"]["nl"], names["JP"]["en"]) == ("Duitsland", "Japan")
    assert [code for code, by in names.items() for name in by.values() if name.startswith("*")] == []
    assert [code for code, by in names.items() if not by.get("en")] == []


def test_the_area_codes_of_the_earth_are_not_read_for_it() -> None:
    code = (
        "import sys; from forthwith import countries; countries.names(); print('phonenumbers.geodata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_it_is_the_same_table_that_the_package_has() -> None:
    code = (
        "from phonenumbers.geodata.locale import LOCALE_DATA as told; from forthwith import countries;"
        "print(sum(by.get(l) == n for c, by in countries.names().items() for l, n in told[c].items() if n[:1] != '*'),"
        "sum(n[:1] != '*' for by in told.values() for n in by.values()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    same, all_of_them = done.stdout.split()
    assert same == all_of_them != "0"
