"""The numbering plan of each country, out of phonenumbers' own tables: its patterns for use on whole columns."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl
from phonenumbers import SUPPORTED_REGIONS, PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc
from phonenumbers.phonenumberutil import COUNTRY_CODE_TO_REGION_CODE

from forthwith.scoping.normalising.columns import KEY, told

BEFORE_LINES = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")
DIGITS = re.compile(r"\^\(\?:([0-9]+)\)")  # a beginning that is but digits
COUNTRY_CODE = rf"^({'|'.join(map(str, sorted(COUNTRY_CODE_TO_REGION_CODE)))})"  # no code begins another


def _one_of(length: pl.Expr, lengths: Sequence[int]) -> pl.Expr:
    """Tell whether a length is one of some."""
    if not lengths:
        return pl.lit(False)
    low, high = min(lengths), max(lengths)
    return length.is_between(low, high) if len(set(lengths)) == high - low + 1 else length.is_in(list(lengths))


def begins(number: pl.Expr, pattern: str) -> pl.Expr:
    """Tell whether a number begins so. Most such patterns are but digits, which need no regular expression."""
    digits = DIGITS.fullmatch(pattern)
    return number.str.starts_with(digits[1]) if digits else number.str.contains(pattern)


def _behind(number: pl.Expr, pattern: str) -> pl.Expr:
    """Return what stands behind such a beginning."""
    digits = DIGITS.fullmatch(pattern)
    return number.str.strip_prefix(digits[1]) if digits else number.str.replace(pattern, "")


@dataclass(frozen=True, slots=True)
class Kind:
    """The numbers of one kind: their pattern, and their lengths where these are stated."""

    pattern: str
    lengths: tuple[int, ...]

    def matches(self, number: pl.Expr) -> pl.Expr:
        """Tell whether a national number is of this kind."""
        shape = number.str.contains(self.pattern) if self.pattern else pl.lit(False)
        return shape & _one_of(number.str.len_bytes(), self.lengths) if self.lengths else shape


@dataclass(frozen=True, slots=True)
class Plan:
    """One country's numbering plan. Numbers are digits alone."""

    region: str
    code: int
    abroad: str  # what is dialled before the number of another country
    prefix: str  # what may stand before a national number
    rewrites: int  # the group of the prefix that is kept and rewritten; 0 for none
    leading: str  # how this country's numbers begin, of several that share a country code
    general: Kind
    local: tuple[int, ...]  # lengths of numbers that can be dialled within a town alone
    others: tuple[Kind, ...]
    fixed: Kind
    mobile: Kind | None  # None: not to be told from fixed ones

    def bared(self, numbers: pl.Series) -> pl.Series:
        """Return numbers without the national prefix, where what is left may still be one."""
        led = self._led(numbers)
        if led.is_empty():
            return numbers
        cut = self._cut(numbers.gather(led))
        return numbers.clone().scatter(led, cut["bare"])

    def national(self, numbers: pl.Series) -> pl.Series:
        """Return numbers without the national prefix, unless too little would be left."""
        led = self._led(numbers)
        if led.is_empty():
            return numbers
        cut, lengths, length = self._cut(numbers.gather(led)), self.general.lengths, pl.col("bare").str.len_bytes()
        enough = (_one_of(length, lengths) | (length > max(lengths))) & ~_one_of(length, self.local)
        kept = pl.when(enough).then(pl.col("bare")).otherwise(pl.col("number"))
        return numbers.clone().scatter(led, cut.select_seq(kept).to_series())

    def _led(self, numbers: pl.Series) -> pl.Series:
        """Return which numbers begin with the national prefix."""
        return told(numbers, (begins(KEY, self.prefix) if self.prefix else pl.lit(False)).arg_true())

    def _cut(self, numbers: pl.Series) -> pl.DataFrame:
        """Return numbers that begin with the prefix, and what they are without it where that may be one."""
        shape, rest = self.general.pattern, pl.col("rest")
        cut = numbers.alias("number").to_frame().with_columns_seq(rest=_behind(pl.col("number"), self.prefix))
        only_whole = pl.col("number").str.contains(shape) & ~rest.str.contains(shape)
        return cut.select_seq("number", bare=pl.when(only_whole).then(pl.col("number")).otherwise(rest))

    def rewritten(self, numbers: pl.Series) -> pl.Series:
        """Tell of each number whether the national prefix is one that is not just left out."""
        kept = KEY.str.extract(self.prefix, self.rewrites).is_not_null() if self.rewrites else None
        return pl.repeat(False, len(numbers), eager=True) if kept is None else told(numbers, kept)

    def long(self, numbers: pl.Series) -> pl.Series:
        """Tell of each number whether it is too long for this country."""
        length = KEY.str.len_bytes()
        return told(numbers, (length > max(self.general.lengths)) & ~_one_of(length, self.local))

    def maybe_mobile(self, number: pl.Expr) -> pl.Expr:
        """Tell whether a number may be a mobile phone's."""
        mobile = (self.mobile or self.fixed).matches(number)
        return self.general.matches(number) & mobile & ~_any_kind(self.others, number)

    def valid(self, number: pl.Expr) -> pl.Expr:
        """Tell whether a number can be dialled: a fixed line, a mobile phone or one of the others."""
        kinds = (*self.others, self.fixed, *([self.mobile] if self.mobile else []))
        return self.general.matches(number) & _any_kind(kinds, number)


