"""Connections: how many are open in all and for one peer, and which one is dropped for another.

A connection counts from its first moment, not from its first request: one that sends nothing takes
a place as any other does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from meagraph.core.errors import NotNow, RequestError, TooManyRequests
from meagraph_api.http.rate_limit import client_of, is_loopback

KEPT = 16
"""Places kept for peers on this machine that are no trusted proxy, e.g. health checks; of few
places, at most half."""

_REFUSED = 64
"""Connections above the limits that get an answer at a time; more are closed without one."""
_SOON = 1
"""Seconds after which a client that was refused may try again."""


class Connection(Protocol):
    """What can be dropped to make room."""

    def drop(self) -> None:
        """Close it now, without an answer."""


class Connections:
    """The connections of one process."""

    def __init__(self, limit: int, per_peer: int, trusts: Callable[[str], bool]) -> None:
        """Serve `limit` in all, and `per_peer` of one peer (0 for any number) that is no proxy.

        `trusts` says whether a host is a trusted proxy, whose connections carry the requests of
        many clients.
        """
        self.limit = limit
        self._far_limit = limit - min(KEPT, limit // 2)
        self.per_peer = per_peer
        self.trusts = trusts
        """Whether a peer is a trusted proxy."""
        self._peers: dict[Connection, str] = {}
        self._near: set[Connection] = set()
        self._of_peer: dict[str, set[Connection]] = {}
        self._waiting: dict[Connection, None] = {}
        self._refused: set[Connection] = set()
        self.dropped = 0
        """Connections that were dropped to make room, so far."""

    def __len__(self) -> int:
        """The connections that have a place."""
        return len(self._peers)

    def add(self, connection: Connection, host: str) -> RequestError | None:
        """Give a connection a place, the one that waits longest for its client dropped for it.

        Returns why there is none, else None.
        """
        peer, proxied = client_of({"client": (host, 0)}), self.trusts(host)
        near = not proxied and is_loopback(host)
        limited = bool(self.per_peer) and not proxied
        if limited and len(self._of_peer.get(peer, ())) >= self.per_peer:
            if not self._drop_first(of_peer=peer):
                return self._refuse(
                    connection,
                    TooManyRequests(
                        f"{self.per_peer} requests of yours are in progress, which is as many as "
                        "one client may have at a time. Send the next one when one has ended.",
                        _SOON,
                    ),
                )
        elif self._is_full(near) and not self._make_room(near):
            return self._refuse(
                connection, NotNow("More requests are in progress than are served. Try again soon.")
            )
        self._peers[connection] = peer
        self._of_peer.setdefault(peer, set()).add(connection)
        if near:
            self._near.add(connection)
        self._waiting[connection] = None
        return None

    def remove(self, connection: Connection) -> None:
        """Take the place of a connection back, if it has one."""
        self._refused.discard(connection)
        self._waiting.pop(connection, None)
        self._near.discard(connection)
        peer = self._peers.pop(connection, None)
        if peer is not None:
            self._of_peer[peer].discard(connection)
            if not self._of_peer[peer]:
                del self._of_peer[peer]

    def mark(self, connection: Connection, *, waiting: bool) -> None:
        """Note whether a connection waits for its client: for a request, the rest of one, or until
        an answer is taken."""
        if not waiting:
            self._waiting.pop(connection, None)
        elif connection in self._peers and connection not in self._waiting:
            self._waiting[connection] = None

    def may_answer(self, connection: Connection) -> bool:
        """Whether a connection without a place may get an answer: few may, at a time."""
        return connection in self._peers or connection in self._refused

    def _is_full(self, near: bool) -> bool:
        if len(self._peers) >= self.limit:
            return True
        return not near and len(self._peers) - len(self._near) >= self._far_limit

    def _make_room(self, near: bool) -> bool:
        """Drop one; for a far peer a far one, unless the near ones have taken everything."""
        if self._drop_first(near=False):
            return True
        return (near or len(self._near) > self.limit - self._far_limit) and self._drop_first()

    def _drop_first(self, *, of_peer: str | None = None, near: bool | None = None) -> bool:
        """Drop the connection that waits longest for its client, if one of them does."""
        for connection in self._waiting:
            if of_peer is not None and self._peers[connection] != of_peer:
                continue
            if near is not None and (connection in self._near) != near:
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
