"""How the server knows who somebody is, and when it refuses to start. Mirrors auditor/custody/login.py."""

import pytest

from auditor.custody import login
from auditor.errors import ConfigError

PROXY = {"AUDITOR_IDENTITY_HEADER": "X-Remote-User", "AUDITOR_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/28, fd00::1"}
SERVED = {**PROXY, "AUDITOR_LEADS": "ada", "FORWARDED_ALLOW_IPS": ""}


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [("127.0.0.1", True), ("10.0.0.15", True), ("::ffff:10.0.0.3", True), ("fd00::1", True),
     ("10.0.0.16", False), ("127.0.0.2", False), ("::1", False), ("", False), (None, False), ("unix:", False)],
)  # fmt: skip
def test_only_the_proxies_addresses_are_trusted(peer, trusted):
    assert login.read(PROXY).trusts(peer) is trusted


def test_nothing_set_is_the_single_user_who_types_a_name():
    assert login.read({}).typed and not login.read(PROXY).typed and not login.read({}, oidc=True).typed
    assert login.read({}, oidc=True).name_from == "email"


@pytest.mark.parametrize(
    ("environment", "oidc", "said"),
    [
        ({"AUDITOR_IDENTITY_HEADER": "X-User"}, False, "AUDITOR_TRUSTED_PROXIES is not"),
        ({"AUDITOR_TRUSTED_PROXIES": "127.0.0.1"}, False, "AUDITOR_IDENTITY_HEADER is not"),
        ({**PROXY, "AUDITOR_TRUSTED_PROXIES": "proxy.example.org"}, False, "not an address"),
        ({**PROXY, "AUDITOR_TRUSTED_PROXIES": "0.0.0.0/0"}, False, "anybody could claim any name"),
        ({**PROXY, "AUDITOR_TRUSTED_PROXIES": "::/0"}, False, "anybody could claim any name"),
        ({**PROXY, "AUDITOR_IDENTITY_HEADER": "X User"}, False, "not the name of a header"),
        ({**PROXY, "AUDITOR_ROLE_GROUPS": "staff=boss"}, False, "give group=role"),
        (PROXY, True, "remove one of them"),
    ],
)
def test_half_a_configuration_is_refused_in_a_sentence(environment, oidc, said):
    with pytest.raises(ConfigError, match=said) as refused:
        login.read(environment, oidc=oidc)
    assert str(refused.value).endswith(".")


def test_groups_have_the_roles_that_the_operator_gives_them():
    groups = login.read({**PROXY, "AUDITOR_ROLE_GROUPS": "cn=faces=lead, staff = viewer"}).groups
    assert groups["cn=faces"] == groups["lead"] == "lead" and "none" not in groups


@pytest.mark.parametrize(
    ("environment", "address", "hosts", "said"),
    [
        ({}, "0.0.0.0", (), "binds to 0.0.0.0"),
        ({}, None, (), "binds to every address"),
        ({}, "localhost", ("localhost", "faces.example.org"), "answers to faces.example.org"),
        ({"AUDITOR_INSECURE": "yes"}, "0.0.0.0", (), "AUDITOR_INSECURE=1"),
        ({**SERVED, "AUDITOR_LEADS": ""}, "localhost", (), "Nobody could give the first role"),
        ({**SERVED, "FORWARDED_ALLOW_IPS": "*"}, "localhost", (), "X-Forwarded-For"),
        (PROXY | {"AUDITOR_LEADS": "ada"}, "localhost", (), "X-Forwarded-For"),
    ],
)
def test_a_server_that_others_reach_and_that_knows_nobody_does_not_start(environment, address, hosts, said):
    with pytest.raises(ConfigError, match=said):
        login.check_served(login.read(environment), address, hosts, environment)


@pytest.mark.parametrize(
    ("environment", "address", "hosts"),
    [
        ({}, "localhost", ("localhost", "127.0.0.1", "[::1]")),
        ({"AUDITOR_INSECURE": "1"}, "0.0.0.0", ("faces.example.org",)),
        (SERVED, "0.0.0.0", ("faces.example.org",)),
        ({**SERVED, "AUDITOR_LEADS": "", "AUDITOR_ROLES_HEADER": "X-Groups"}, "0.0.0.0", ()),
    ],
)
def test_a_server_that_knows_who_comes_starts_and_so_does_one_told_to(environment, address, hosts):
    login.check_served(login.read(environment), address, hosts, environment)
