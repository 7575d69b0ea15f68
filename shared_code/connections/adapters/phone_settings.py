"""Read a connection's settings about telephone numbers, and refuse those that can never match."""

from __future__ import annotations

from shared_code.connections.adapters.json_reader import Reader
from shared_code.connections.adapters.values import check_smallest_part
from shared_code.connections.domain import GUARDIANS
from shared_code.hl7.phone_numbers import is_region, share_calling_code
from shared_code.hl7.phone_words import may_be_harmless, may_be_ones_phone

_REGION = r"[A-Z]{2}"


def read_relationships(at: Reader) -> frozenset[str]:
    """Return who counts as a guardian."""
    usual = tuple(GUARDIANS)
    relationships = at.all_checked("guardian_relationships", check_smallest_part, usual)
    if at.has("guardian_relationships") and not relationships:
        at.wrong("guardian_relationships", "must hold a code or word of NK1-3")
    return frozenset(relationships)


def read_harmless_remarks(at: Reader) -> frozenset[str]:
    """Return the site's remarks without meaning."""
    remarks = at.all_checked("harmless_remarks", check_smallest_part, ())
    if not all(may_be_harmless(each) and any(map(str.isalpha, each)) for each in remarks):
        at.wrong(
            "harmless_remarks",
            "must hold no extension, no word for work, fax and the like, and no refusal of texts",
        )
    return frozenset(remarks)


def read_phone_kinds(at: Reader, name: str) -> frozenset[str]:
    """Return the site's codes for one kind of telephone."""
    kinds = at.all_checked(name, check_smallest_part, ())
    if not all(map(may_be_ones_phone, kinds)):
        at.wrong(name, "must hold no code for work, fax, another person and the like")
    return frozenset(kinds)


def read_allowed_regions(at: Reader) -> frozenset[str]:
    """Return the countries that may be texted."""
    regions = at.texts("allowed_regions", _REGION, ("US", "CA"))
    if not regions or not all(map(is_region, regions)):
        at.wrong("allowed_regions", "must hold codes of countries, such as US or GB")
    return frozenset(regions)


def read_region(at: Reader, allowed: frozenset[str]) -> str:
    """Return the country of numbers without a calling code."""
    region = at.text("region", _REGION, "US")
    if region and not is_region(region):
        at.wrong("region", "must be the code of a country, such as US or GB")
    elif region and allowed and not share_calling_code(region, allowed):
        at.wrong("region", "none of its numbers is in allowed_regions")
    return region
