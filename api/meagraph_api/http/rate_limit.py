"""Limit concurrent queries and query time per client.

The limits follow the query service of Wikidata
(https://www.mediawiki.org/wiki/Wikidata_Query_Service/User_Manual#Query_limits).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from math import ceil

from starlette.types import Scope

from meagraph.core.errors import TooManyRequests

_MINUTE = 60.0
_SOON = 1
"""Seconds after which a client with too many running queries may retry."""


@dataclass(slots=True)
class _Account:
    """Running queries and query time of one client, as of `at`."""

    running: int = 0
    spent: float = 0.0
    at: float = field(default=0.0)


class RateLimiter:
    """Keeps an account for every client that has used query time in the last minute.

    The allowance recovers at a constant rate: after half a minute, a client that has used it up has
    half of it again.
    """

    def __init__(
        self, queries: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow each client `queries` at a time and `seconds` per minute; 0 for no limit."""
        self._queries = queries
        self._seconds = seconds
        self._clock = clock
        self._accounts: dict[str, _Account] = {}
        self._tidied = clock()

    @contextmanager
    def count_query(self, client: str) -> Iterator[None]:
        """Count the block as one running query of a client.

        Raises TooManyRequests if the client runs too many queries, or has no time left.
        """
        with self.charge(client) as account:
            account.running += 1
            try:
                yield
            finally:
                account.running -= 1

    @contextmanager
    def charge(self, client: str) -> Iterator[_Account]:
        """Charge the time of the block to a client without counting a query.

        Raises TooManyRequests as `count_query` does.
        """
        self._tidy()
        account = self._settled(client)
        self._admit(account)
        begun = self._clock()
        try:
            yield account
        finally:
            # An account without running queries may have been removed meanwhile.
            self._accounts.setdefault(client, account)
            self._settled(client).spent += self._clock() - begun

    @property
    def clients(self) -> int:
        """The number of clients with an account."""
        return len(self._accounts)

    def _admit(self, account: _Account) -> None:
        if self._queries and account.running >= self._queries:
            raise TooManyRequests(
                f"You have {account.running} queries running, the maximum for a client. Wait until "
                "one has ended.",
                _SOON,
            )
        over = account.spent - self._seconds
        if self._seconds and over >= 0:
            raise TooManyRequests(
                f"Your queries have taken {account.spent:.0f} seconds; the limit for a client is "
                f"{self._seconds:g} seconds of query time per minute.",
                # Until a tenth of the allowance has recovered.
                min(ceil((over / self._seconds + 0.1) * _MINUTE), int(_MINUTE)),
            )

    def _settled(self, client: str) -> _Account:
        """The account of a client, updated to now."""
        now = self._clock()
        account = self._accounts.setdefault(client, _Account(at=now))
        recovered = (now - account.at) * self._seconds / _MINUTE
        account.spent, account.at = max(0.0, account.spent - recovered), now
        return account

    def _tidy(self) -> None:
        """Once a minute, remove accounts without running queries and used time."""
        if self._clock() - self._tidied < _MINUTE:
            return
        self._tidied = self._clock()
        for client in list(self._accounts):
            account = self._settled(client)
            if account.running == 0 and account.spent <= 0:
                del self._accounts[client]


def client_of(scope: Scope) -> str:
    """The client of a request: an IPv4 address, or the /64 network of an IPv6 address.

    An IPv6 subscriber has at least a /64 network
    (https://www.rfc-editor.org/rfc/rfc6177).

    >>> client_of({"client": ("198.51.100.7", 50000)})
    '198.51.100.7'
    >>> client_of({"client": ("2001:db8::1:2", 50000)})
    '2001:db8::/64'
    """
    return _client(str((scope.get("client") or ("", 0))[0]))


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether an address is a loopback address.

    >>> [is_loopback(host) for host in ("127.0.0.2", "::ffff:127.0.0.1", "192.0.2.1", "a name")]
    [True, True, False, False]
    """
    address = _address(host)
    return address is not None and address.is_loopback


@lru_cache(maxsize=1024)
def _client(host: str) -> str:
    address = _address(host)
    if address is None:
        return host
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Parse an address, mapped IPv4 addresses as IPv4; None if it is no address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