def _any_kind(kinds: Iterable[Kind], number: pl.Expr) -> pl.Expr:
    """Tell whether a number is of any of these kinds; those that share their lengths are asked in one pattern."""
    by_lengths: dict[tuple[int, ...], list[str]] = {}
    for kind in kinds:
        if kind.pattern:
            by_lengths.setdefault(kind.lengths, []).append(kind.pattern)
    united = (Kind("|".join(patterns), lengths) for lengths, patterns in by_lengths.items())
    return pl.any_horizontal(pl.lit(False), *(kind.matches(number) for kind in united))


@lru_cache
def plan_of(region: str) -> Plan | None:
    """Return a country's plan; None where it has none."""
    if region not in SUPPORTED_REGIONS:
        return None
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return _plan(metadata, metadata.country_code or 0) if metadata else None


@lru_cache
def plans_of(code: int) -> tuple[Plan, ...]:
    """Return the plans that share a country code, the main one first."""
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    found = (PhoneMetadata.metadata_for_region_or_calling_code(code, region) for region in regions)
    return tuple(_plan(metadata, code) for metadata in found if metadata is not None)


def _plan(metadata: PhoneMetadata, code: int) -> Plan:
    """Return a plan out of the library's tables."""
    prefix = metadata.national_prefix_for_parsing or ""
    general = _kind(metadata.general_desc)
    return Plan(
        region=metadata.id, code=code, abroad=_begins(metadata.international_prefix),
        prefix=_begins(prefix), rewrites=re.compile(prefix).groups if metadata.national_prefix_transform_rule else 0,
        leading=_begins(metadata.leading_digits), general=general,
        local=tuple(metadata.general_desc.possible_length_local_only) if metadata.general_desc else (),
        others=tuple(_kinds(getattr(metadata, name) for name in BEFORE_LINES)), fixed=_kind(metadata.fixed_line),
        mobile=None if metadata.same_mobile_and_fixed_line_pattern else _kind(metadata.mobile),
    )  # fmt: skip


def _kinds(found: Iterable[PhoneNumberDesc | None]) -> Iterable[Kind]:
    """Return the kinds that a country has at all."""
    return (kind for desc in found if (kind := _kind(desc)).pattern)


def _kind(desc: PhoneNumberDesc | None) -> Kind:
    """Return one kind of numbers; one that no number is of where the country has none."""
    if desc is None or not desc.national_number_pattern:
        return Kind("", ())
    return Kind(f"^(?:{_ascii(desc.national_number_pattern)})$", tuple(desc.possible_length or ()))


def _begins(pattern: str | None) -> str:
    """Return a pattern that must match at the beginning."""
    return f"^(?:{_ascii(pattern)})" if pattern else ""


def _ascii(pattern: str) -> str:
    """Return a pattern whose digits are the ten of ASCII alone: smaller, and all that we give it."""
    return pattern.replace(r"\d", "[0-9]")
