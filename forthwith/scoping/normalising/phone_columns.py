"""Phone numbers in whole columns: what `contact` tells of one, told of all at once.

A cell of digits and the usual signs is read by its country's plan; whatever is unusual goes to `contact` itself.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import polars as pl

from forthwith.scoping.normalising import contact
from forthwith.scoping.normalising.columns import KEY, told
from forthwith.scoping.normalising.phone_plans import COUNTRY_CODE, Plan, begins, plan_of, plans_of

PLAIN = r"^\(?\+?\(?[0-9][0-9 ()./\-]{4,58}$"
TWO = r"/\s*[+0(][0-9]{2}"  # where `contact` cuts a cell in two
SAME = rf"^(?:{'|'.join(f'{digit}{{7,}}' for digit in range(10))})$"
LEAST, MOST = 5, 17  # digits; the library takes shorter ones on ways of their own
FEW = 30  # numbers of a country for which its patterns are not worth compiling
NUMBERS = {"at": pl.UInt32(), "number": pl.String()}
KINDS = {"number": pl.String(), "region": pl.String(), "mobile": pl.Boolean()}
SHARED_OUT = 20_000  # cells from which a query is worth running on several processors
NATIONAL = pl.col("national")
READ = {"at": pl.UInt32(), "code": pl.Int64(), "national": pl.String()}


def numbers_in(texts: pl.Series, regions: pl.Series) -> pl.DataFrame:
    """Return the valid numbers of each cell as (at, number): E.164, in the cells' order; `at` counts cells from 0."""
    cells = pl.DataFrame({"text": texts, "region": regions}).with_row_index("at").filter(pl.col("text").is_not_null())
    cut = cells.with_columns(start=pl.col("text").str.strip_chars())
    plain = cut["start"].str.contains(PLAIN) & ~cut["start"].str.contains(TWO)
    found, left = _plain_numbers(_digits(cut.filter(plain)))
    odd = pl.concat([cells.filter(~plain).get_column("at"), left])
    others = _one_by_one(cells.join(odd.to_frame("at"), on="at", how="semi"))
    return pl.concat([found, others]).sort("at", maintain_order=True)


def _digits(cells: pl.DataFrame) -> pl.DataFrame:
    """Return plain cells as digits, and whether a plus stood before them; a placeholder of one digit is left out."""
    text = pl.col("start").str.strip_suffix(".0")
    world = text.str.starts_with("00")
    plus = world | text.str.contains(r"^\(?\+")
    digits = pl.when(world).then(text.str.slice(2)).otherwise(text).str.replace_all("[^0-9]", "")
    # one without a plus that begins with no zero may lack the plus alone
    again = text.str.contains("^[1-9]") & ~plus
    read = cells.select("at", "region", plus=plus, again=again, digits=digits)
    return read.filter(~pl.col("digits").str.contains(SAME))


