"""What was kept so that each value is read once only is let go of when a file is done: it is cells of people."""

from forthwith.scoping.normalising import address, contact, dates, names, places, text

KEPT = (
    text.folded, address.street_key, contact.emails_in, contact.phones_in, contact.region_of, contact.takes_sms,
    dates.birth_date, names.split, names.part, names.given_part, names.family_part, names.canonical_first,
    names.nicknames_alike, names.family_key, places.country_code, places.state_code, places.postcode_of,
)  # fmt: skip


def forget() -> None:
    """Let go of all values that were kept."""
    for cache in KEPT:
        cache.cache_clear()
