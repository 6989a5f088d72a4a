"""A worker: runs one query after another, in a process that may be killed at any moment.

It is forked by `forkserver`, receives queries through one connection, and exits when that closes.
Each reply is complete: a header and the bytes of the result, or a header with an error.
"""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path
from socket import socket
from typing import Any, cast

import pyoxigraph as ox

from meagraph.core import lexer, names
from meagraph.core.errors import (
    BadValue,
    MachineFailed,
    NotAcceptable,
    QueryRefused,
    QueryTooLarge,
    RequestError,
)
from meagraph.core.lexer import is_volatile, refuse_unsafe
from meagraph.core.oxigraph import ClientQuery, Result
from meagraph.core.queries.keys import Solutions, solutions, with_keys
from meagraph.core.quoting import quoted, shortened
from meagraph.core.results.formats import AcceptedFormats
from meagraph.core.results.writer import write
from meagraph_api.engine import frames, sandbox
from meagraph_api.engine.protocol import LONG
from meagraph_api.engine.spool import Spool

_STACK = 512 * 1024 * 1024
"""Stack size in bytes: Oxigraph's parser is recursive."""

_PEAK = 1024 if sys.platform == "linux" else 1
"""Bytes per unit of a process's peak memory (getrusage(2))."""


def run(connection: socket, folder: Path, store: ox.Store | None, memory: int) -> None:
    """Run queries until the connection closes.

    `store` is a store in memory; without it the store of the release in `folder` is opened. The
    process may grow by `memory` bytes.
    """
    threading.stack_size(_STACK)
    thread = threading.Thread(target=_serve, args=(connection, folder, store, memory))
    try:
        thread.start()
    except RuntimeError:
        failed = f"a worker needs {_STACK:,} bytes of address space for its stack; raise ulimit -v"
        connection.sendall(frames.frame({"failed": failed}))
        return
    thread.join()


def _serve(connection: socket, folder: Path, store: ox.Store | None, memory: int) -> None:
    try:
        opened = store if store is not None else ox.Store.read_only(str(folder / "store"))
    except (OSError, RuntimeError) as error:  # RuntimeError if the store is damaged
        connection.sendall(frames.frame({"failed": str(error)}))
        return
    sandbox.limit_memory(memory)
    connection.sendall(frames.frame({"ready": True, "peak": _peak()}))
    while (received := frames.read(connection)) is not None:
        header, body = _reply(opened, *received)
        connection.sendall(frames.frame({**header, "length": len(body), "peak": _peak()}, body))


def _reply(store: ox.Store, options: frames.Header, query: bytes) -> tuple[frames.Header, bytes]:
    """The reply to one query: its result or an error."""
    text = query.decode()
    try:
        return _answer(store, options, text)
    except (RequestError, SyntaxError, MemoryError, RuntimeError, OSError) as error:
        return _error_reply(_request_error(error, text))


def _request_error(error: Exception, query: str) -> RequestError:
    """Convert an exception to an error for the client."""
    match error:
        case RequestError():
            return error
        case SyntaxError():
            return lexer.syntax_error(query, str(error.msg))
        case MemoryError():
            return QueryTooLarge("")
        case PermissionError() | ConnectionError():  # a SERVICE call that the lexer missed
            return QueryRefused("Queries read this graph only, and cannot call other services.")
        case OSError():  # from the store, the only thing that a query reads
            return MachineFailed(f"the store cannot be read: {error}")
        case _:
            return QueryRefused(f"The query cannot be computed: {shortened(str(error))}.")


def _answer(store: ox.Store, options: frames.Header, text: str) -> tuple[frames.Header, bytes]:
    """Run a query and serialise its result in one thread, as pyoxigraph requires.

    If the best format cannot express the result, the query is run again for the next format.
    """
    if len(text) >= LONG:
        refuse_unsafe(text)
    query = ClientQuery(text)
    accepted = AcceptedFormats(
        options["results"],
        options["graph"],
        other_results=tuple(options["other_results"]),
        other_graphs=tuple(options["other_graphs"]),
    )
    evaluated = _with_keys(store, options, text) if options["keys_first"] else query
    while True:
        result = evaluated.run(store, base_iri=names.BASE, **_dataset(options))
        try:
            header, body = _written(result, accepted, options)
        except NotAcceptable:
            others = accepted.without_best(graph=isinstance(result, ox.QueryTriples))
            if others is None:
                raise
            accepted = others
        else:
            # Here, not in the service: it takes milliseconds for a long query.
            volatile = is_volatile(text)
            return {**header, "notes": query.notes, "volatile": volatile}, body


def _with_keys(store: ox.Store, options: frames.Header, text: str) -> ClientQuery:
    """A canned query with the keys in place of the sub-select that finds them."""

    def find_keys(query: str) -> Solutions | None:
        found = ClientQuery(query).run(store, base_iri=names.BASE, **_dataset(options))
        assert isinstance(found, ox.QuerySolutions)  # noqa: S101 - a SELECT
        return solutions(found)

    return ClientQuery(with_keys(text, find_keys))


def _written(
    result: Result, accepted: AcceptedFormats, options: frames.Header
) -> tuple[frames.Header, bytes]:
    spool = Spool(Path(options["spool"]), options["most"], compress=options["gzip"])
    try:
        written = write(result, accepted, cast(Any, spool))
        body = spool.finish()
    except BaseException:
        spool.discard()
        raise
    header = {
        "media_type": written.media_type,
        "rows": written.rows,
        "blank": written.blank,
        "gzipped": spool.gzipped,
        "size": spool.length,
    }
    return header, body


def _dataset(options: frames.Header) -> dict[str, Any]:
    if options["default_graphs"] is None:
        return {}
    return {
        "default_graph": [_node(iri) for iri in options["default_graphs"]],
        "named_graphs": [_node(iri) for iri in options["named_graphs"]],
    }


def _node(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise BadValue(
            f"{quoted(iri)} is not the IRI of a graph: {shortened(str(error))}."
        ) from None


def _error_reply(error: RequestError) -> tuple[frames.Header, bytes]:
    header: frames.Header = {"error": error.code, "message": str(error)}
    for more in ("line", "column", "reason"):
        if (value := getattr(error, more, None)) is not None:
            header[more] = value
    return header, b""


def _peak() -> int:
    """The peak memory of this process, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK
