"""Nearly the same name in one block: misspelt, swapped, short, an initial. Whom it can't be is left out in columns."""

from collections.abc import Iterator
from itertools import islice
from operator import itemgetter

import polars as pl

from forthwith.scoping.merging.alike import (
    COMMON,
    FIRST,
    LAST,
    LAST_OF_INITIAL,
    LAST_OF_NICKNAME,
    Compare,
    initials_alike,
    nickname_pairs,
)  # fmt: skip
from forthwith.scoping.merging.coded import Coded
from forthwith.scoping.merging.forest import Forest
from forthwith.scoping.merging.rules import MOST_PAIRS, far, strangers, weak
from forthwith.scoping.merging.standing import NAMED, Standing

BORN = "same birth date and country"
BLOCKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("same e-mail", ("email",)),
    ("same phone", ("phone",)),
    ("same address", ("address",)),
    ("same customer number", ("customer",)),
    (BORN, ("born", "country")),
)
AT_ONCE = 400_000  # pairs that are looked at together
ROUNDING = 1e-6
Pairs = list[tuple[int, int, Coded, Coded]]  # each with the places of its two names
GIVEN = ("given_word", "given_word_")


def similar(standing: Standing, compare: Compare) -> int:
    """Join rows that share an identifier and whose names are nearly one.

    Returns how many groups have so many names that nobody compared them: those of one birth date, among millions.
    """
    crowded = 0
    for what, keys in BLOCKS:
        names = _names_of(standing.open_groups(*keys, among=NAMED, columns=("first", "family")))
        crowded += int(names.select(pl.col("start").filter(pl.col("names") > MOST_PAIRS).n_unique()).item())
        names = names.filter(pl.col("names").is_between(2, MOST_PAIRS))
        whole = names.select("start", "root").hstack(standing.columns.rows(names["at"]))
        for part in _parts(whole):
            for pairs in _candidates(standing, part):
                _compare_all(standing.forest, compare, what, pairs)
    return crowded


def common(standing: Standing) -> list[str]:
    """Return the first words of given names that so many families use that they are names for certain."""
    words = standing.coder.words
    both = standing.columns.select("given", "family").lazy().filter(NAMED).unique().collect()
    firsts = both.select(pl.col("given").unique())
    firsts = firsts.with_columns(word=pl.Series([words[n].split(" ")[0] for n in firsts["given"]], dtype=pl.String()))
    families = both.join(firsts, on="given").select("word", "family").unique().group_by("word").len()
    return families.filter(pl.col("len") >= COMMON)["word"].to_list()


def _names_of(groups: pl.DataFrame) -> pl.DataFrame:
    """Return one trait a block and name, the last that has it, in order of appearance; `names`: how many there are."""
    names = groups.group_by("start", "first", "family", maintain_order=True).last()
    return names.with_columns(names=pl.len().over("start"))


