"""Nearly the same name in one block: misspelt, swapped, short, an initial. Whom it can't be is left out in columns."""

from collections.abc import Iterator, Sequence
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
from forthwith.scoping.merging.columns import packed, pieces
from forthwith.scoping.merging.forest import Forest
from forthwith.scoping.merging.pairs import AT_ONCE, kept, pairs_of
from forthwith.scoping.merging.rules import MOST_PAIRS, far, strangers, weak
from forthwith.scoping.merging.standing import NAMED, VIEWED, Standing

BORN = "same birth date and country"
BLOCKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("same e-mail", ("email",)),
    ("same phone", ("phone",)),
    ("same address", ("address",)),
    ("same customer number", ("customer",)),
    (BORN, ("born", "country")),
)
ROUNDING = 1e-6
Pairs = list[tuple[int, int, Coded, Coded]]  # each with the places of its two names
PLACES = ("position", "position_")
SHAPED = ("first", "family", "given")


def similar(standing: Standing, compare: Compare) -> int:
    """Join rows that share an identifier and whose names are nearly one.

    Returns how many groups have so many names that nobody compared them: those of one birth date, among millions.
    """
    crowded = 0
    for what, keys in BLOCKS:
        crowds, names = _names_of(standing, keys)
        crowded += crowds
        for begin, length in pieces(names["start"], VIEWED):
            for pairs in _candidates(standing, names.slice(begin, length)):
                _compare_all(standing.forest, compare, what, pairs)
    return crowded


def common(standing: Standing) -> list[str]:
    """Return the first words of given names that so many families use that they are names for certain."""
    words = standing.coder.words
    parts = standing.columns.parts("given", "family", "name")
    both = pl.concat([part.filter(NAMED).select("given", "family").unique() for part in parts]).unique()
    firsts = both.select(pl.col("given").unique())
    firsts = firsts.with_columns(word=pl.Series([words[n].split(" ")[0] for n in firsts["given"]], dtype=pl.String()))
    families = both.join(firsts, on="given").select("word", "family").unique().group_by("word").len()
    return families.filter(pl.col("len") >= COMMON)["word"].to_list()


def _names_of(standing: Standing, keys: Sequence[str]) -> tuple[int, pl.DataFrame]:
    """Return how many blocks are too full, and of the others the last trait of each name (`start`, `at`, `root`).

    Names stand in the order in which they appear in their block.
    """
    crowded, found = 0, []
    for rows in standing.sharing(*keys, among=[NAMED]):
        names = _distinct(rows)
        count = names["start"].rle().struct.field("len")
        crowded += int((count > MOST_PAIRS).sum())
        found.append(names.filter(count.is_between(2, MOST_PAIRS).gather(names["start"].rle_id())))
    return crowded, pl.concat(found, rechunk=True).sort("order").drop("order")


def _distinct(rows: pl.DataFrame) -> pl.DataFrame:
    """Return of each name in a block its last trait, and which of all names it is by its first (`order`)."""
    if rows.is_empty():
        return rows.select("at", "root", "start", order=pl.lit(0, pl.UInt64()))
    named = rows.with_columns(key=packed(pl.col("start"), pl.col("name"))).sort("key", maintain_order=True)
    before, after = pl.col("key").shift(), pl.col("key").shift(-1)
    firsts = named.filter((pl.col("key") != before).fill_null(True))["at"]
    last = named.filter((pl.col("key") != after).fill_null(True)).with_columns(first=firsts)
    return last.select("at", "root", "start", order=packed(pl.col("start"), pl.col("first")))


def _candidates(standing: Standing, names: pl.DataFrame) -> Iterator[Pairs]:
    """Yield the pairs of each block that may be one person, in the order of its names."""
    close = list(_close(standing, names))
    ends = pl.concat([pl.DataFrame(schema=dict.fromkeys(PLACES, pl.UInt32())), *close])
    views = (standing.views(names["at"].gather(ends[end])) for end in PLACES)
    both = zip(ends["position"], ends["position_"], *views, strict=True)
    for length in names["start"].gather(ends["position"]).rle().struct.field("len").to_list():
        yield list(islice(both, length))


def _close(standing: Standing, names: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the places of those two of a block who may be one person, so many at once as fit into memory."""
    words = standing.coder.words
    whole = names.hstack(standing.columns.rows(names["at"], SHAPED))
    distinct = pl.concat([whole[name] for name in SHAPED]).unique()
    texts = [words[number] for number in distinct.to_list()]
    shapes, short = _shapes(texts), _nicknames(texts)
    numbered = pl.int_range(len(distinct), dtype=pl.UInt32(), eager=True)
    places = pl.repeat(0, len(words), dtype=pl.UInt32(), eager=True).scatter(distinct, numbered)
    for begin, length in pieces(names["start"], AT_ONCE, power=2):
        part = whole.slice(begin, length)
        side = part
        for name in SHAPED:
            side = side.hstack(shapes[places.gather(part[name])].select(pl.all().name.prefix(f"{name}_")))
        ends = kept(side, kept(side, pairs_of(part["start"]), _open()), _worth())
        ends = kept(side, _with_nicknames(ends, side["given_word"], short), _may_be_one())
        yield ends.select(pl.all() + pl.lit(begin, pl.UInt32()))


def _shapes(words: list[str]) -> pl.DataFrame:
    """Return of each word its length, its letters, a bit each, its first letter and first word, as numbers."""
    firsts, letters = [text.partition(" ")[0] for text in words], list(map(_letters, words))
    mine = [
        _letters(first) if len(first) < len(text) else held
        for first, text, held in zip(firsts, words, letters, strict=True)
    ]
    numbers = {first: number for number, first in enumerate(dict.fromkeys(firsts))}
    return pl.DataFrame({
        "long": pl.Series(map(len, words), dtype=pl.Int32()), "letters": pl.Series(letters, dtype=pl.UInt64()),
        "head": pl.Series((ord(text[:1] or "\0") for text in words), dtype=pl.UInt32()),
        "word": pl.Series(map(numbers.__getitem__, firsts), dtype=pl.UInt32()),
        "word_long": pl.Series(map(len, firsts), dtype=pl.Int32()), "word_letters": pl.Series(mine, dtype=pl.UInt64()),
    }).with_columns(more=pl.col("word_long") < pl.col("long"), word_head="head")  # fmt: skip


def _letters(text: str) -> int:
    """Return the letters of a word, a bit each."""
    return sum({1 << ord(letter) % 61 for letter in text})


def _nicknames(words: list[str]) -> pl.Series:
    """Return the pairs of first words (numbers of `_shapes`, packed) of which one is short for the other."""
    firsts = dict.fromkeys(text.partition(" ")[0] for text in words)
    numbers = {first: number for number, first in enumerate(firsts)}
    pairs = [numbers[one] << 32 | numbers[other] for one, other in nickname_pairs(firsts)]
    return pl.Series(pairs, dtype=pl.UInt64())


def _with_nicknames(ends: pl.DataFrame, words: pl.Series, short: pl.Series) -> pl.DataFrame:
    """Return pairs with whether one given name is short for the other (`short`)."""
    one, other = (words.gather(ends[end]) for end in PLACES)
    both = pl.select(packed(pl.lit(one), pl.lit(other)))
    return ends.with_columns(both.to_series().is_in(short.implode()).alias("short"))


def _open() -> pl.Expr:
    """Return whether a pair is not one person yet, or an initial and a name; no other is compared."""
    return (pl.col("root") != pl.col("root_")) | (_initial_alone("given_word") != _initial_alone("given_word_"))


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
    return _column(name, "long") == 1


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
