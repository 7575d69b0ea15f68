"""What may be called: URLs of one strict form, and global addresses in every spelling."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from shared_code.errors import Refused
from shared_code.outbound.addresses import MAX_URL_LENGTH, Rules, Target
from shared_code.outbound.errors import OUTBOUND_REFUSED, AddressRefused
from tests.support.settings import settings_for

HOST = "fhir.lamna.example"

HOSTILE_URLS = (
    "",
    " ",
    HOST,
    f"{HOST}/api",
    f"//{HOST}/",
    f"http://{HOST}/",
    f"HTTP://{HOST}/",
    f"ftp://{HOST}/",
    f"ws://{HOST}/",
    "file:///etc/passwd",
    f"gopher://{HOST}/",
    f"https:/{HOST}/",
    f"https:{HOST}/",
    f"https:///{HOST}/",
    f"https:\\\\{HOST}\\",
    "https://",
    "https:///",
    "https://?x=1",
    # userinfo
    f"https://user@{HOST}/",
    f"https://user:pw@{HOST}/",
    f"https://:@{HOST}/",
    f"https://@{HOST}/",
    f"https://{HOST}@evil.test/",
    f"https://{HOST}%40evil.test/",
    f"https://{HOST}:443@evil.test/",
    # two parsers, two hosts
    f"https://{HOST}\\@evil.test/R4",
    f"https://{HOST}\\.evil.test/",
    f"https://evil.test\\{HOST}/",
    f"https://{HOST}#@evil.test/",
    f"https://{HOST}?@evil.test#",
    f"https://{HOST};evil.test/",
    f"https://{HOST},evil.test/",
    f"https://{HOST} evil.test/",
    f"https://[{HOST}]/",
    # control characters and blanks
    f" https://{HOST}/",
    f"https://{HOST}/ ",
    f"https://{HOST}/\n",
    f"https://{HOST}/\r\nX-Evil: 1",
    f"https://{HOST}/a b",
    f"https://{HOST}/\ta",
    f"ht\ttps://{HOST}/",
    "https://fhir\t.lamna.example/",
    "https://fhir.lamna.example\x00.evil.test/",
    f"https://{HOST}/\x7f",
    f"https://{HOST}/\u200b",
    f"https://{HOST}\u2028/",
    # hosts that are not ASCII
    "https://fhir.l\u0430mna.example/",
    "https://f\u00fcr.example/",
    "https://fhir\u3002lamna\u3002example/",
    "https://\uff26hir.lamna.example/",
    "https://fhir.lamna.example\uff03@evil.test/",
    "https://\u2460\u2461\u2466.0.0.1/",
    "https://fhir.la\u00admna.example/",
    "https://fhir.lamna.exampl\u212f/",
    # hosts that are no names
    "https://localhost/",
    "https://LOCALHOST:8443/",
    "https://intranet/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.0x1/",
    "https://10.0.0.1/",
    "https://8.8.8.8/",
    "https://168.63.129.16/",
    "https://169.254.169.254/metadata/instance",
    "https://0/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://[::]:443/",
    "https://fhir.lamna.123/",
    "https://fhir.lamna.0x7f/",
    # labels
    f"https://{HOST}./",
    f"https://.{HOST}/",
    "https://fhir..lamna.example/",
    "https://-fhir.lamna.example/",
    "https://fhir-.lamna.example/",
    "https://fhir_1.lamna.example/",
    "https://fhir%2elamna%2eexample/",
    "https://*.lamna.example/",
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 130}example/",
    # ports
    f"https://{HOST}:/",
    f"https://{HOST}:0/",
    f"https://{HOST}:0443/",
    f"https://{HOST}:99999/",
    f"https://{HOST}:65536/",
    f"https://{HOST}:443443/",
    f"https://{HOST}:-1/",
    f"https://{HOST}:+443/",
    f"https://{HOST}:443:443/",
    f"https://{HOST}:4\u00b2/",
    f"https://{HOST}:https/",
    # what comes after the host
    f"https://{HOST}#",
    f"https://{HOST}/#fragment",
    f"https://{HOST}/a\\b",
    f"https://{HOST}/\\\\evil.test/",
    f"https://{HOST}/../etc",
    f"https://{HOST}/a/./b",
    f"https://{HOST}/a/..",
    f"https://{HOST}/%",
    f"https://{HOST}/%4",
    f"https://{HOST}/%zz",
    f"https://{HOST}/J\u00fcrgen",
    f"https://{HOST}/<script>",
    f'https://{HOST}/"',
    f"https://{HOST}/{{id}}",
    f"https://{HOST}/?a=|",
    f"https://{HOST}/?q=\u00e9",
    f"https://{HOST}/{'a' * MAX_URL_LENGTH}",
)

BAD_ADDRESSES = (
    "",
    "localhost",
    "127.1",
    "2130706433",
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.9",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::8.8.8.8",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:8.8.8.8",
    "64:ff9b::a00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "fe80::1%2",
    "2606:4700::1111%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
)

GOOD_ADDRESSES = (
    "8.8.8.8",
    "1.1.1.1",
    "20.190.128.1",
    "100.63.255.255",
    "100.128.0.1",
    "168.63.129.15",
    "172.15.0.1",
    "172.32.0.1",
    "223.255.255.1",
    "2001:4860:4860::8888",
    "2603:1030::1",
    "2a01:111::1",
)


@pytest.mark.parametrize("url", HOSTILE_URLS, ids=ascii)
def test_a_url_of_another_form_is_refused(url: str) -> None:
    """Only https, a name of ASCII labels, perhaps a port, a path and a query."""
    with pytest.raises(AddressRefused) as refused:
        Rules().target(url)

    assert refused.value.info == OUTBOUND_REFUSED
    assert isinstance(refused.value, Refused)
    assert not url.strip() or url not in str(refused.value)


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_an_address_that_is_not_global_unicast_is_refused(address: str) -> None:
    """Private, shared, reserved, multicast, Azure's own, and each IPv6 spelling of them."""
    with pytest.raises(AddressRefused):
        Rules().checked(HOST, [address])