def _parts(names: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield whole blocks, so many at once that their pairs fit into memory."""
    pairs = names.group_by("start", maintain_order=True).agg(part=pl.len().cast(pl.UInt64()) ** 2)
    parted = names.join(pairs.with_columns(pl.col("part").cum_sum() // AT_ONCE), on="start", maintain_order="left")
    yield from parted.partition_by("part", include_key=False, maintain_order=True) if len(parted) else ()


def _candidates(standing: Standing, names: pl.DataFrame) -> Iterator[Pairs]:
    """Yield the pairs of each block that may be one person, in the order of its names."""
    side, words = names.select("start", "root", "first", "family", "given"), standing.coder.words
    for name in ("first", "family", "given"):
        side = side.hstack(_shaped(words, names[name]).select(pl.all().name.prefix(f"{name}_")))
    ends = _kept(side, _pairs_of(side), _worth())
    close = _kept(side, _with_nicknames(ends, side["given_word"]), _may_be_one())
    both = zip(*close, *(standing.coder.views(names[end]) for end in close), strict=True)
    for length in side["start"].gather(close["position"]).rle().struct.field("len").to_list():
        yield list(islice(both, length))


def _kept(side: pl.DataFrame, ends: pl.DataFrame, such: pl.Expr) -> pl.DataFrame:
    """Return the pairs that are such; of both names those columns alone are brought together that this asks for."""
    asked, places = such.meta.root_names(), ["position", "position_"]
    mine = side.select(name for name in side.columns if name in asked)[ends["position"]]
    theirs = side.select(name for name in side.columns if f"{name}_" in asked)[ends["position_"]]
    both = pl.concat([ends.drop(places), mine, theirs.rename(lambda name: f"{name}_")], how="horizontal")
    return ends.select(places).filter(both.select(such).to_series())


def _pairs_of(names: pl.DataFrame) -> pl.DataFrame:
    """Return the places of each two names of a block, in their order. The names of a block stand together."""
    places = names.select("start", position=pl.int_range(pl.len(), dtype=pl.UInt32()))
    ends = places.with_columns(end=pl.col("position").max().over("start") + 1)
    others = pl.int_ranges(pl.col("position") + 1, "end", dtype=pl.UInt32()).alias("position_")
    return ends.select("position", others).explode("position_").drop_nulls()


def _shaped(words: list[str], numbers: pl.Series) -> pl.DataFrame:
    """Return the shapes of words by number, each made once."""
    distinct = numbers.unique()
    shapes = _shapes([words[number] for number in distinct.to_list()])
    places = numbers.replace_strict(distinct, pl.int_range(len(distinct), eager=True), return_dtype=pl.UInt32())
    return shapes[places]


def _shapes(words: list[str]) -> pl.DataFrame:
    """Return of each word its length, its letters, a bit each, its first letter and first word."""
    firsts, letters = [text.partition(" ")[0] for text in words], list(map(_letters, words))
    mine = [
        _letters(first) if len(first) < len(text) else held
        for first, text, held in zip(firsts, words, letters, strict=True)
    ]
    return pl.DataFrame({
        "long": pl.Series(map(len, words), dtype=pl.Int32()), "letters": pl.Series(letters, dtype=pl.UInt64()),
        "head": pl.Series((text[:1] for text in words), dtype=pl.String()),
        "word": pl.Series(firsts, dtype=pl.String()), "word_long": pl.Series(map(len, firsts), dtype=pl.Int32()),
        "word_letters": pl.Series(mine, dtype=pl.UInt64()),
    }).with_columns(more=pl.col("word_long") < pl.col("long"), word_head="head")  # fmt: skip


def _letters(text: str) -> int:
    """Return the letters of a word, a bit each."""
    return sum({1 << ord(letter) % 61 for letter in text})


def _with_nicknames(ends: pl.DataFrame, words: pl.Series) -> pl.DataFrame:
    """Return pairs with whether one given name is short for the other (`short`)."""
    alike = list(nickname_pairs(words.unique().to_list()))
    known = pl.DataFrame(alike, schema=dict.fromkeys(GIVEN, pl.String()), orient="row").with_columns(short=True)
    both = pl.DataFrame([words.gather(end).alias(name) for end, name in zip(ends, GIVEN, strict=True)])
    short = both.join(known, on=GIVEN, how="left", maintain_order="left")["short"]
    return ends.with_columns(short.fill_null(False))


def _worth() -> pl.Expr:
    """Return whether the names of a pair may be alike, going by little: `_may_be_one` holds of no other pair."""
    turned = _reach("first", "family_", FIRST) | _reach("given_word", "family_", FIRST)
    return _renamed() | _reach("family", "family_", LAST) | turned


def _renamed() -> pl.Expr:
    """Return whether first names are one and the family names may be."""
    more = pl.col("family_more") | pl.col("family_more_")
    return (pl.col("first") == pl.col("first_")) & (more | _reach("family", "family_", LAST))


def _may_be_one() -> pl.Expr:
    """Return whether the names of a pair may be alike to any rule; what is left out can't be."""
    misspelt = (_misspelt("first") | _misspelt("given_word")) & _reach("family", "family_", LAST)
    crossed = _crossed("first") | _crossed("given_word")
    nickname = pl.col("short") & _reach("family", "family_", LAST_OF_NICKNAME)
    initial = (_initial_alone("given_word") != _initial_alone("given_word_")) & (
        pl.col("given_head") == pl.col("given_head_")
    )
    apart = pl.col("root") != pl.col("root_")
    return (apart & (_renamed() | misspelt | crossed | nickname)) | (
        initial & _reach("family", "family_", LAST_OF_INITIAL)
    )


def _misspelt(first: str) -> pl.Expr:
    """Return whether first names may be one, misspelt."""
    return (_column(first, "head") == _column(f"{first}_", "head")) & _reach(first, f"{first}_", FIRST)


def _crossed(first: str) -> pl.Expr:
    """Return whether first and family names may stand in each other's place."""
    return _reach(first, "family_", FIRST) & _reach("family", f"{first}_", LAST)


def _initial_alone(name: str) -> pl.Expr:
    """Return whether a word is a single letter."""
    return pl.col(name).str.len_chars() == 1


def _reach(one: str, other: str, least: float) -> pl.Expr:
    """Return whether the likeness of two names (Jaro and Winkler's) can be `least`, going by their letters alone."""
    first, second = _column(one, "letters"), _column(other, "letters")
    long, wide = _column(one, "long"), _column(other, "long")
    same = pl.min_horizontal(long - _count(first & ~second), wide - _count(second & ~first))
    jaro = (same / long + same / wide + 1) / 3
    heads = pl.when(_column(one, "head") == _column(other, "head")).then(0.4).otherwise(0.0)
    return jaro + heads * (1 - jaro) >= least - ROUNDING


def _column(name: str, what: str) -> pl.Expr:
    """Return a column of a pair's one side, or of the other where the name ends in `_`."""
    return pl.col(f"{name.rstrip('_')}_{what}{'_' if name.endswith('_') else ''}")


def _count(letters: pl.Expr) -> pl.Expr:
    """Return how many letters are marked."""
    return letters.bitwise_count_ones().cast(pl.Int32())


def _compare_all(forest: Forest, compare: Compare, what: str, pairs: Pairs) -> None:
    """Compare the pairs of names of a block; an initial counts only where one person alone fits it."""
    for _, _, one, other in pairs:
        if forest.root(one.node) != forest.root(other.node) and (reason := _reason(compare, what, one, other)):
            forest.join(one.node, other.node, f"{what}, {reason}")
    short: dict[int, tuple[Coded, list[Coded]]] = {}
    for at, beside, one, other in pairs:
        if initials_alike(one, other):
            place, initial, whole = (at, one, other) if _is_initial(one) else (beside, other, one)
            short.setdefault(place, (initial, []))[1].append(whole)
    for _, (initial, others) in sorted(short.items(), key=itemgetter(0)):
        _initial(forest, what, initial, others)


def _reason(compare: Compare, what: str, one: Coded, other: Coded) -> str:
    """Return why two names in a block are one person's; blank where they aren't, or what else is known contradicts."""
    reason = compare.reason(one, other)
    doubtful = (reason == "nickname" and weak(what, one, other)) or (reason and far(what, one, other))
    return "" if doubtful or (what == BORN and strangers(one, other)) else reason


def _is_initial(trait: Coded) -> bool:
    """Tell whether a given name is a single letter."""
    return len(trait.given.split(" ")[0]) == 1


def _initial(forest: Forest, what: str, short: Coded, others: list[Coded]) -> None:
    """Join an initial to the one person in a block whose name it may begin."""
    fitting = {forest.root(other.node): other for other in others}
    if len(fitting) == 1 and not weak(what, short, other := next(iter(fitting.values()))):
        forest.join(other.node, short.node, f"{what}, initial of the name")
