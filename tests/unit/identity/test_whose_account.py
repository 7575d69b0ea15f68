"""Guests, and accounts without a name: what Microsoft's claims say of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared_code.identity.errors import SignInError, SignInRefused
from tests.support.entra import LOGIN, TENANT
from tests.unit.identity.test_sign_in import OTHER, Site


@pytest.mark.parametrize(
    ("changes", "guest"),
    [
        ({"acct": 1}, True),
        ({"acct": "1"}, True),
        ({"acct": 0}, False),
        ({"acct": 1, "idp": f"{LOGIN}/{TENANT}/v2.0"}, True),
        ({"idp": f"https://sts.windows.net/{OTHER}/"}, True),
        ({"idp": "live.com"}, True),
        ({"idp": "mail"}, True),
        ({"idp": ["x"]}, True),
        ({"idp": f"{LOGIN}/{TENANT}/v2.0"}, False),
        ({"idp": f"https://sts.windows.net/{TENANT}/"}, False),
    ],
    ids=str,
)
def test_a_guest_is_one_by_its_claims(changes: Mapping[str, Any], guest: bool) -> None:
    """Its name may be that of its home, which looks like anybody's."""
    site = Site()
    site.entra.sign_in(site.started.url, preferred_username="dana@home.example", **changes)

    assert guest is site.finish().guest


@pytest.mark.parametrize("name", [None, "", "  ", ["x"], 5], ids=repr)
def test_an_account_without_a_name_is_nobody(name: object) -> None:
    """It could not be recognised on the page that asks, and be a guest's."""
    site = Site()
    site.entra.sign_in(site.started.url, preferred_username=name)
    failure = site.failure()

    assert isinstance(failure, SignInRefused)
    assert (failure.error, failure.aadsts) == (SignInError.OTHER, "")
