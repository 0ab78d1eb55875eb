"""The records of new people, made in columns from all of their rows: what `gathering.add_rows` makes of one person."""

from datetime import date

import polars as pl

from forthwith.scoping.gathering import CHANNELS, SURE
from forthwith.scoping.jsontext import joined, member, members
from forthwith.scoping.merging.traits import by_value
from forthwith.scoping.normalising import places
from forthwith.scoping.normalising.names import EASTERN
from forthwith.scoping.normalising.phone_columns import take_sms
from forthwith.scoping.wire import listed
from models import AgeClass

WHO = "person"
WORD = 62  # bits
LISTS, FIRSTS = ("emails", "phones", "faxes"), ("born", "guardian", "customer_id", "national_id", "language")
HOME = ("source", "country", "jurisdiction")
ANY = ("opt_out", "deceased", "email_consent")
BLANK = pl.lit("")


def gathered(rows: pl.DataFrame, today: date) -> pl.DataFrame:
    """Return one row a person, in their order, from cleaned rows in theirs (`rows.SCHEMA` with `elements` as one
    text, see `wire.listed`; `person`; and `seen`: what is kept of each for comparing, see `kept_of`).

    `record` is the PersonRecord as JSON, without what is blank; the other columns are those of a Subject.
    """
    people = rows.group_by(WHO).agg(*simple()).sort(WHO)
    lists = (united(rows, name) for name in (*LISTS, "seen"))
    people = beside(people, names(rows), *lists, elements_of(rows), homes(rows)).with_columns(
        pl.col("country", "name", "given", "family", "salutation").fill_null(BLANK),
        pl.col("jurisdiction", "source").fill_null("unknown"), pl.col(*LISTS, "elements").fill_null([]),
    )  # fmt: skip
    people = beside(people, addresses(rows, people)).with_columns(
        pl.col("address").fill_null([]), pl.col("postcode", "home").fill_null(BLANK)
    )
    return counted(people, today)


def counted(people: pl.DataFrame, today: date) -> pl.DataFrame:
    """Return people with the clear columns that follow from what is known of them, and `record`."""
    return people.with_columns(*_counted(today)).with_columns(_channels(people)).with_columns(record=_record())


def beside(people: pl.DataFrame, *parts: pl.DataFrame) -> pl.DataFrame:
    """Return people with what the parts tell of each; null where one tells nothing. No part tells of one twice."""
    whole = [people]
    for part in parts:
        if part[WHO].equals(people[WHO]):  # of everybody, in their order
            whole.append(part.drop(WHO))
            continue
        told = pl.int_range(part.height, dtype=pl.UInt32(), eager=True)
        at = pl.repeat(None, people.height, dtype=pl.UInt32(), eager=True)
        at = at.scatter(people[WHO].search_sorted(part[WHO]), told)
        whole.append(part.select(pl.exclude(WHO).gather(at)))
    return pl.concat(whole, how="horizontal")


def simple() -> list[pl.Expr]:
    """Return what is the first filled value, or true of any row."""
    firsts = [pl.col(name).filter(pl.col(name) != "").first().fill_null(BLANK) for name in FIRSTS]
    return [*firsts, *(pl.col(name).any() for name in ANY)]