def _plain_numbers(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Return the valid numbers of plain cells, and the cells (`at`) that must be read one by one."""
    short = cells["digits"].str.len_bytes() < LEAST
    left = [cells.filter(short)["at"]]
    cells = cells.filter(~short)
    found, odd = _attempt(cells)
    left.append(odd)
    rest = cells.filter("again").join(pl.concat([found["at"], odd]).to_frame("at"), on="at", how="anti")
    more, odd = _attempt(rest.with_columns(plus=pl.lit(True)))
    return pl.concat([found, more]), pl.concat([*left, odd])


def _attempt(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Read digits once, and return the valid numbers and the cells that must be read one by one."""
    inland, coded, odd = _inland(cells.filter(~pl.col("plus")))
    abroad = cells.filter("plus").select("at", "digits", code=pl.col("digits").str.extract(COUNTRY_CODE))
    strange = abroad.filter(pl.col("code").is_null())["at"]
    known = abroad.filter(pl.col("code").is_not_null()).select(
        "at", code=pl.col("code").cast(pl.Int64), national=pl.col("digits").str.slice(pl.col("code").str.len_bytes())
    )
    outland, more = _of_codes(pl.concat([known, coded]))
    valid, rare = _valid(pl.concat([inland, outland]))
    return valid, pl.concat([odd, strange, more, rare])


def _groups(cells: pl.DataFrame, by: str) -> Iterator[tuple[object, pl.DataFrame]]:
    """Yield the cells of each country."""
    for key, group in cells.partition_by(by, as_dict=True).items():
        yield key[0], group


def _inland(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Read numbers without a plus by the plan of each cell's country.

    Returns those of the country, those that begin with its country code (without it), and the cells left.
    """
    few, found = [cells["at"].clear()], [pl.DataFrame(schema=READ | {"odd": pl.Boolean(), "coded": pl.Boolean()})]
    for region, group in _groups(cells, "region"):
        plan = plan_of(str(region))
        if plan is None:
            continue
        if group.height < FEW:
            few.append(group["at"])
            continue
        found.append(_as_inland(plan, group))
    read = pl.concat(found)
    plain = read.filter(~pl.col("odd")).drop("odd")
    coded, ours = plain.filter("coded"), plain.filter(~pl.col("coded"))
    return ours.drop("coded"), coded.drop("coded"), pl.concat([*few, read.filter("odd")["at"]])


def _selected(group: pl.DataFrame, wanted: list[pl.Expr]) -> pl.DataFrame:
    """Return what is wanted of a country's cells; few of them are not worth sharing out among processors."""
    return group.select(wanted) if group.height > SHARED_OUT else group.select_seq(wanted)


def _as_inland(plan: Plan, cells: pl.DataFrame) -> pl.DataFrame:
    """Return how a plan reads `digits`: the national number, whether that is unusual, whether its code leads."""
    digits, code = cells["digits"], str(plan.code)
    leads = told(digits, KEY.str.starts_with(code).arg_true())
    led = digits.gather(leads)
    after = led.str.strip_prefix(code)
    bare, shape = plan.bared(after), plan.general.pattern
    coded = (~led.str.contains(shape) & bare.str.contains(shape)) | plan.long(led)
    out = told(digits, begins(KEY, plan.abroad)) if plan.abroad else pl.repeat(False, len(digits), eager=True)
    odd = out | plan.rewritten(digits).scatter(leads.filter(plan.rewritten(after)), True)
    national = plan.national(digits).clone().scatter(leads.filter(coded), bare.filter(coded))
    return cells.select(
        "at", code=pl.lit(plan.code, pl.Int64), national=national, odd=odd,
        coded=pl.repeat(False, len(digits), eager=True).scatter(leads.filter(coded), True),
    )  # fmt: skip


def _after_code(plan: Plan, cells: pl.DataFrame) -> pl.DataFrame:
    """Return how a plan reads what follows its country code (`national`): the number, whether that is unusual."""
    numbers = cells["national"]
    return cells.select("at", "code", national=plan.national(numbers), odd=plan.rewritten(numbers))


@lru_cache
def _valid_in(plan: Plan) -> pl.Expr:
    """Return whether a national number of a plan can be dialled."""
    return plan.valid(NATIONAL)


def _of_codes(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Read what follows a country code by its main plan; return the national numbers and the cells left."""
    few, found = [cells["at"].clear()], [pl.DataFrame(schema=READ | {"odd": pl.Boolean()})]
    for code, group in _groups(cells, "code"):
        if group.height < FEW:
            few.append(group["at"])
            continue
        found.append(_after_code(plans_of(int(str(code)))[0], group))
    read = pl.concat(found)
    return read.filter(~pl.col("odd")).drop("odd"), pl.concat([*few, read.filter("odd")["at"]])


def _valid(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Return the numbers that can be dialled, as E.164, and the cells left."""
    length = pl.col("national").str.len_bytes()
    found, few = [pl.DataFrame(schema=NUMBERS | {"valid": pl.Boolean()})], [cells["at"].clear()]
    for code, group in _groups(cells.filter(length.is_between(2, MOST)), "code"):
        if group.height < FEW:
            few.append(group["at"])
            continue
        plans = plans_of(int(str(code)))
        for plan, its in _by_plan(plans, group):
            if its.height < FEW:
                few.append(its["at"])
                continue
            sure = len(plans) > 1 and not plan.leading  # they are its own because they are valid
            valid = (pl.lit(True) if sure else _valid_in(plan)).alias("valid")
            found.append(_selected(its, [pl.col("at"), (pl.lit(f"+{code}") + NATIONAL).alias("number"), valid]))
    return pl.concat(found).filter("valid").drop("valid"), pl.concat(few)


def _by_plan(plans: tuple[Plan, ...], cells: pl.DataFrame) -> Iterator[tuple[Plan, pl.DataFrame]]:
    """Yield each of the plans that share a country code, with its national numbers."""
    if len(plans) == 1:
        yield plans[0], cells
        return
    for place, plan in enumerate(plans):
        if place == 0 or not plans[place - 1].leading:
            cells = cells if (ours := _begin(plans[place:])) is None else cells.filter(ours)
        if cells.is_empty():
            return
        its = _selected(cells, [NATIONAL.str.contains(plan.leading) if plan.leading else _valid_in(plan)]).to_series()
        if its.any():
            yield plan, cells.filter(its)
            cells = cells.filter(~its)


@lru_cache
def _begin(plans: tuple[Plan, ...]) -> pl.Expr | None:
    """Return whether a number begins as those of any of some plans; None where not all have such a beginning."""
    leading = [plan.leading for plan in plans]
    return NATIONAL.str.contains("|".join(leading)) if all(leading) else None


def _one_by_one(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the numbers of unusual cells."""
    distinct = cells.select("text", "region").unique()
    made = [list(contact.phones_in(*pair)) for pair in distinct.iter_rows()]
    table = distinct.with_columns(pl.Series("number", made, pl.List(pl.String)))
    found = cells.join(table, on=["text", "region"], how="left", maintain_order="left")
    return found.select("at", "number").explode("number").drop_nulls().cast(NUMBERS)  # type: ignore[arg-type]


def kinds(numbers: pl.Series) -> pl.DataFrame:
    """Return each differing E.164 number with its country (blank where it belongs to none) and whether it takes SMS."""
    told, odd = _planned(numbers)
    rest = [(number, contact.region_of(number), contact.takes_sms(number)) for number in odd]
    return pl.concat([told, pl.DataFrame(rest, KINDS, orient="row")])


def _planned(numbers: pl.Series) -> tuple[pl.DataFrame, list[str]]:
    """Return what the plans tell of each differing number (`KINDS`), and the numbers that must be asked one by one."""
    cells = numbers.drop_nulls().unique().to_frame("number").with_row_index("at")
    plain = cells.filter(pl.col("number").str.contains(rf"^\+[0-9]{{{LEAST},{MOST}}}$"))
    coded = plain.select("at", digits=pl.col("number").str.slice(1)).with_columns(
        code=pl.col("digits").str.extract(COUNTRY_CODE)
    )
    known = coded.drop_nulls().select(
        "at", code=pl.col("code").cast(pl.Int64), national=pl.col("digits").str.slice(pl.col("code").str.len_bytes())
    )
    told = _told(_of_codes(known)[0]).join(cells, on="at").select(KINDS.keys())
    return told, cells.join(told, on="number", how="anti")["number"].to_list()


def _told(cells: pl.DataFrame) -> pl.DataFrame:
    """Return what the plans tell of national numbers that are theirs."""
    found = [pl.DataFrame(schema={"at": pl.UInt32, "region": pl.String, "mobile": pl.Boolean})]
    for code, group in _groups(cells.filter(pl.col("national").str.len_bytes().is_between(2, MOST)), "code"):
        for plan, its in _by_plan(plans_of(int(str(code))), group):
            mobile = plan.maybe_mobile(pl.col("national"))
            found.append(its.select("at", region=pl.lit(plan.region), mobile=mobile))
    return pl.concat(found)


def regions_of(numbers: pl.Series) -> pl.Series:
    """Return the country of each E.164 number; blank where it belongs to none."""
    return _looked_up(numbers, "region", contact.region_of)


def take_sms(numbers: pl.Series) -> pl.Series:
    """Tell of each E.164 number whether it may be a mobile one."""
    return _looked_up(numbers, "mobile", contact.takes_sms)


def _looked_up(numbers: pl.Series, what: str, of: Callable[[str], Any]) -> pl.Series:
    """Return one column of what is told of numbers; `of` tells it of one."""
    told, odd = _planned(numbers)
    rest = pl.DataFrame({"number": odd, what: list(map(of, odd))}, {"number": pl.String(), what: KINDS[what]})
    known = pl.concat([told.select("number", what), rest])
    return numbers.to_frame("number").join(known, on="number", how="left", maintain_order="left")[what]
