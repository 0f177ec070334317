"""How the server knows who somebody is, from the environment, and the refusal to serve others where it does not.

There are three ways. TYPED: the single user of this computer types a name. HEADER: a reverse proxy has checked the
login and names the person in a header, which counts only from the proxy's own address. OIDC: Streamlit's own login, by
the section [auth] of a secrets file.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auditor.custody.access import NONE, ROLES
from auditor.custody.roots import HERE
from auditor.errors import ConfigError

TYPED, HEADER, OIDC = "typed", "header", "oidc"

IDENTITY_HEADER, TRUSTED_PROXIES = "AUDITOR_IDENTITY_HEADER", "AUDITOR_TRUSTED_PROXIES"
ROLES_HEADER, ROLE_GROUPS, LEADS = "AUDITOR_ROLES_HEADER", "AUDITOR_ROLE_GROUPS", "AUDITOR_LEADS"
IDENTITY_CLAIM, ROLES_CLAIM = "AUDITOR_IDENTITY_CLAIM", "AUDITOR_ROLES_CLAIM"
INSECURE, FORWARDED = "AUDITOR_INSECURE", "FORWARDED_ALLOW_IPS"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True)
class Login:
    """The configured way to know who somebody is.

    Attributes:
        way: TYPED, HEADER or OIDC.
        name_from: The header (in lower case) or the claim that holds the person's name.
        roles_from: The header or claim that holds their groups; '' where a table in the app gives the roles.
        proxies: HEADER: the networks from which the header counts.
        groups: The role of each group; the names of the roles are groups as well.
        leads: People who are leads whatever else is said, so that somebody can give the first roles.
    """

    way: str = TYPED
    name_from: str = ""
    roles_from: str = ""
    proxies: tuple[Network, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    leads: frozenset[str] = frozenset()

    @property
    def typed(self) -> bool:
        """Whether anybody who reaches the server is its single user."""
        return self.way == TYPED

    def trusts(self, peer: str | None) -> bool:
        """Return whether a connection comes from one of the proxies.

        Args:
            peer: The address of the other end, such as '10.0.0.5'.
        """
        try:
            address = ipaddress.ip_address(peer or "")
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.proxies)


def read(environment: Mapping[str, str] | None = None, *, oidc: bool = False) -> Login:
    """Read how to know who somebody is.

    Args:
        environment: The variables; this process's own where None.
        oidc: Whether Streamlit's secrets file has the section [auth].

    Raises:
        ConfigError: A variable is missing, or has a value that cannot be used.
    """
    variables = os.environ if environment is None else environment
    header = variables.get(IDENTITY_HEADER, "").strip().lower()
    groups, leads = _groups(variables), frozenset(_listed(variables.get(LEADS, "")))
    if header and oidc:
        raise ConfigError(
            f"Both {IDENTITY_HEADER} and the section [auth] of secrets.toml identify people; remove one of them."
        )
    if header:
        proxies = _proxies(variables.get(TRUSTED_PROXIES, ""))
        roles = _header(variables.get(ROLES_HEADER, "").strip().lower() or "", ROLES_HEADER)
        return Login(HEADER, _header(header, IDENTITY_HEADER), roles, proxies, groups, leads)
    if oidc:
        claim = variables.get(IDENTITY_CLAIM, "").strip() or "email"
        return Login(OIDC, claim, variables.get(ROLES_CLAIM, "").strip(), groups=groups, leads=leads)
    if variables.get(TRUSTED_PROXIES, "").strip():
        raise ConfigError(
            f"The variable {TRUSTED_PROXIES} is set and {IDENTITY_HEADER} is not, so nobody would be identified; "
            "name the header in which the proxy gives the person's name."
        )
    return Login()


def check_served(
    login: Login, address: str | None, hosts: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> None:
    """Refuse to start a server that others reach and that does not know who they are.

    Args:
        login: The configured way.
        address: The address that the server binds to (server.address); None or '' for every address.
        hosts: The names that it answers to (server.allowedHosts): a name of another computer means a proxy before it.
        environment: The variables; this process's own where None.

    Raises:
        ConfigError: What was found, and what to set.
    """
    variables = os.environ if environment is None else environment
    if login.typed:
        strangers = [host for host in hosts if host not in HERE]
        if (address in HERE and not strangers) or variables.get(INSECURE, "").strip() == "1":
            return
        reach = f"answers to {strangers[0]}" if address in HERE else f"binds to {address or 'every address'}"
        raise ConfigError(
            f"The server {reach}, so others can reach it, and it cannot identify them; set {IDENTITY_HEADER} and "
            f"{TRUSTED_PROXIES} or a secrets file with [auth] (docs/team.md), or {INSECURE}=1 to let everybody who "
            "reaches it do everything under any name."
        )
    if not login.leads and not login.roles_from:
        source = ROLES_HEADER if login.way == HEADER else ROLES_CLAIM
        raise ConfigError(
            f"Nobody could give the first role; set {LEADS} to the logins of the leads, or {source} to where the "
            "login gives people's groups."
        )
    if login.way == HEADER and variables.get(FORWARDED) != "":
        # The server behind Streamlit replaces the proxy's address by the one in X-Forwarded-For, which anybody writes.
        raise ConfigError(
            f"The server would take a connection's address from X-Forwarded-For and could not tell its proxy from "
            f"others; set {FORWARDED} to the empty text (export {FORWARDED}=)."
        )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _header(name: str, variable: str) -> str:
    if name and not _TOKEN.fullmatch(name):
        raise ConfigError(
            f"The variable {variable} is {name!r}, which is not the name of a header; give one such as X-Remote-User."
        )
    return name


def _proxies(text: str) -> tuple[Network, ...]:
    parts = _listed(text)
    if not parts:
        raise ConfigError(
            f"The variable {IDENTITY_HEADER} is set and {TRUSTED_PROXIES} is not, so the header would be accepted from "
            "nobody; set it to the proxy's address, such as 127.0.0.1 or 10.0.0.0/28."
        )
    try:
        networks = tuple(ipaddress.ip_network(part) for part in parts)
    except ValueError as error:
        raise ConfigError(
            f"The variable {TRUSTED_PROXIES} holds something that is not an address ({error}); give addresses such as "
            "127.0.0.1 or 10.0.0.0/28 with commas between."
        ) from error
    if any(network.prefixlen == 0 for network in networks):
        raise ConfigError(
            f"The variable {TRUSTED_PROXIES} names every address, so anybody could claim any name; "
            "give the proxy's own."
        )
    return networks


def _groups(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the role of each group: 'faces-leads=lead,staff=viewer', and each role's own name."""
    groups = {role: role for role in ROLES if role != NONE}
    for part in _listed(variables.get(ROLE_GROUPS, "")):
        group, _, role = (word.strip() for word in part.rpartition("="))
        if not group or role not in groups.values():
            raise ConfigError(
                f"The variable {ROLE_GROUPS} holds {part!r}; give group=role with one of {', '.join(ROLES[1:])}, and "
                "commas between."
            )
        groups[group] = role
    return groups
