"""Limit open connections in total and per peer; drop waiting ones to make room for others.

A connection counts from when it is opened, not from its first request, so idle ones count too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from meagraph.core.errors import NotNow, RequestError, TooManyRequests
from meagraph_api.http.rate_limit import client_of, is_loopback

KEPT = 16
"""Connections reserved for local peers other than trusted proxies, e.g. health checks; at most half
of the limit."""

_REFUSED = 64
"""Concurrent connections above the limits that get a response; others are closed without one."""
_SOON = 1
"""Seconds after which a rejected client may retry."""


class Connection(Protocol):
    """A connection that can be dropped to make room."""

    def drop(self) -> None:
        """Close it now, without a response."""


class Connections:
    """The connections of one process."""

    def __init__(self, limit: int, per_peer: int, trusts: Callable[[str], bool]) -> None:
        """Allow `limit` in total, and `per_peer` (0 for no limit) for each peer that is no proxy.

        `trusts` returns whether a host is a trusted proxy, whose connections serve many clients.
        """
        self.limit = limit
        self._remote_limit = limit - min(KEPT, limit // 2)
        self.per_peer = per_peer
        self.trusts = trusts
        """Whether a peer is a trusted proxy."""
        self._peers: dict[Connection, str] = {}
        self._local: set[Connection] = set()
        self._of_peer: dict[str, set[Connection]] = {}
        self._waiting: dict[Connection, None] = {}
        self._refused: set[Connection] = set()
        self.dropped = 0
        """Connections dropped so far to make room."""

    def __len__(self) -> int:
        """The number of admitted connections."""
        return len(self._peers)

    def add(self, connection: Connection, host: str) -> RequestError | None:
        """Admit a connection, dropping the one that has waited longest for its client if necessary.

        Returns the reason if it is not admitted, else None.
        """
        peer, proxied = client_of({"client": (host, 0)}), self.trusts(host)
        local = not proxied and is_loopback(host)
        limited = bool(self.per_peer) and not proxied
        if limited and len(self._of_peer.get(peer, ())) >= self.per_peer:
            if not self._drop_first(of_peer=peer):
                return self._refuse(
                    connection,
                    TooManyRequests(
                        f"You have {self.per_peer} requests in progress, the maximum for a client. "
                        "Wait until one has ended.",
                        _SOON,
                    ),
                )
        elif self._is_full(local) and not self._make_room(local):
            return self._refuse(
                connection, NotNow("Too many requests are in progress. Try again soon.")
            )
        self._peers[connection] = peer
        self._of_peer.setdefault(peer, set()).add(connection)
        if local:
            self._local.add(connection)
        self._waiting[connection] = None
        return None

    def remove(self, connection: Connection) -> None:
        """Remove a connection, if it was admitted."""
        self._refused.discard(connection)
        self._waiting.pop(connection, None)
        self._local.discard(connection)
        peer = self._peers.pop(connection, None)
        if peer is not None:
            self._of_peer[peer].discard(connection)
            if not self._of_peer[peer]:
                del self._of_peer[peer]

    def mark(self, connection: Connection, *, waiting: bool) -> None:
        """Record whether a connection waits for its client: for a request, for the rest of one, or
        until a response is read."""
        if not waiting:
            self._waiting.pop(connection, None)
        elif connection in self._peers and connection not in self._waiting:
            self._waiting[connection] = None

    def may_answer(self, connection: Connection) -> bool:
        """Whether a connection may get a response; few that were not admitted may at a time."""
        return connection in self._peers or connection in self._refused

    def _is_full(self, local: bool) -> bool:
        if len(self._peers) >= self.limit:
            return True
        return not local and len(self._peers) - len(self._local) >= self._remote_limit

    def _make_room(self, local: bool) -> bool:
        """Drop one: a remote one for a remote peer, unless local ones use the whole limit."""
        if self._drop_first(local=False):
            return True
        return (local or len(self._local) > self.limit - self._remote_limit) and self._drop_first()

    def _drop_first(self, *, of_peer: str | None = None, local: bool | None = None) -> bool:
        """Drop the connection that has waited longest for its client, if any waits."""
        for connection in self._waiting:
            if of_peer is not None and self._peers[connection] != of_peer:
                continue
            if local is not None and (connection in self._local) != local:
                continue
            self.remove(connection)
            self.dropped += 1
            connection.drop()
            return True
        return False

    def _refuse(self, connection: Connection, error: RequestError) -> RequestError:
        if len(self._refused) < _REFUSED:
            self._refused.add(connection)
        return error


def trusts_nobody(host: str) -> bool:
    """No peer is a trusted proxy."""
    del host
    return False