@pytest.mark.parametrize("good", GOOD_ADDRESSES)
def test_one_bad_address_among_good_ones_is_enough(good: str) -> None:
    """In any order."""
    assert Rules().checked(HOST, [good]) == (good,)
    for bad in ("10.0.0.1", "::1", "168.63.129.16"):
        for mixed in ([good, bad], [bad, good]):
            with pytest.raises(AddressRefused):
                Rules().checked(HOST, mixed)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (f"https://{HOST}", Target(HOST, 443, "/")),
        (f"https://{HOST}:443/", Target(HOST, 443, "/")),
        ("HTTPS://FHIR.Lamna.example/FHIR/R4", Target(HOST, 443, "/FHIR/R4")),
        (f"https://{HOST}:8443/a?b=c%2Bd&e=/?", Target(HOST, 8443, "/a?b=c%2Bd&e=/?")),
        (f"https://{HOST}?x=1", Target(HOST, 443, "/?x=1")),
        ("https://xn--fr-fka.example/", Target("xn--fr-fka.example", 443, "/")),
        (
            f"https://{HOST}/v1.0/users('a')/x:y,z;p=@me/$value",
            Target(HOST, 443, "/v1.0/users('a')/x:y,z;p=@me/$value"),
        ),
    ],
)
def test_what_is_called_is_what_was_written(url: str, target: Target) -> None:
    """The host in small letters, everything else byte for byte."""
    assert target == Rules().target(url)


def test_the_host_header_names_only_another_port() -> None:
    """443 is left out."""
    assert [HOST, f"{HOST}:8443"] == [Target(HOST, port, "/").authority for port in (443, 8443)]


def test_our_own_hosts_are_never_called() -> None:
    """The public one, the vault and storage, whatever the port or the capitals."""
    rules = Rules.of(
        settings_for(
            CONNECTOR_PUBLIC_URL="https://Visits.example.org",
            CONNECTOR_VAULT_URL="https://lamna.vault.azure.net",
            AzureWebJobsStorage__accountName="lamna",
        )
    )
    for own in (
        "https://visits.example.org/health",
        "https://VISITS.example.org:8443/",
        "https://lamna.vault.azure.net/secrets/hash-key",
        "https://lamna.table.core.windows.net/",
        "https://lamna.queue.core.windows.net/",
        "https://lamna.blob.core.windows.net/",
    ):
        with pytest.raises(AddressRefused):
            rules.target(own)
    assert rules.target("https://other.vault.azure.net/").port == 443


def test_loopback_is_open_only_by_the_setting_of_one_machine() -> None:
    """And even then neither our own host nor another private address."""
    rules = Rules.of(
        settings_for(
            CONNECTOR_PUBLIC_URL="http://localhost:7071",
            CONNECTOR_VAULT_URL="https://127.0.0.1:8200",
            CONNECTOR_OUTBOUND_LOOPBACK="on",
        )
    )

    assert rules.target("https://127.0.0.1:9443/x") == Target("127.0.0.1", 9443, "/x")
    assert rules.checked("localhost", ["127.0.0.1", "::1"]) == ("127.0.0.1", "::1")
    for own in ("https://localhost:7071/", "https://127.0.0.1:8200/"):
        with pytest.raises(AddressRefused):
            rules.target(own)
    for bad in ("10.0.0.1", "169.254.169.254", "168.63.129.16", "::ffff:127.0.0.1"):
        with pytest.raises(AddressRefused):
            rules.checked("localhost", [bad])


def test_the_operator_opens_a_range_for_one_host() -> None:
    """For that host and that range alone; public addresses stay open."""
    settings = settings_for(
        CONNECTOR_OUTBOUND_ALLOWED=f"{HOST.upper()}=10.1.0.0/16,{HOST}=fd00::/8"
    )
    rules = Rules.of(settings)

    assert rules.checked(HOST, ["10.1.2.3", "fd00::1", "8.8.8.8"])
    for host, bad in ((HOST, "10.2.0.1"), (f"a.{HOST}", "10.1.2.3"), ("evil.test", "fd00::1")):
        with pytest.raises(AddressRefused):
            rules.checked(host, [bad])


@pytest.mark.parametrize(
    "bad",
    ["127.0.0.1", "169.254.169.254", "168.63.129.16", "::1", "fe80::1", "::ffff:10.0.0.1"],
)
def test_no_range_opens_this_machine_or_its_platform(bad: str) -> None:
    """Also where somebody builds the rules without the settings' check."""
    everything = ((HOST, ip_network("0.0.0.0/0")), (HOST, ip_network("::/0")))
    with pytest.raises(AddressRefused):
        Rules(allowed=everything).checked(HOST, [bad])