def united(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the different entries of a list, in order."""
    filled = rows.lazy().select(WHO, name).filter(pl.col(name).list.len() > 0).explode(name)
    return filled.unique([WHO, name], maintain_order=True).group_by(WHO, maintain_order=True).agg(name).collect()


def names(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the fullest name; among equals the one that is written most often, then the first."""
    parts = ("given", "family", "salutation", "suffix")
    named = rows.select(WHO, *parts).filter((pl.col("given") != "") | (pl.col("family") != ""))
    counted = named.group_by(WHO, *parts, maintain_order=True).len("times")
    alone = counted[WHO].is_unique()
    one = counted.filter(alone).select(WHO, *parts, own="suffix")
    taken = pl.concat([one, _fullest(counted.filter(~alone)).select(one.columns)]).with_columns(name=_whole())
    return taken.select(WHO, "name", "given", "family", "salutation")


def _fullest(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the fullest of people's names, with its suffix (`own`) and the first that any of them states."""
    ordered = counted.with_row_index("order").sort(
        WHO, fullness(), "times", "order", descending=[False, True, True, False]
    )
    firsts = counted.group_by(WHO).agg(
        pl.col(name).filter(pl.col(name) != "").first().fill_null(BLANK) for name in ("salutation", "suffix")
    )
    best = ordered.unique(WHO, keep="first").select(WHO, "given", "family", pl.col("suffix").alias("own"))
    return best.join(firsts, on=WHO)


def fullness() -> pl.Expr:
    """Return how much of a name is there; an initial is less than a name."""
    whole = pl.col("given").str.strip_chars_end(".").str.len_chars() > 1
    given = pl.when(whole).then(2).when(pl.col("given") != "").then(1).otherwise(0)
    return given + 2 * (pl.col("family") != "").cast(pl.Int32())


def _whole() -> pl.Expr:
    """Return the name as on an envelope: `Name.whole` in columns."""
    stated = pl.when(pl.col("own") != "").then("own").otherwise("suffix")
    suffix = by_value(stated, lambda one: one.title() if one in ("jr", "sr") else one.upper())
    eastern = pl.col("family").str.contains(EASTERN.pattern)
    parts = (
        pl.when(eastern).then("family").otherwise("given"), pl.when(eastern).then("given").otherwise("family"), suffix,
    )  # fmt: skip
    return pl.concat_str([pl.when(part != "").then(part) for part in parts], separator=" ", ignore_nulls=True)


def homes(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the surest jurisdiction: stated before address before phone; a state before its country alone."""
    told = rows.select(WHO, *HOME).filter(pl.col("country") != "")
    counted = told.group_by(WHO, *HOME, maintain_order=True).len("times")
    alone = counted[WHO].is_unique()
    return pl.concat([counted.filter(alone).select(WHO, *HOME), _surest(counted.filter(~alone))])


def _surest(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the surest of people's homes."""
    sure = pl.col("source").replace_strict(SURE, return_dtype=pl.Int8())
    ordered = counted.lazy().with_row_index("order").sort(WHO, sure, -pl.col("times").cast(pl.Int64()), "order")
    best = ordered.unique(WHO, keep="first", maintain_order=True).select(WHO, *HOME)
    states = ordered.filter(pl.col("jurisdiction").str.contains("-", literal=True))
    finer = states.unique([WHO, "country"], keep="first", maintain_order=True).select(
        WHO, "country", finer="jurisdiction", told_by="source"
    )
    alone = ~pl.col("jurisdiction").str.contains("-", literal=True) & pl.col("finer").is_not_null()
    both = best.join(finer, on=[WHO, "country"], how="left")
    return both.select(
        WHO, pl.when(alone).then("told_by").otherwise("source").alias("source"), "country",
        pl.when(alone).then("finer").otherwise("jurisdiction").alias("jurisdiction"),
    ).collect()  # fmt: skip


def addresses(rows: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Return the fullest postal address, one in the person's own country first."""
    sent = rows.lazy().select(WHO, "lines", "postcode", "country").filter(pl.col("lines").list.len() >= 2)
    homes = people.lazy().select(WHO, own="country")
    ranked = sent.join(homes, on=WHO, maintain_order="left").sort(
        pl.col(WHO), pl.col("country") == pl.col("own"), pl.col("postcode") != "", pl.col("lines").list.len(),
        descending=[False, True, True, True], maintain_order=True,
    )  # fmt: skip
    best = ranked.unique(WHO, keep="first", maintain_order=True)
    home = pl.when(pl.col("country") != "").then("country").otherwise("own")
    return best.select(WHO, "postcode", address="lines", home=home).collect()


def elements_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the exposed data of all rows, sorted. Few sets are different: each is a bit, and united once."""
    sets = rows["elements"]
    distinct = sets.unique()
    number = sets.replace_strict(distinct, pl.int_range(len(distinct), dtype=pl.UInt32(), eager=True))
    words = {f"\0{word}": _bits(number, word) for word in range(-(-len(distinct) // WORD))}
    told = rows.select(WHO).with_columns(**words).group_by(WHO, maintain_order=True).agg(pl.col(*words).bitwise_or())
    known = told.select(*words).unique()
    codes = [listed(text) for text in distinct.to_list()]
    united = pl.Series("elements", [_codes(row, codes) for row in known.iter_rows()], dtype=pl.List(pl.String()))
    return told.join(known.with_columns(united), on=list(words), maintain_order="left").select(WHO, "elements")


def _bits(numbers: pl.Series, word: int) -> pl.Series:
    """Return each number below as a bit of one word; those of other words have none."""
    bits = pl.Series([2**at for at in range(WORD)], dtype=pl.Int64())
    here = numbers // WORD == word
    return pl.select(pl.when(here).then(bits.gather(numbers % WORD)).otherwise(0)).to_series()


def _codes(row: tuple[int, ...], codes: list[list[str]]) -> list[str]:
    """Return the codes of all sets whose bits are in the words of a row, sorted."""
    bits = sum(word << at * WORD for at, word in enumerate(row))
    held = set[str]()
    while bits:  # few of many are set: the lowest, then the next
        lowest = bits & -bits
        held.update(codes[lowest.bit_length() - 1])
        bits ^= lowest
    return sorted(held)


def _counted(today: date) -> list[pl.Expr]:
    """Return the clear columns that are counted."""
    age = _age_class(today)
    child = (age == str(AgeClass.UNKNOWN)) & (pl.col("guardian") != "")
    spoken = by_value("jurisdiction", places.language_of)
    return [
        pl.when(child).then(pl.lit(str(AgeClass.CHILD))).otherwise(age).alias("age_class"),
        pl.when(pl.col("language") != "").then("language").otherwise(spoken).alias("language"),
    ]


def _age_class(today: date) -> pl.Expr:
    """Return `dates.age_class` in columns: ISO dates stand in the order of their texts."""
    younger, older = (f"{today.year - years:04}{today:-%m-%d}" for years in (18, 65))
    born = pl.col("born")
    known = pl.when(born > younger).then(pl.lit(str(AgeClass.CHILD))).when(born <= older)
    age = known.then(pl.lit(str(AgeClass.ELDERLY))).otherwise(pl.lit(str(AgeClass.ADULT)))
    return pl.when(born != "").then(age).otherwise(pl.lit(str(AgeClass.UNKNOWN)))


def _channels(people: pl.DataFrame) -> pl.Series:
    """Return the ways in which each person can be reached, in a fixed order."""
    lists = people.select(pl.col(name).list.len() > 0 for name in LISTS)
    ways = {
        "email": lists["emails"], "sms": _texted(people["phones"]), "voice": lists["phones"], "fax": lists["faxes"],
        "letter": people["address"].list.len() >= 2, "email_consent": people["email_consent"],
    }  # fmt: skip
    bits = pl.sum_horizontal(ways[name].fill_null(False).cast(pl.Int32()) * 2**at for at, name in enumerate(CHANNELS))
    sets = [[name for at, name in enumerate(CHANNELS) if bit >> at & 1] for bit in range(2 ** len(CHANNELS))]
    return pl.Series("channels", sets, dtype=pl.List(pl.String())).gather(pl.select(bits).to_series())


def _texted(phones: pl.Series) -> pl.Series:
    """Return whether any of the numbers may be a mobile one."""
    at = pl.int_range(len(phones), dtype=pl.UInt32(), eager=True)
    numbers = pl.DataFrame({"at": at, "number": phones}).explode("number").drop_nulls()
    mobile = numbers.filter(take_sms(numbers["number"]))
    return pl.repeat(False, len(phones), dtype=pl.Boolean(), eager=True).scatter(mobile["at"], True)


def _record() -> pl.Expr:
    """Return the PersonRecord as JSON; its fields in their order, those that are blank left out."""
    names = [member(name, name) for name in ("name", "given", "family", "salutation")]
    numbers = joined(member("customer", "customer_id"), member("national", "national_id"))
    known = (pl.col("customer_id") != "") | (pl.col("national_id") != "")
    return joined(
        *names, *(members(name) for name in (*LISTS, "address")), member("postcode", "postcode"),
        member("country", "home"), member("birth_date", "born"), member("guardian", "guardian"),
        pl.when(known).then(pl.concat_str(pl.lit('"identifiers":'), numbers)),
        pl.when("opt_out").then(pl.lit('"marketing_opt_out":true')),
        pl.concat_str(pl.lit('"seen":['), pl.col("seen").list.join(","), pl.lit("]")),
    )  # fmt: skip
