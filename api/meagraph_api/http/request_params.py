"""Read parameters and bodies of requests strictly: anything but UTF-8 is an error."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.requests import Request

from meagraph.core.errors import BadValue, RequestTooLarge
from meagraph.core.quoting import quoted, shortened
from meagraph_api.http.request_limits import check_parameters

Pairs = list[tuple[str, str]]


def query_pairs(request: Request) -> Pairs:
    """The parameters in the query string. Raises BadValue."""
    return pairs(request.scope["query_string"], "the query string")


def pairs(encoded: bytes, where: str) -> Pairs:
    """Parse ``application/x-www-form-urlencoded`` text into names and values, in order.

    Raises BadValue if it is not UTF-8, or exceeds `request_limits`.

    >>> pairs(b"country=KAZ&country=UZB&text=", "the form")
    [('country', 'KAZ'), ('country', 'UZB'), ('text', '')]
    """
    check_parameters(encoded, where)
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadValue(f"Something in {where} is not UTF-8.") from None


async def body(request: Request, most: int) -> bytes:
    """The body, of at most `most` bytes. Raises RequestTooLarge."""
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > most:
            raise RequestTooLarge(f"The body is longer than {most:,} bytes.")
    return bytes(received)


def one(parameters: Pairs, name: str) -> str | None:
    """The value of a parameter, None if missing. Raises BadValue if it is repeated."""
    values = [value for key, value in parameters if key == name]
    if len(values) > 1:
        raise BadValue(f"{name} is given {len(values)} times; give it once.")
    return values[0] if values else None


def only(request: Request, names: Iterable[str]) -> dict[str, str | None]:
    """The parameters of a request by name; raises BadValue for unknown or repeated ones."""
    parameters = query_pairs(request)
    known = tuple(names)
    for name, _ in parameters:
        if name not in known:
            raise BadValue(
                f"{shortened(name)} is not a parameter here; known: {', '.join(known) or 'none'}."
            )
    return {name: one(parameters, name) for name in known}


def page_number(value: str | None) -> int:
    """Parse a page number, from 1. Raises BadValue.

    >>> page_number("2")
    2
    """
    if value is None:
        return 1
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) > 0):
        raise BadValue(f"page={quoted(value)} is not a page number; the first page is 1.")
    return int(value)
